"""Probabilities that articles and stories report one event: logistic regressions with trained weights."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from math import exp
from operator import attrgetter, mul
from typing import Any

from copytaster.stories.comparison import Comparison, Specificity

LARGEST_LOGIT = 30.0
"""Logits beyond it are probabilities of 0 and 1."""

BIAS = "bias"


@dataclass(frozen=True)
class Regression:
    """A logistic regression over the fields of a data class. Has no slots: how the fields are read is made once."""

    bias: float
    weights: Mapping[str, float]

    @cached_property
    def _fields(self) -> attrgetter[tuple[float, ...]]:
        return attrgetter(*self.weights)

    @cached_property
    def _factors(self) -> tuple[float, ...]:
        return tuple(self.weights.values())

    def probability(self, values: Comparison | Specificity) -> float:
        """Return the probability (0 to 1) for these values."""
        logit = self.bias + sum(map(mul, self._factors, self._fields(values)))
        return 1 / (1 + exp(-min(max(logit, -LARGEST_LOGIT), LARGEST_LOGIT)))


@dataclass(frozen=True, slots=True)
class Probabilities:
    """``event``: an article and a story report one event; ``specific``: they share more than a template."""

    event: float
    specific: float

    @property
    def score(self) -> float:
        """The lower of both, since both must hold."""
        return min(self.event, self.specific)


@dataclass(frozen=True, slots=True)
class Scoring:
    """``event`` compares an article with a story, ``merge`` two stories; ``specific`` tells events from templates."""

    event: Regression
    merge: Regression
    specific: Regression

    def article(self, found: Comparison, shared: Specificity) -> Probabilities:
        """Return the probabilities for an article and a story.

        If their headlines are about different persons, what they share is a template: obituaries, arrests, transfers.
        """
        specific = 0.0 if shared.other_person else self.specific.probability(shared)
        return Probabilities(self.event.probability(found), specific)

    def stories(self, found: Comparison) -> float:
        """Return the probability that two stories report one event."""
        return (self.merge if found.smaller else self.event).probability(found)


@cache
def load_scoring() -> Scoring:
    """Return the packaged weights; ``benchmarks.stories.train`` writes them."""
    tables = tomllib.loads(files("copytaster.stories").joinpath("weights.toml").read_text(encoding="utf-8"))
    return Scoring(**{name: _regression(table) for name, table in tables.items()})


def _regression(table: Mapping[str, Any]) -> Regression:
    return Regression(table[BIAS], {name: weight for name, weight in table.items() if name != BIAS})
