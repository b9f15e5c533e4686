"""The index of near-duplicates: add first, then look; of two alike, the one with the lower sequence number is first.

Why this needs no lock: an article adds its postings, then takes its number, then looks. Of two articles that arrive at
once, the one with the higher number took it after the other had added its postings, so it must see the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId

Owner = TypeVar("Owner", bound=Hashable)

ENOUGH = 3.0
"""Votes for a comparison: three common postings, or two that few texts have. Fewer are often a phrase of the trade."""

RARE, RARE_VOTE = 7, 1.5
"""A posting with fewer texts counts half as much again: a turn of phrase that is shared at the same desk has more."""

MOST_CANDIDATES = 32
"""Of more, those with the most postings in common are compared: copies come before texts of the same template."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signature that shares postings; an article of several versions may have several. ``at`` is its article time."""

    article_id: ArticleId
    sequence: int
    signature: Signature
    at: datetime


def most_in_common(found: Iterable[Collection[Owner]]) -> list[Owner]:
    """Return who shares enough postings, from the owners of each posting; most in common first, then first come."""
    votes: defaultdict[Owner, float] = defaultdict(float)
    for owners in found:
        vote = RARE_VOTE if len(owners) < RARE else 1.0
        for owner in owners:
            votes[owner] += vote
    enough = [owner for owner, count in votes.items() if count >= ENOUGH]
    return sorted(enough, key=votes.__getitem__, reverse=True)[:MOST_CANDIDATES]


def within(one: datetime, other: datetime, window: timedelta) -> bool:
    """Say whether two article times are close enough for the articles to be copies."""
    return abs(one - other) <= window
