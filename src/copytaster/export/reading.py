"""Reads what is exported: all articles that match a query, or those of them that changed after an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from copytaster.articles.views import show_articles
from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.export.exported import ExportedDocument, deleted_article, exported_article
from copytaster.export.positions import ALL, CHANGES, ExportCursor, parse_event
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.events import Event, EventKind
from copytaster.outbound.facts import articles_of
from copytaster.store.article_pages import article_pages
from copytaster.store.cursor import Cursor
from copytaster.store.matching import is_listed, matches_article
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.events import order
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

PAGE = 100
"""Articles, or events, that are read at once: half a megabyte, and the memory that an export needs."""

WITHOUT_EFFECT = frozenset({EventKind.ARTICLE_EXPIRED})
"""Events about articles that change nothing for a receiver: retention only removes them from this store."""


class EventsMissingError(CopytasterError):
    """Events after the given one are no longer stored, so that changes would be missing: export all articles again."""

    def __init__(self, after: str) -> None:
        super().__init__(
            f"the events after {after} are not all stored any more, so that changes would be missing;"
            " export all articles, and replace what an earlier export brought"
        )


@dataclass(frozen=True, slots=True)
class Export:
    """An export that has begun. ``pages`` are its documents, read while they are iterated: 100 at once.

    The next export of changes begins after the event ``next_after``, when all pages were read. Iterating raises
    ``TransientError``, and ``EventsMissingError`` if the stream of events was trimmed meanwhile.
    """

    next_after: str
    pages: Iterator[list[ExportedDocument]]


@dataclass(frozen=True, slots=True)
class Exports:
    """Begins exports of the articles of a store."""

    store: Store
    clock: Clock

    def begin(self, query: ArticleQuery, *, after: str | None = None, cursor: str | None = None) -> Export:
        """Begin an export of the articles that match the query; two round trips.

        Without ``after``, all of them, newest received first. With it, those that changed after that event, in the
        order of their changes; an article that changed often may come several times, always in its present state. A
        notice that an article may not be used comes whatever its labels, and one about a deleted article always.
        ``cursor`` resumes either kind after a document that was received.
        Raises ``EventsMissingError``, ``WrongExportCursorError`` and ``TransientError``.
        """
        if cursor:
            position = ExportCursor.parse(cursor)
        elif after:
            position = ExportCursor(CHANGES, next_after=self.store.events.end(), last=parse_event(after))
        else:
            position = ExportCursor(ALL, next_after=self.store.events.end(), last="")
        if position.kind == ALL:
            return Export(position.next_after, self._all(query, position))
        if self.store.events.follow(position.last, limit=1).gap:
            raise EventsMissingError(position.last)
        return Export(position.next_after, self._changes(query, position))

    def _all(self, query: ArticleQuery, start: ExportCursor) -> Iterator[list[ExportedDocument]]:
        paged = replace(query, limit=PAGE, cursor=start.last or None)
        for page in article_pages(self.store.articles, paged):
            shown = show_articles(page, self.store, now=self.clock.now())
            yield [exported_article(each, str(replace(start, last=str(Cursor.of(each))))) for each in shown]

    def _changes(self, query: ArticleQuery, start: ExportCursor) -> Iterator[list[ExportedDocument]]:
        position, end = start.last, order(start.next_after)
        while order(position) < end:
            page = self.store.events.follow(position, limit=PAGE)
            if page.gap:
                raise EventsMissingError(position)
            events = [each for each in page.events if order(each.id) <= end]
            if not events:
                return
            yield list(self._changed(query, events, replace(start, last=position)))
            position = events[-1].id

    def _changed(self, query: ArticleQuery, events: Sequence[Event], start: ExportCursor) -> Iterator[ExportedDocument]:
        """Yield the articles of a page of events once each, at their last event."""
        last = {each: event.id for event in events for each in _changed_by(event)}
        ids = sorted(last, key=lambda each: order(last[each]))
        found = {each.id: each for each in undamaged(ids, self.store.articles.get_many)}
        shown = show_articles(list(found.values()), self.store, now=self.clock.now())
        articles = {each.id: each for each in shown if is_listed(each) and _is_wanted(each, query)}
        deletions = self.store.articles.deletions([each for each in ids if each not in found])
        for number, each in enumerate(ids):
            whole = number + 1 == len(ids) or last[ids[number + 1]] != last[each]
            if whole:
                start = replace(start, last=last[each])
            if article := articles.get(each):
                yield exported_article(article, str(start))
            elif deletion := deletions.get(each):
                yield deleted_article(deletion, str(start))


def _is_wanted(article: Article, query: ArticleQuery) -> bool:
    """Return whether a changed article is exported.

    One that may not be used any more may have lost the labels by which an earlier export chose it.
    """
    if article.status is not ArticleStatus.USABLE:
        query = ArticleQuery(source=query.source, publisher=query.publisher)
    return matches_article(article, query)


def _changed_by(event: Event) -> tuple[ArticleId, ...]:
    return () if event.kind in WITHOUT_EFFECT else articles_of(event)
