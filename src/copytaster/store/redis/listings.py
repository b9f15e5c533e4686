"""The listings of articles on the server: one of all, an index of terms, and one of days of publication."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from redis import Redis
from redis.client import Pipeline

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleId
from copytaster.model.article_document import AnyForm
from copytaster.model.batches import batched
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.matching import LATER_FIELDS, index_terms, is_listed, publication, query_terms, start_of
from copytaster.store.ports.articles import MOST_EXAMINED, ArticleQuery
from copytaster.store.redis.client import text
from copytaster.store.redis.earlier_listings import EarlierListings, joined
from copytaster.store.redis.publication_index import Publication, PublicationIndex
from copytaster.store.redis.term_index import Edit, TermIndex

PAGE = 100
"""Most articles that are read in one round trip while a query searches for matches: some 500 KB."""

CALL = 30
"""Articles whose reading takes as long as a call that searches days of publication."""

TIMES = 1_000
"""Times of receipt that one command returns: half a millisecond, during which the server answers no one else."""

SWEPT = 100
"""Entries of a listing that one call of ``sweep`` examines."""

SWEPT_TERMS = 20
"""Terms that one call of ``sweep`` examines, with up to forty articles each."""


@dataclass(frozen=True, slots=True)
class Found:
    """An article that a listing has; ``received`` and ``published`` are its times there, if the listing has them."""

    article_id: ArticleId
    received: int | None = None
    published: int | None = None

    def is_present(self, article: AnyForm | None) -> bool:
        """Return whether the entry belongs to the current version: one of an earlier version may be left."""
        if article is None:
            return False
        if self.received is not None and self.received != milliseconds(article.received_at):
            return False
        return self.published is None or self.published == milliseconds(publication(article))


@dataclass(frozen=True, slots=True)
class ListingPage:
    """A part of a listing down to the position ``end``; finding it has cost as much as reading ``cost`` articles."""

    found: Sequence[Found]
    end: Cursor
    cost: int


class Listings:
    """Adds articles to the listings, removes them, and finds the ids that a query may match."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._earlier = EarlierListings(client, keys)
        self._terms = TermIndex(client, keys)
        self._publications = PublicationIndex(client, keys)

    def add(self, articles: Sequence[tuple[Article, int]], *, unlisted: Sequence[tuple[Article, int]] = ()) -> None:
        """Add the entries of current versions, or remove those of one that is not listed, and store the last changes.

        These are in milliseconds; a later one that is stored stays. ``unlisted`` articles have no entries, only a last
        change. One round trip, and more for each article whose entries are removed.
        """
        listed = [each for each, _ in articles if is_listed(each)]
        last = dict[str, int]()
        for each, changed in sorted((*articles, *unlisted), key=lambda pair: pair[1]):
            last[str(each.id)] = changed

        def add_entries(pipe: Pipeline) -> None:
            pipe.zadd(self._keys.changed(), {**last}, gt=True)
            if listed:
                pipe.zadd(self._keys.listing(), {str(each.id): Cursor.of(each).received for each in listed})
            self._publications.add(listed, pipe)

        if last:
            self._terms.send_edit([Edit(Cursor.of(each), frozenset(index_terms(each))) for each in listed], add_entries)
        for each, _ in articles:
            if not is_listed(each):
                self.remove([each])

    def change(self, changes: Iterable[tuple[Article, Article]]) -> None:
        """Replace the terms of versions, each as it was before and as it is after its tagging; one round trip."""
        edits = list[Edit]()
        for former, article in changes:
            before, after = frozenset(index_terms(former)), frozenset(index_terms(article))
            added = after - before if is_listed(article) else frozenset[str]()
            removed = before - after if is_listed(article) else before | after
            edits.append(Edit(Cursor.of(article), added, removed))
        self._earlier.remove((edit.at.article_id, edit.removed) for edit in edits)
        self._terms.edit(edits)

    def remove(self, versions: Sequence[AnyForm], *, newest: Article | None = None) -> None:
        """Remove the entries of versions, but for those that the newest version has as well; one round trip."""
        kept = newest if newest and is_listed(newest) else None
        kept_publications = {Publication.of(kept)} if kept else set()
        publications = {Publication.of(each) for each in versions} - kept_publications
        gone = {each.id for each in versions} - ({kept.id} if kept else set())
        terms = [frozenset(index_terms(each)) for each in versions]
        kept_terms = frozenset(index_terms(kept)) if kept else frozenset()
        self._earlier.remove((each.id, found - kept_terms) for each, found in zip(versions, terms, strict=True))

        def remove_entries(pipe: Pipeline) -> None:
            if gone:
                pipe.zrem(self._keys.listing(), *map(str, gone))
            self._publications.add_removal(publications, pipe)

        positions = [Cursor.of(each) for each in versions]
        # A term of a version has a posting of the newest one only if both are at the same position.
        edits = [
            Edit(at, frozenset(), found - kept_terms if kept and Cursor.of(kept) == at else found)
            for at, found in zip(positions, terms, strict=True)
        ]
        self._terms.send_edit(edits, remove_entries, scripts=[self._publications.removal])

    def pages(self, query: ArticleQuery) -> Iterator[ListingPage]:
        """Yield pages of articles from the listing that is searched the fastest, newest first."""
        start, first = start_of(query), _first_page(query)
        if query.among is not None:
            return self._among(start, sorted(query.among), first)
        terms = query_terms(query, without=LATER_FIELDS if self._earlier.lack_fields() else ())
        in_period = query.published_from is not None or query.published_to is not None
        counts, is_complete = self._counts(terms)
        if is_complete and in_period and min(counts) > MOST_EXAMINED:
            return self._published(query, start, terms)
        if not terms:
            return _in_pages(self._earlier.positions("", before=start), first)
        term = min(zip(counts, terms, strict=False))[1]
        positions = self._terms.positions(term, before=start)
        if not is_complete:
            # A sorted set of an earlier release may have another time for an article of several versions.
            have_times = not self._earlier.have_sets()
            return _in_pages(joined(positions, self._earlier.of_term(term, before=start)), first, with_times=have_times)
        return _in_pages(positions, first, with_times=True)

    def sweep_entries(self, key: str, gone: Callable[[Sequence[ArticleId]], set[ArticleId]]) -> None:
        """Remove the oldest articles of the listing, if this is its key, that are gone."""
        if key == self._keys.listing():
            members: Any = self._client.zrange(key, 0, SWEPT - 1)
            self._unlist(gone([ArticleId(text(each)) for each in members]))

    def sweep_publications(self, position: int, gone: Callable[[Sequence[ArticleId]], set[ArticleId]]) -> int:
        """Remove the postings of some days whose articles are gone, and return the next position."""
        after, found = self._publications.sweep(position, count=SWEPT_TERMS)
        left = gone(list({each for entry in found for each in entry.article_ids}))
        self._publications.remove(each for each in found if left.issuperset(each.article_ids))
        return after

    def sweep_terms(self, position: int, gone: Callable[[Sequence[ArticleId]], set[ArticleId]]) -> int:
        """Remove the postings of some terms whose articles are gone, and return the next position."""
        after, found = self._terms.sweep(position, count=SWEPT_TERMS)
        left = gone(list({each for entry in found for each in entry.article_ids}))
        self._terms.remove(each for each in found if left.issuperset(each.article_ids))
        return after

    def complete(self) -> None:
        """Record that the listings have all articles, also those of an earlier release."""
        self._earlier.replace()

    def are_complete(self) -> bool:
        """Return whether this was recorded."""
        return self._earlier.is_replaced()

    def _unlist(self, ids: Iterable[ArticleId]) -> None:
        if members := [str(each) for each in ids]:
            self._client.zrem(self._keys.listing(), *members)

    def _counts(self, terms: Sequence[str]) -> tuple[list[int], bool]:
        """Return about how many articles each term has, and how many are listed, and whether the index is complete."""
        is_complete = self._earlier.is_replaced()
        pipe = self._client.pipeline(transaction=False)
        self._terms.lists.count(terms, pipe)
        if not is_complete:
            self._earlier.count(terms, pipe)
        pipe.zcard(self._keys.listing())
        replies = pipe.execute()
        found, end = self._terms.lists.sizes(replies[: 2 * len(terms)]), 2 * len(terms)
        if not is_complete:
            found = [sum(each) for each in zip(found, self._earlier.sizes(replies[end:-1]), strict=True)]
        return [*found, replies[-1]], is_complete

    def _among(self, start: Cursor | None, ids: Sequence[ArticleId], first: int) -> Iterator[ListingPage]:
        """Yield pages of the articles that are listed; no listing has only these, so all of their times are read."""
        pipe = self._client.pipeline(transaction=False)
        for part in batched(ids, TIMES):
            pipe.zmscore(self._keys.listing(), [str(each) for each in part])
        scores = [score for part in pipe.execute() for score in part]
        times = zip(ids, scores, strict=True)
        positions = sorted((Cursor(int(score), each) for each, score in times if score is not None), reverse=True)
        yield from _in_pages((each for each in positions if start is None or each < start), first)

    def _published(self, query: ArticleQuery, start: Cursor | None, terms: Sequence[str]) -> Iterator[ListingPage]:
        period = query.published_from, query.published_to
        for page in self._publications.pages(period, terms, start=start, size=_first_page(query)):
            found = [Found(name, published=published) for name, published in page.found]
            yield ListingPage(found, page.end, CALL + len(found))


def _first_page(query: ArticleQuery) -> int:
    """Return how many articles are read first: one more than the query needs, and often all of them match."""
    return min(query.limit + 1, PAGE)


def _in_pages(positions: Iterable[Cursor], first: int, *, with_times: bool = False) -> Iterator[ListingPage]:
    """Yield a page of ``first`` articles, then full ones; ``with_times`` if those with another receipt are absent."""
    rest = iter(positions)
    for each in chain(batched(islice(rest, first), first), batched(rest, PAGE)):
        found = [Found(at.article_id, at.received if with_times else None) for at in each]
        yield ListingPage(found, each[-1], len(found))
