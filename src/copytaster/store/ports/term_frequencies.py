"""The port of the term frequencies: how many stored articles contain a term, which is how keywords are weighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

GENERATION = 50_000
"""Articles of a language in one generation. The present and the previous one count: the last 50,000 to 100,000."""

REMEMBERED = timedelta(days=2)
"""How long a version is remembered as counted: longer than any message is redelivered."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The distinct terms of one version of an article; ``version`` identifies it, so that it is counted once.

    If ``new`` is False it is not counted: it was counted when it was first tagged.
    """

    version: str
    language: str
    terms: tuple[str, ...]
    new: bool = True


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many of the ``articles`` of the language contain each term, in the order of the terms; this one included."""

    articles: int
    counts: tuple[int, ...]


class TermFrequencies(Protocol):
    """Counts articles by term and language. Terms may share a counter, so a count can be too high, never too low."""

    def count(self, batch: Sequence[Terms]) -> list[Frequencies]:
        """Count the new versions and return the frequencies of all, in order; one round trip for the batch."""
        ...


@dataclass(frozen=True, slots=True)
class ReadOnlyTermFrequencies:
    """Reads frequencies without counting, for dry runs."""

    frequencies: TermFrequencies

    def count(self, batch: Sequence[Terms]) -> list[Frequencies]:
        """Return the frequencies of all versions, in order."""
        return self.frequencies.count([replace(each, new=False) for each in batch])
