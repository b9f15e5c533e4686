"""How many articles of the store have a term: what keywords are weighed by, learnt from the articles themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

GENERATION = 50_000
"""Articles of a language after which the older counts are forgotten, so that the last 50,000 to 100,000 count."""

REMEMBERED = timedelta(days=2)
"""How long it is known that a version was counted: longer than any message is sent again."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The distinct terms of one version of an article; ``version`` names it, so that it is counted once.

    Where ``new`` is False it is not counted at all: it was when it was first tagged.
    """

    version: str
    language: str
    terms: tuple[str, ...]
    new: bool = True


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Of how many ``articles`` of the language how many have each term, in the order asked; this one included."""

    articles: int
    counts: tuple[int, ...]


class TermFrequencies(Protocol):
    """Counts articles by term and language. Terms may share a counter, so a count can be too high, never too low."""

    def count(self, batch: Sequence[Terms]) -> list[Frequencies]:
        """Count those that are new and return the frequencies of all, in order; one round trip for the batch."""
        ...


@dataclass(frozen=True, slots=True)
class OnlyLooking:
    """Looks up and counts nothing: for dry runs."""

    frequencies: TermFrequencies

    def count(self, batch: Sequence[Terms]) -> list[Frequencies]:
        """Return the frequencies of all, in order."""
        return self.frequencies.count([replace(each, new=False) for each in batch])
