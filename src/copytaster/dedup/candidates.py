"""Candidates for near-duplicates: signatures that have postings in common.

The index that finds them is a port of the store, ``copytaster.store.ports.near_index``.
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
"""Votes that a candidate needs: three common postings, or two rare ones. Fewer are often a common phrase."""

RARE, RARE_VOTE = 7, 1.5
"""A posting with fewer texts is rare and has this vote; a phrase that one newsroom often uses has more texts."""

MAX_CANDIDATES = 32
"""Only this many, with the most postings in common, are compared: copies rank before texts of the same template."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signature with common postings; an article of several versions may have several. ``at`` is its article time."""

    article_id: ArticleId
    sequence: int
    signature: Signature
    at: datetime


def most_in_common(postings: Iterable[Collection[Owner]]) -> list[Owner]:
    """Return the owners with enough votes, given the owners of each posting; most votes first, then in order."""
    votes: defaultdict[Owner, float] = defaultdict(float)
    for owners in postings:
        vote = RARE_VOTE if len(owners) < RARE else 1.0
        for owner in owners:
            votes[owner] += vote
    enough = [owner for owner, count in votes.items() if count >= ENOUGH]
    return sorted(enough, key=votes.__getitem__, reverse=True)[:MAX_CANDIDATES]


def within(one: datetime, other: datetime, window: timedelta) -> bool:
    """Return whether two article times differ by at most the window."""
    return abs(one - other) <= window
