"""The search index in memory: examines every document, for tests and for commands without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from copytaster.model.article import ArticleId
from copytaster.search.document import SearchDocument
from copytaster.search.index import RANKED, Hit, IndexRequest, Progress, SearchCursor
from copytaster.search.matching import document_score, matches
from copytaster.search.query import Order


class MemoryIndex:
    """Implements ``SearchIndex`` and ``IndexWriter``."""

    def __init__(self) -> None:
        self._documents: dict[ArticleId, SearchDocument] = {}
        self._progress = Progress()

    @property
    def count(self) -> int:
        """The number of documents."""
        return len(self._documents)

    @property
    def progress(self) -> Progress:
        """The progress of the last change."""
        return self._progress

    def write(self, documents: Sequence[SearchDocument], removed: Sequence[ArticleId], progress: Progress) -> None:
        """Change documents; see ``IndexWriter.write``."""
        for each in removed:
            self._documents.pop(each, None)
        for document in documents:
            self._documents[document.article_id] = document
        self._progress = progress

    def find(self, request: IndexRequest) -> list[Hit]:
        """Return hits; see ``SearchIndex.find``."""
        newest_first = sorted(self._documents.values(), key=lambda each: each.position, reverse=True)
        found = [each for each in newest_first if self._is_among(each, request) and matches(each, request.query)]
        hits = [Hit(each.article_id, SearchCursor(each.position)) for each in found]
        if request.order is Order.RELEVANCE:
            hits = self._ranked(found, request)
        return [each for each in hits if request.after is None or _comes_after(each, request.after)][: request.limit]

    def _is_among(self, document: SearchDocument, request: IndexRequest) -> bool:
        is_in_time = request.first <= document.position < request.before
        return is_in_time and (request.among is None or document.article_id in request.among)

    def _ranked(self, found: Sequence[SearchDocument], request: IndexRequest) -> list[Hit]:
        newest = request.after.newest if request.after else None
        ranked = [each for each in found if newest is None or each.position <= newest][:RANKED]
        cursor = SearchCursor(0, newest=ranked[0].position if newest is None and ranked else newest)
        hits = [
            Hit(each.article_id, replace(cursor, position=each.position, score=document_score(each, request.query)))
            for each in ranked
        ]
        return sorted(hits, key=lambda each: (each.cursor.score or 0, each.cursor.position), reverse=True)


def _comes_after(hit: Hit, after: SearchCursor) -> bool:
    here, there = hit.cursor, after
    return ((here.score or 0), here.position) < ((there.score or 0), there.position)
