"""The articles on the server: a hash for each, and sorted sets for the listings."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from redis import Redis
from redis.client import Pipeline

from copytaster.clock import milliseconds
from copytaster.model.article import Article, ArticleId, Duplicate, Relation, Tagging
from copytaster.model.article_document import ArticleDocument
from copytaster.model.deletion import Deletion
from copytaster.model.delivery import DeliveryId
from copytaster.model.release import Release
from copytaster.store.cursor import Cursor, version_number, wrong_version
from copytaster.store.keys import Keys
from copytaster.store.matching import duplicate_page, is_listed, is_past, last_change, matches_article
from copytaster.store.ports.articles import (
    MOST_EXAMINED,
    NEWEST_DUPLICATES,
    Annotation,
    ArticlePage,
    ArticleQuery,
    Created,
    DeletedArticleError,
    DocumentPage,
    DuplicatePage,
    Existing,
    VersionPage,
)
from copytaster.store.ports.retention import lowest_id
from copytaster.store.readable import undamaged
from copytaster.store.redis.article_changes import RedisArticleChanges
from copytaster.store.redis.article_documents import DocumentRows
from copytaster.store.redis.article_links import pack_link, read_links
from copytaster.store.redis.article_records import tagging_record
from copytaster.store.redis.article_removal import ArticleRemoval
from copytaster.store.redis.article_rows import (
    ACCEPTED,
    COUNTED,
    RELEASE,
    ArticleRows,
    StoredVersions,
    assembled_article,
    only_owner,
    retagged,
    version_arguments,
    version_count,
    version_records,
)
from copytaster.store.redis.article_sweep import ArticleSweep
from copytaster.store.redis.client import call, script, send, text, transient_errors
from copytaster.store.redis.listings import PAGE, Found, Listings
from copytaster.store.redis.packed_hashes import PackedHashes
from copytaster.store.redis.packing import pack
from copytaster.store.redis.records import UNREADABLE, damaged_record, whole_record
from copytaster.store.version_states import repeatable_states, states_of

Form = TypeVar("Form", Article, ArticleDocument)

MODELS = 500
"""Most articles that are remembered as models, which take half as much memory again as documents: lists use these."""

FIRST = 1
"""The number of the version that ``create`` makes."""


class RedisArticles(RedisArticleChanges):
    """Implements ``Articles``; keeps the last ``remembered`` articles that it has read, see ``ArticleRows``."""

    def __init__(self, client: Redis, keys: Keys, *, remembered: int = 0) -> None:
        super().__init__(client, keys)
        self._rows = ArticleRows(min(remembered, MODELS))
        self._documents = DocumentRows(remembered)
        self._hashes = PackedHashes(client)
        self._listings = Listings(client, keys)
        self._sweep = ArticleSweep(client, keys, self._listings, self._load, self._index)
        self._create = script(client, "create_article", shared=["find_version", "pieces", "only_version"])
        self._add_version = script(
            client, "add_version", shared=["find_version", "pieces", "only_version", "version_rank"]
        )
        self._read_versions = script(client, "read_versions", shared=["pieces", "only_version"])
        self._note_versions = script(client, "note_versions")
        self._rank_versions = script(client, "rank_versions", shared=["only_version", "version_rank"])
        self._annotate = script(client, "annotate", shared=["pieces", "only_version"])
        self._read = script(client, "read_article", shared=["order_links", "pieces", "only_version"])
        self._add_duplicate = script(client, "add_duplicate", shared=["order_links"])
        self._remove_duplicate = script(client, "remove_duplicate", shared=["order_links"])
        self._read_duplicates = script(client, "read_duplicates", shared=["order_links"])
        self._removal = ArticleRemoval(
            client, keys, self._listings, load=self._load, index=self._index, link=self.add_duplicate
        )
        self._end_removal = script(client, "end_removal")

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version; see ``Articles.create``."""
        (created,) = self.create_many([(article, owner)])
        if isinstance(created, DeletedArticleError):
            raise created
        return created

    def create_many(
        self, articles: Sequence[tuple[Article, DeliveryId]]
    ) -> list[Created | Existing | DeletedArticleError]:
        """Store first versions; see ``Articles.create_many``."""

        def create_all(pipe: Pipeline) -> None:
            for article, owner in articles:
                arguments = version_arguments(article, owner, longest=longest)
                call(pipe, self._create, self._version_keys(article.id), arguments)

        with transient_errors():
            longest = self._hashes.longest_value
            replies = send(self._client, [self._create], create_all) if articles else []
            known = [each.id for (each, _), reply in zip(articles, replies, strict=True) if not _is_new(reply)]
            # Of a redelivery the article may have been removed at this moment, because it is old.
            newest = {each.id: each for each in self._load(list(dict.fromkeys(known)))} if known else {}
            pairs = zip((each for each, _ in articles), replies, strict=True)
            rows = [(each, each if _is_new(reply) else newest.get(each.id, each), reply) for each, reply in pairs]
            self._list_first(rows)
            return [self._creation(current, reply) for _, current, reply in rows]

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version; see ``Articles.add_version``."""
        with transient_errors():
            arguments = version_arguments(article, owner, longest=self._hashes.longest_value)
            reply: Any = self._add_version(keys=self._version_keys(article.id), args=arguments)
            if isinstance(reply, bytes):
                raise DeletedArticleError(Deletion.model_validate_json(reply))
            number, former = reply
            for newest in self._load([article.id]):
                self._index(newest, received_at=article.received_at)
                self._remove_former(former, newest)
            self._note(article.id, self._some(article.id))
        return article.model_copy(update={"version": number})

    def annotate(self, article_id: ArticleId, version: int, tagging: Tagging) -> bool:
        """Write the results of tagging; see ``Articles.annotate``."""
        article = self.get(article_id)
        return article is not None and bool(
            self.annotate_many([Annotation(article_id, version, article.text, tagging)])
        )

    def annotate_many(self, annotations: Sequence[Annotation]) -> set[ArticleId]:
        """Write the results of tagging; see ``Articles.annotate_many``."""

        def write_all(pipe: Pipeline) -> None:
            for each in annotations:
                arguments = [each.version, pack(tagging_record(each.tagging, each.text), text=each.text)]
                call(pipe, self._annotate, [self._keys.article(each.article_id)], arguments)

        with transient_errors():
            replies = send(self._client, [self._annotate], write_all) if annotations else []
            written = [(each, row) for each, row in zip(annotations, replies, strict=True) if row]
            self._listings.change(retagged(each, row) for each, row in written)
        return {each.article_id for each, _ in written}

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery; see ``Articles.add_duplicate``."""
        ids = duplicate.article_id, article_id
        arguments = [duplicate.delivery_id, pack_link(duplicate), *ids, NEWEST_DUPLICATES]

        def link_and_note(pipe: Pipeline) -> None:
            call(pipe, self._add_duplicate, self._link_keys(article_id), arguments)
            pipe.zadd(self._keys.changed(), {str(article_id): milliseconds(duplicate.received_at)}, gt=True)

        with transient_errors():
            send(self._client, [self._add_duplicate], link_and_note)

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> list[Duplicate]:
        """Remove links; see ``Articles.remove_duplicate``."""
        arguments: list[str | int] = [copy, article_id, NEWEST_DUPLICATES]
        with transient_errors():
            return read_links(self._remove_duplicate(keys=self._link_keys(article_id), args=arguments))

    def duplicates(self, article_id: ArticleId, *, cursor: str | None = None, limit: int) -> DuplicatePage:
        """Return a page of the links; see ``Articles.duplicates``."""
        arguments: list[str | int] = [article_id, NEWEST_DUPLICATES, f"({cursor}" if cursor else "+", limit + 1]
        with transient_errors():
            links: Any = self._read_duplicates(keys=self._link_keys(article_id), args=arguments)
        return duplicate_page(read_links(links), cursor=cursor, limit=limit)

    def accept(self, article_id: ArticleId) -> None:
        """Accept a copy as an article; see ``Articles.accept``."""
        with transient_errors():
            self._client.hset(self._keys.article(article_id), ACCEPTED, 1)
            for article in self._load([article_id]):
                self._index(article)

    def undo_acceptance(self, article_id: ArticleId) -> None:
        """Let the relation count again; see ``Articles.undo_acceptance``."""
        with transient_errors():
            self._client.hdel(self._keys.article(article_id), ACCEPTED)
            for article in self._load([article_id]):
                self._index(article)

    def stored_relation(self, article_id: ArticleId) -> Relation | None:
        """Return the stored relation; see ``Articles.stored_relation``."""
        not_accepted = 0
        with transient_errors():
            articles = self._made([article_id], lambda row: self._rows.article([*row[:5], not_accepted, *row[6:]]))
        return articles[0].relation if articles else None

    def accepted(self, article_ids: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Return the accepted ones; see ``Articles.accepted``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for each in article_ids:
                pipe.hexists(self._keys.article(each), ACCEPTED)
            return frozenset(each for each, is_so in zip(article_ids, pipe.execute(), strict=True) if is_so)

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Return whether it was accepted; see ``Articles.is_accepted``."""
        return bool(self.accepted([article_id]))

    def release(self, article_id: ArticleId, origin: str, release: Release) -> None:
        """Store a decision about a version; see ``Articles.release``."""
        decision = json.dumps({"origin": origin, "release": release.model_dump(mode="json", exclude_none=True)})
        with transient_errors():
            self._client.hset(self._keys.article(article_id), RELEASE, decision)

    def get(self, article_id: ArticleId) -> Article | None:
        """Return the current version; see ``Articles.get``."""
        return next(iter(self.get_many([article_id])), None)

    def get_many(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        """Return the current versions; see ``Articles.get_many``."""
        with transient_errors():
            return self._load(article_ids)

    def versions(self, article_id: ArticleId) -> list[Article]:
        """Return all versions; see ``Articles.versions``."""
        with transient_errors():
            stored: Any = self._client.hgetall(self._keys.article(article_id))
            links: Any = self._read(keys=self._article_keys(article_id), args=[article_id, NEWEST_DUPLICATES])
        rest: Any = {
            "accepted": ACCEPTED.encode() in stored,
            "decision": stored.get(RELEASE.encode(), b""),
        }
        with whole_record(article_id):
            return [assembled_article(*row, *links[3:5], **rest) for row in version_records(stored)]

    def version(self, article_id: ArticleId, number: int) -> Article | None:
        """Return a version; see ``Articles.version``."""
        with transient_errors():
            found = self._some(article_id, number).articles
        return next((each for each in found if each.version == number), None)

    def version_page(self, article_id: ArticleId, *, cursor: str | None = None, limit: int) -> VersionPage:
        """Return a page of versions; see ``Articles.version_page``."""
        after = version_number(cursor)
        with transient_errors():
            ranked: Any = self._rank_versions(keys=[self._keys.article(article_id)], args=[after, limit])
            if ranked is None:
                raise wrong_version(cursor)
            numbers, more = [int(each) for each in ranked[0]], ranked[1]
            found = {each.version: each for each in self._some(article_id, after, *numbers).articles}
        page = tuple(found[each] for each in numbers if each in found)
        return VersionPage(found.get(after), page, str(numbers[-1]) if more else None)

    def version_count(self, article_id: ArticleId) -> int:
        """Return the number of versions; see ``Articles.version_count``."""
        with transient_errors():
            counted: Any = self._client.hmget(self._keys.article(article_id), *COUNTED)
            return version_count(*counted)

    def repeated(self, article: Article) -> list[Article]:
        """Return the versions that the article may repeat; see ``Articles.repeated``."""
        states = repeatable_states(article)
        with transient_errors():
            stored = self._some(article.id, *states)
            self._note(article.id, stored)
        newest = {state: each for each in stored.articles for state in states_of(each)}
        numbers = {newest[each].version for each in states if each in newest}
        return [each for each in stored.articles if each.version in numbers]

    def first_receipts(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, datetime]:
        """Return the times of the first receipts; see ``Articles.first_receipts``."""

        def read_all(pipe: Pipeline) -> None:
            for each in article_ids:
                call(pipe, self._read_versions, [self._keys.article(each)], [])

        with transient_errors():
            rows = send(self._client, [self._read_versions], read_all)
        found = ((each, _versions_of(each, row)) for each, row in zip(article_ids, rows, strict=True))
        return {each: born for each, stored in found if (born := stored.born)}

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page; see ``Articles.find``."""
        return ArticlePage(*self._page(query, self._load))

    def find_documents(self, query: ArticleQuery) -> DocumentPage:
        """Return a page; see ``Articles.find_documents``."""
        return DocumentPage(*self._page(query, self._load_documents))

    def get_documents(self, article_ids: Sequence[ArticleId]) -> list[ArticleDocument]:
        """Return the current versions; see ``Articles.get_documents``."""
        with transient_errors():
            return self._load_documents(article_ids)

    def _page(
        self, query: ArticleQuery, load: Callable[[Sequence[ArticleId]], list[Form]]
    ) -> tuple[tuple[Form, ...], str | None]:
        """Return the articles of a page in the form in which they are loaded, and the cursor of the next page."""
        found: list[Form] = []
        examined = 0
        with transient_errors():
            for page in self._listings.pages(query):
                loaded = undamaged({each.article_id for each in page.found}, load)
                found += [each for each in _present(page.found, loaded) if matches_article(each, query)]
                examined += page.cost
                if len(found) > query.limit or is_past(page.end, query):
                    break
                if examined - len(found) >= MOST_EXAMINED:
                    return tuple(found), str(page.end)
        articles = tuple(found[: query.limit])
        return articles, str(Cursor.of(articles[-1])) if len(found) > query.limit else None

    def count(self) -> int:
        """Return the number of listed articles; see ``Articles.count``."""
        with transient_errors():
            return int(self._client.zcard(self._keys.listing()))

    def unpin(self, article_id: ArticleId) -> None:
        """Unpin an article; see ``Articles.unpin``."""
        with transient_errors():
            self._client.hdel(self._keys.pins(), str(article_id))
            self._client.zrem(self._keys.changed(), str(article_id))
            for article in self._load([article_id]):
                self._index(article)

    def remove_many(self, article_ids: Sequence[ArticleId], *, before: datetime | None) -> frozenset[ArticleId]:
        """Remove articles; see ``Articles.remove_many``."""
        with transient_errors():
            return self._removal.remove(article_ids, before=before)

    def end_removals(self, article_ids: Sequence[ArticleId], *, before: datetime | None) -> frozenset[ArticleId]:
        """Remove the times of the last changes; see ``Articles.end_removals``."""
        end = milliseconds(before) if before else "+inf"
        with transient_errors():
            keys = [self._keys.changed(), self._keys.pins()]
            ended: Any = self._end_removal(keys=keys, args=[end, *article_ids])
        return frozenset(each for each, is_last in zip(article_ids, ended, strict=True) if is_last)

    def ids(self, position: int) -> tuple[int, list[ArticleId]]:
        """Return some of the ids; see ``Articles.ids``."""
        with transient_errors():
            found: Any = self._client.zscan(self._keys.changed(), position, count=PAGE)
        return int(found[0]), [ArticleId(text(each)) for each, _ in found[1]]

    def originals(self, position: int, *, received_before: datetime) -> tuple[int, frozenset[str]]:
        """Return the originals of some articles; see ``Articles.originals``."""
        after, ids = self.ids(position)
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for each in ids:
                pipe.hmget(self._keys.article(each), *COUNTED, "owner:1")
            recent = lowest_id(received_before).encode()
            # An article with one version, whose delivery has a later id, is not read: most are such.
            old = [
                each
                for each, (count, only, owner) in zip(ids, pipe.execute(), strict=True)
                if version_count(count, only) != FIRST or (only_owner(only) or owner or b"") < recent
            ]
        return after, frozenset(each.sha256 for name in old for each in self.versions(name))

    def sweep(self, position: int) -> int:
        """Check listings and times of changes; see ``Articles.sweep``."""
        with transient_errors():
            return self._sweep.step(position)

    def _creation(self, current: Article, reply: Any) -> Created | Existing | DeletedArticleError:
        """Return what the reply of ``create_article`` means for the current version of the article."""
        if isinstance(reply, bytes):
            return DeletedArticleError(Deletion.model_validate_json(reply))
        if reply[0] != FIRST:
            return Existing(current, own_version=reply[0] or None)
        # On a redelivery the article may have newer versions; the result is the one that this delivery stored.
        return Created(current if current.version == FIRST else self.version(current.id, FIRST) or current)

    def _list_first(self, rows: Sequence[tuple[Article, Article, Any]]) -> None:
        """Add the entries of articles, given as passed and as they are now, with the reply of ``create_article``."""
        first = [
            (current, milliseconds(last_change(current, article.received_at)), is_listed(current) or not _is_new(reply))
            for article, current, reply in rows
            if not isinstance(reply, bytes) and reply[0] == FIRST
        ]
        # A new copy has no entries that would have to be removed.
        added = [(each, changed) for each, changed, has_entries in first if has_entries]
        unlisted = [(each, changed) for each, changed, has_entries in first if not has_entries]
        self._listings.add(added, unlisted=unlisted)

    def _some(self, article_id: ArticleId, *wanted: str | int) -> StoredVersions:
        """Return the versions with these numbers or states, and those that are not noted."""
        return _versions_of(article_id, self._read_versions(keys=[self._keys.article(article_id)], args=wanted))

    def _note(self, article_id: ArticleId, stored: StoredVersions) -> None:
        """Note the versions that are not noted yet: the latest one, and all those of an earlier release.

        Articles with one version have no notes: they are the most, and reading the one version is as cheap.
        """
        fresh = [each for each in stored.articles if each.version > stored.noted]
        if stored.count == FIRST or not fresh:
            return
        born = min(milliseconds(each.received_at) for each in fresh)
        arguments: list[str | int] = [stored.noted + 1, stored.count, born]
        for each in fresh:
            for state in states_of(each):
                arguments += [state, each.version]
        self._note_versions(keys=[self._keys.article(article_id)], args=arguments)

    def _remove_former(self, number: int, newest: Article) -> None:
        """Remove the entries of the version that was shown before, as far as the newest one does not have them."""
        if number not in {0, newest.version}:
            former = [each for each in self._some(newest.id, number).articles if each.version == number]
            self._listings.remove(former, newest=newest)

    def _index(self, article: Article, *, received_at: datetime | None = None) -> None:
        """Add the article to the listings, or remove it; queries filter terms of older versions.

        ``received_at`` is that of a version just added, which need not be the current one.
        """
        self._listings.add([(article, milliseconds(last_change(article, received_at)))])

    def _load(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        return self._made(article_ids, self._rows.article)

    def _load_documents(self, article_ids: Sequence[ArticleId]) -> list[ArticleDocument]:
        return self._made(article_ids, self._documents.document)

    def _made(self, article_ids: Sequence[ArticleId], make: Callable[[Sequence[Any]], Form]) -> list[Form]:
        found = list[Form]()
        for name, row in zip(article_ids, self._read_rows(article_ids), strict=True):
            if not row:
                continue
            try:
                found.append(make(row))
            except UNREADABLE as error:
                raise damaged_record(name, error) from error
        return found

    def _read_rows(self, article_ids: Sequence[ArticleId]) -> list[Any]:
        def read_all(pipe: Pipeline) -> None:
            for each in article_ids:
                call(pipe, self._read, self._article_keys(each), [each, NEWEST_DUPLICATES])

        return send(self._client, [self._read], read_all)

    def _version_keys(self, article_id: ArticleId) -> list[str]:
        return [self._keys.article(article_id), self._keys.deleted(article_id)]

    def _article_keys(self, article_id: ArticleId) -> list[str]:
        return [self._keys.article(article_id), *self._link_keys(article_id)]

    def _link_keys(self, article_id: ArticleId) -> list[str]:
        return [self._keys.duplicates(article_id), self._keys.newest_duplicates(article_id)]


def _present(entries: Sequence[Found], loaded: Sequence[Form]) -> list[Form]:
    """Return the listed articles whose current versions these entries of a listing belong to."""
    named = {each.id: each for each in loaded}
    present = (each.article_id for each in entries if each.is_present(named.get(each.article_id)))
    return [named[each] for each in present if is_listed(named[each])]


def _versions_of(article_id: ArticleId, reply: Any) -> StoredVersions:
    with whole_record(article_id):
        return StoredVersions.of(reply)


def _is_new(reply: Any) -> bool:
    """Return whether ``create_article`` has stored the article as it was passed."""
    return not isinstance(reply, bytes) and bool(reply[1])
