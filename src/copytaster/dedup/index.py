"""The index of near-duplicates: add first, then look; of two alike, the one with the lower sequence number is first.

Why this needs no lock: an article adds its bands, then takes its number, then looks. Of two articles that arrive at
once, the one with the higher number took it after the other had added its bands, so it must see the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from copytaster.article import ArticleId
from copytaster.dedup.signature import Signature


@dataclass(frozen=True, slots=True)
class Candidate:
    """A signature of an article that shares at least one band; an article of several versions may have several."""

    article_id: ArticleId
    sequence: int
    signature: Signature


class NearIndex(Protocol):
    """Remembers signatures for a while and finds earlier ones that may be alike."""

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article and return its sequence number.

        Adding again changes nothing and returns the same number; another signature, of a further version, is kept
        beside those that are there, so copies of every version are found.
        """
        ...

    def earlier(self, article_id: ArticleId, signature: Signature) -> list[Candidate]:
        """Return the articles with a lower number that share a band, lowest first.

        The article itself must have been added before.
        """
        ...

    def alike(self, signature: Signature) -> list[Candidate]:
        """Return all articles that share a band with a signature, lowest first, without adding anything."""
        ...
