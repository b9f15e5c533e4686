"""The removal of articles from the server: entries of listings and links first, then the articles themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from redis import Redis
from redis.client import Pipeline

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleId, Duplicate
from copytaster.model.article_document import ArticleDocument
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import NEWEST_DUPLICATES
from copytaster.store.redis.article_documents import DocumentRows
from copytaster.store.redis.article_links import read_links
from copytaster.store.redis.article_rows import (
    ACCEPTED,
    CHANGES,
    COUNTED,
    RELEASE,
    version_count,
    version_records,
)
from copytaster.store.redis.client import call, script, send
from copytaster.store.redis.listings import Listings
from copytaster.store.redis.records import whole_record

Link = tuple[ArticleId, bytes]
"""An original, and a link to a copy as it was stored there."""


class ArticleRemoval:
    """Implements ``Articles.remove_many``.

    ``load`` returns articles, ``index`` adds one to the listings, and ``link`` adds a link.
    """

    def __init__(  # noqa: PLR0913  # what an article that stays is put back with
        self,
        client: Redis,
        keys: Keys,
        listings: Listings,
        *,
        load: Callable[[Sequence[ArticleId]], list[Article]],
        index: Callable[[Article], None],
        link: Callable[[ArticleId, Duplicate], None],
    ) -> None:
        self._client = client
        self._keys = keys
        self._listings = listings
        self._load = load
        self._index = index
        self._link = link
        self._rows = DocumentRows(0)
        self._remove = script(client, "remove_article", shared=["only_version"])
        self._remove_links = script(client, "remove_duplicate", shared=["order_links"])

    def remove(self, article_ids: Sequence[ArticleId], *, before: datetime | None) -> frozenset[ArticleId]:
        """Remove articles, and return those that were removed.

        The entries of the listings go first, because only the articles have their terms: if this process dies, the next
        call finds the articles by their last changes and repeats everything. The hashes of an article are deleted only
        if no version and no copy was added since they were read, and no person has changed the article; else it is put
        into the listings again, and linked.
        """
        found = self._read(article_ids, before)
        self._listings.remove([version for each in found for version in each.versions])
        links = self._unlink(found)
        removed = self._delete(found, links, in_any_case=before is None)
        for each in found:
            if each.id not in removed:
                self._restore(each.id, links[each.id], removed)
        return removed

    def _read(self, article_ids: Sequence[ArticleId], before: datetime | None) -> list[_Stored]:
        """Return those that may be removed, as they are stored."""
        pipe = self._client.pipeline(transaction=False)
        for each in article_ids:
            pipe.hgetall(self._keys.article(each))
            pipe.hlen(self._keys.duplicates(each))
            pipe.exists(self._keys.change(each))
        # After the changes were counted: one that ends between is either in the number or in the score.
        pipe.zmscore(self._keys.changed(), list(map(str, article_ids)))
        *replies, scores = pipe.execute()
        limit = milliseconds(before) if before else float("inf")
        rows = zip(article_ids, replies[::3], replies[1::3], replies[2::3], scores, strict=True)
        return [
            self._stored(name, fields, links)
            for name, fields, links, is_changing, score in rows
            if before is None or not (is_changing or (score is not None and score >= limit))
        ]

    def _stored(self, article_id: ArticleId, fields: Mapping[bytes, bytes], links: int) -> _Stored:
        *counted, accepted, decision, changes = (
            fields.get(each.encode()) for each in (*COUNTED, ACCEPTED, RELEASE, CHANGES)
        )
        rest = [(), 0, int(accepted is not None), decision or b""]
        with whole_record(article_id):
            versions = [self._rows.document([*row, *rest]) for row in version_records(fields)]
        return _Stored(article_id, version_count(*counted), links, changes or b"", versions)

    def _unlink(self, found: Iterable[_Stored]) -> Mapping[ArticleId, list[Link]]:
        """Remove from the originals of each article the links to it, and return them."""
        pairs = [(original, each.id) for each in found for original in each.originals]

        def remove_all(pipe: Pipeline) -> None:
            for original, copy in pairs:
                call(pipe, self._remove_links, self._link_keys(original), [copy, original, NEWEST_DUPLICATES])

        links: dict[ArticleId, list[Link]] = {each.id: [] for each in found}
        for (original, copy), reply in zip(pairs, send(self._client, [self._remove_links], remove_all), strict=True):
            links[copy] += [(original, each) for each in reply]
        return links

    def _delete(
        self, found: Sequence[_Stored], links: Mapping[ArticleId, Sequence[Link]], *, in_any_case: bool
    ) -> frozenset[ArticleId]:
        """Delete the hashes of those that have not changed, and return their ids."""
        # Links of an original that is removed together with its copies were counted before they were taken away.
        taken = Counter(original for each in links.values() for original, _ in each)

        def delete_all(pipe: Pipeline) -> None:
            for each in found:
                keys = [self._keys.article(each.id), *self._link_keys(each.id), self._keys.change(each.id)]
                changes = "any" if in_any_case else each.changes
                call(pipe, self._remove, keys, [each.count or "", each.links - taken[each.id], changes])

        replies = send(self._client, [self._remove], delete_all)
        return frozenset(each.id for each, is_deleted in zip(found, replies, strict=True) if is_deleted)

    def _restore(self, article_id: ArticleId, links: Sequence[Link], removed: frozenset[ArticleId]) -> None:
        for article in self._load([article_id]):
            self._index(article)
            for original, stored in links if article.relation else ():
                if original not in removed:
                    self._link(original, *read_links([stored]))

    def _link_keys(self, article_id: ArticleId) -> list[str]:
        return [self._keys.duplicates(article_id), self._keys.newest_duplicates(article_id)]


@dataclass(frozen=True, slots=True)
class _Stored:
    """An article as it was read: numbers of versions, links and changes, and the versions without links."""

    id: ArticleId
    count: int
    links: int
    changes: bytes
    versions: Sequence[ArticleDocument]

    @property
    def originals(self) -> set[ArticleId]:
        """The articles of which versions are copies or updates."""
        return {each.relation.of for each in self.versions if each.relation}
