"""The port of the near-duplicate index: an article is added first, then candidates are searched.

Of two similar articles, the one with the lower sequence number is the original. This needs no lock: an article adds
its postings, then takes its number, then searches. Of two articles that arrive at the same time, the one with the
higher number took it after the other had added its postings, so its search finds the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from copytaster.dedup.candidates import Candidate
from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId


@dataclass(frozen=True, slots=True)
class Signed:
    """An article with the signature and the time of one of its versions."""

    article_id: ArticleId
    signature: Signature
    at: datetime


class NearIndex(Protocol):
    """Stores signatures for a limited time and finds candidates for near-duplicates.

    It compares only articles whose times differ by at most a window, which is a property of the index.
    """

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article and return its sequence number.

        Adding it again changes nothing and returns the same number. A different signature, of a further version, is
        stored in addition, so that copies of every version are found.
        """
        ...

    def find_earlier(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return candidates with a lower number, lowest first. The article itself must have been added before."""
        ...

    def add_and_find(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Add the article and return ``find_earlier``: one round trip, two if there are candidates."""
        ...

    def add_and_find_many(self, articles: Sequence[Signed]) -> list[list[Candidate]]:
        """Do ``add_and_find`` for one article after another, so that each finds those before it; two round trips."""
        ...

    def find_similar(self, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return all candidates, lowest number first; nothing is added."""
        ...

    def contained(self, article_ids: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Return those of the articles that the index has: none whose time is outside the window. Two round trips."""
        ...

    def remove(self, article_id: ArticleId, signatures: Sequence[tuple[Signature, datetime]]) -> None:
        """Remove the article, which was added with these signatures at these times.

        The postings of a signature that is left out stay until its window ends; they lead to no candidate.
        """
        ...

    def remove_many(self, articles: Mapping[ArticleId, Sequence[tuple[Signature, datetime]]]) -> None:
        """Remove each article as ``remove`` does; two round trips."""
        ...
