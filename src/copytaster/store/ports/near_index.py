"""The index of near-duplicates: add first, then look; of two alike, the one with the lower sequence number is first.

Why this needs no lock: an article adds its postings, then takes its number, then looks. Of two articles that arrive at
once, the one with the higher number took it after the other had added its postings, so it must see the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from copytaster.dedup.candidates import Candidate
from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId


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
