"""The index of publications on the server: for each day in UTC the articles that were published, by time of receipt.

A posting is that of the article in the index of terms, and the time of day of the publication, so that a period is
searched in the order of receipt without reading the articles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from redis import Redis
from redis.client import Pipeline

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleId
from copytaster.model.article_document import AnyForm
from copytaster.store.cursor import Cursor, before_all_of
from copytaster.store.keys import Keys
from copytaster.store.matching import publication
from copytaster.store.redis.client import call, script, send, text
from copytaster.store.redis.posting_lists import SHARED, TERM, entries_of, hashed
from copytaster.store.redis.posting_names import PostingNames
from copytaster.store.redis.term_index import ID_BYTES, posting_of

TIME_OF_DAY = 4
"""Bytes of the milliseconds since the day began."""

WIDTH = 6 + ID_BYTES + TIME_OF_DAY

EXAMINED = 1_000
"""Postings that one call examines: some 3 ms, during which the server answers no one else."""

DAY = 86_400_000
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A posting, the day, and the listed articles that it stands for; none if they have not been looked up."""

    day: date
    posting: bytes
    article_ids: tuple[ArticleId, ...] = ()

    @classmethod
    def of(cls, article: AnyForm) -> Publication:
        """Return the posting of a version."""
        moment = publication(article).astimezone(UTC)
        return cls(moment.date(), posting_of(Cursor.of(article)) + (milliseconds(moment) % DAY).to_bytes(TIME_OF_DAY))

    @property
    def term(self) -> bytes:
        """The day as a term of the index: its number, the quickly changing byte first, which chooses the bucket."""
        return self.day.toordinal().to_bytes(TERM, "little")


@dataclass(frozen=True, slots=True)
class PublicationPage:
    """Articles with the time of publication in milliseconds, and where the search has ended."""

    found: Sequence[tuple[ArticleId, int]]
    end: Cursor


class PublicationIndex:
    """Adds and removes postings, and searches periods."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._lists = [keys.publications(), keys.publication_blocks()]
        self.edit = script(client, "edit_postings", shared=SHARED)
        self._page = script(client, "published_page", shared=["find_entry", "postings", "read_list", "named_articles"])
        self.removal = script(client, "remove_published", shared=SHARED)
        self._names = PostingNames(client, keys.listing())

    def add(self, articles: Iterable[Article], pipe: Pipeline) -> None:
        """Add the commands that add postings; the pipeline must know the script ``edit``."""
        added = [Publication.of(each) for each in articles]
        if added:
            call(pipe, self.edit, self._lists, [part for each in added for part in (each.posting, 1, 0, each.term)])
            # After the postings: the last one that is removed takes the day with it.
            pipe.zadd(self._keys.published_days(), {each.day.isoformat(): 0 for each in added})

    def remove(self, publications: Iterable[Publication]) -> None:
        """Remove postings, and days that have none any more; one round trip."""
        send(self._client, [self.removal], lambda pipe: self.add_removal(publications, pipe))

    def add_removal(self, publications: Iterable[Publication], pipe: Pipeline) -> None:
        """Add the command that does what ``remove`` does; the pipeline must know the script ``removal``."""
        removed = [part for each in publications for part in (each.day.isoformat(), each.term, each.posting)]
        if removed:
            call(pipe, self.removal, [*self._lists, self._keys.published_days()], removed)

    def pages(
        self, period: tuple[datetime | None, datetime | None], terms: Sequence[str], *, start: Cursor | None, size: int
    ) -> Iterator[PublicationPage]:
        """Yield pages of ``size`` articles that were published in a period and have all terms, newest receipt first."""
        first, last = period
        earliest, latest = f"[{_day(first)}" if first else "-", f"[{_day(last)}" if last else "+"
        days: Any = self._client.zrangebylex(self._keys.published_days(), earliest, latest)
        keys = [self._keys.term_index(), self._keys.term_blocks(), self._keys.listing(), *self._lists]
        limits: list[str | int] = [milliseconds(first) if first else "-inf", milliseconds(last) if last else "inf"]
        position: list[str | int] = [start.received, start.article_id] if start else ["+inf", ""]
        named = [part for each in map(date.fromisoformat, map(text, days)) for part in _day_arguments(each)]
        while position:
            arguments = [*limits, *position, size, EXAMINED, len(named), *named, *map(hashed, terms)]
            ended, rows = self._page(keys=keys, args=arguments)
            entries = [text(row).split() for row in rows]
            position = list(text(ended).split())
            end = Cursor(int(position[0]), ArticleId(str(position[1]))) if position else before_all_of(0)
            yield PublicationPage([(ArticleId(name), int(published)) for name, published in entries], end)

    def sweep(self, position: int, *, count: int) -> tuple[int, list[Publication]]:
        """Return the postings of some fields, and the next position. Cost: as ``PostingNames.of``, and a round trip."""
        scanned: Any = self._client.hscan(self._lists[0], position, count=count)
        after, values = scanned
        pairs = [each for name, value in values.items() for each in entries_of(name, value, WIDTH)]
        articles = self._names.of([posting[:-TIME_OF_DAY] for _, posting in pairs])
        return int(after), [
            Publication(_date(term), posting, ids) for (term, posting), ids in zip(pairs, articles, strict=True)
        ]


def _day_arguments(day: date) -> tuple[bytes, int]:
    """Return the term of a day, and the milliseconds at its beginning."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return day.toordinal().to_bytes(TERM, "little"), milliseconds(start)


def _date(term: bytes) -> date:
    return date.fromordinal(int.from_bytes(term, "little"))


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
