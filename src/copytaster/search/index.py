"""The port of the search index: it proposes articles for a query, in order, page by page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from copytaster.errors import CopytasterError
from copytaster.model.article import ArticleId
from copytaster.search.document import SearchDocument
from copytaster.search.query import Order, SearchQuery
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.events import START

RANKED = 2_000
"""The newest matches among which those of the highest relevance are found: some 15 ms, however many there are."""


LAST = (1 << 63) - 1
"""After every position."""


class NoIndexError(CopytasterError):
    """There is no index on this machine that could be searched; the message says why and what to do."""


class IndexFileError(CopytasterError):
    """The index cannot be changed: the disk is full, or the file is damaged."""


class SearchTimeoutError(CopytasterError):
    """The query took longer than a query may."""


@dataclass(frozen=True, slots=True)
class SearchCursor:
    """The place of an article among results: its position, and by relevance its score and the newest position ranked.

    Neither depends on other articles: the pages of a query stay apart while articles arrive.
    """

    position: int
    score: int | None = None
    newest: int | None = None

    def __str__(self) -> str:
        ranked = f"-{self.score}-{self.newest}" if self.score is not None else ""
        return f"{self.position}{ranked}"

    @classmethod
    def parse(cls, text: str, order: Order) -> SearchCursor:
        """Return the cursor that ``text`` represents. Raises ``WrongCursorError``, also for one of another order."""
        numbers = text.split("-")
        if not re.fullmatch(r"\d{1,19}(-\d{1,12}-\d{1,19})?", text, re.ASCII) or max(map(int, numbers)) >= 1 << 63:
            raise WrongCursorError(f"{text!r} is not a cursor of a search; use next_cursor of the previous page")
        if (len(numbers) == 1) is not (order is Order.NEWEST):
            raise WrongCursorError(f"{text!r} is a cursor of another sort; use next_cursor of the previous page")
        return cls(*map(int, numbers))


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """A page of a query: what comes after the cursor, at most ``limit`` articles, of ``among`` unless it is None.

    Only positions from ``first`` on and before ``before`` are looked at.
    """

    query: SearchQuery
    limit: int
    order: Order = Order.NEWEST
    after: SearchCursor | None = None
    among: frozenset[ArticleId] | None = None
    first: int = 0
    before: int = LAST


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that the index has for a query, and its place among the results."""

    article_id: ArticleId
    cursor: SearchCursor


class SearchIndex(Protocol):
    """Answers queries."""

    def find(self, request: IndexRequest) -> list[Hit]:
        """Return articles whose documents meet the query, the newest received or the best first.

        By relevance, only the newest ``RANKED`` matches are ranked. Raises ``NoIndexError`` and ``SearchTimeoutError``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an index has followed the store, which is ``epoch`` of the server's data.

    ``event`` is the position in the events up to which it has taken them in. ``walk`` is the position in the list of
    all articles from which the first filling continues; None when that is complete.
    """

    event: str = START
    walk: int | None = 0
    epoch: str | None = None


class IndexWriter(Protocol):
    """Changes an index."""

    @property
    def count(self) -> int:
        """The number of documents."""
        ...

    @property
    def progress(self) -> Progress:
        """The progress of the last change; the beginning for a new index."""
        ...

    def write(self, documents: Sequence[SearchDocument], removed: Sequence[ArticleId], progress: Progress) -> None:
        """Add documents, or replace those of the same articles, and remove those of ``removed``; all or nothing.

        Raises ``IndexFileError``.
        """
        ...
