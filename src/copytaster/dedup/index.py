"""The index of near-duplicates: add first, then look; of two alike, the one with the lower sequence number is first.

Why this needs no lock: an article adds its postings, then takes its number, then looks. Of two articles that arrive at
once, the one with the higher number took it after the other had added its postings, so it must see the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from copytaster.article import ArticleId
from copytaster.dedup.signature import Signature

Owner = TypeVar("Owner", bound=Hashable)

COMMON_POSTINGS = 2
"""Postings that two texts must share; a single one is often a phrase of the trade, and costs a comparison."""

MOST_CANDIDATES = 32
"""Of more, those with the most postings in common are compared: copies come before texts of the same template."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signature that shares postings; an article of several versions may have several. ``at`` is its article time."""

    article_id: ArticleId
    sequence: int
    signature: Signature
    at: datetime


class NearIndex(Protocol):
    """Remembers signatures for a while and finds others that may be alike.

    Only articles whose times are at most a window apart find each other; the window is the index's.
    """

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article and return its sequence number.

        Adding again changes nothing and returns the same number; another signature, of a further version, is kept
        beside those that are there, so copies of every version are found.
        """
        ...

    def earlier(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return candidates with a lower number, lowest first. The article itself must have been added before."""
        ...

    def place(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Add the article and return ``earlier``: one round trip, two when there are candidates."""
        ...

    def alike(self, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return all candidates, lowest number first, without adding anything."""
        ...


def most_in_common(found: Iterable[Iterable[Owner]]) -> list[Owner]:
    """Return who shares enough postings, from the owners of each posting; most in common first."""
    votes = Counter(owner for owners in found for owner in set(owners))
    return [owner for owner, count in votes.most_common(MOST_CANDIDATES) if count >= COMMON_POSTINGS]


def within(one: datetime, other: datetime, window: timedelta) -> bool:
    """Say whether two article times are close enough for the articles to be copies."""
    return abs(one - other) <= window
