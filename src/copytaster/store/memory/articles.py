"""The articles in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from copytaster.model.article import Article, ArticleId, Duplicate, Relation, Tagging
from copytaster.model.article_document import ArticleDocument
from copytaster.model.deletion import Deletion
from copytaster.model.delivery import DeliveryId
from copytaster.model.pin import Pin
from copytaster.model.release import Release
from copytaster.model.version_order import in_order
from copytaster.store.cursor import Cursor, version_number, wrong_version
from copytaster.store.matching import duplicate_page, is_listed, is_past, last_change, matches_article, start_of
from copytaster.store.ports.articles import (
    MOST_EXAMINED,
    NEWEST_DUPLICATES,
    Annotation,
    ArticlePage,
    ArticleQuery,
    ChangeStart,
    Created,
    DeletedArticleError,
    DocumentPage,
    DuplicatePage,
    Existing,
    VersionPage,
)
from copytaster.store.version_states import repeatable_states, states_of


@dataclass(slots=True)
class _Record:
    versions: list[Article] = field(default_factory=list)
    owners: list[DeliveryId] = field(default_factory=list)
    shown: int = 0
    duplicates: dict[str, Duplicate] = field(default_factory=dict)
    accepted: bool = False
    release: tuple[str, Release] | None = None
    changed: datetime | None = None
    changes: int = 0

    def complete(self, article: Article) -> Article:
        newest = self.links[-NEWEST_DUPLICATES:]
        found: dict[str, object] = {"duplicates": tuple(newest), "duplicate_count": len(self.duplicates)}
        if self.accepted:
            found["relation"] = None
        if self.release and self.release[0] == article.origin:
            found["release"] = self.release[1]
        return article.model_copy(update=found)

    def note_change(self, *moments: datetime | None) -> None:
        known = [each for each in (self.changed, *moments) if each]
        self.changed = max(known) if known else None

    @property
    def links(self) -> list[Duplicate]:
        return [each for _, each in sorted(self.duplicates.items())]

    @property
    def newest(self) -> Article:
        return self.complete(self.versions[self.shown])


class MemoryArticles:
    """Implements ``Articles``."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._records: dict[ArticleId, _Record] = {}
        self._deleted: dict[ArticleId, Deletion] = {}
        self._pins: dict[ArticleId, Pin] = {}
        self._begun: dict[ArticleId, tuple[str, float]] = {}

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version; see ``Articles.create``."""
        with self._lock:
            self._require_not_deleted(article.id)
            record = self._records.setdefault(article.id, _Record())
            if not record.versions:
                record.versions.append(article.model_copy(update={"version": 1, "duplicates": ()}))
                record.owners.append(owner)
                record.note_change(last_change(record.complete(article)))
            if record.owners[0] == owner:
                return Created(record.complete(record.versions[0]))
            own_version = record.owners.index(owner) + 1 if owner in record.owners else None
            return Existing(record.newest, own_version=own_version)

    def create_many(
        self, articles: Sequence[tuple[Article, DeliveryId]]
    ) -> list[Created | Existing | DeletedArticleError]:
        """Store first versions; see ``Articles.create_many``."""
        return [self._creation(article, owner) for article, owner in articles]

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version; see ``Articles.add_version``."""
        with self._lock:
            self._require_not_deleted(article.id)
            record = self._records.setdefault(article.id, _Record())
            if owner in record.owners:
                return article.model_copy(update={"version": record.owners.index(owner) + 1})
            version = article.model_copy(update={"version": len(record.versions) + 1, "duplicates": ()})
            record.versions.append(version)
            record.owners.append(owner)
            record.note_change(last_change(record.complete(article)))
            record.shown = in_order(record.versions)[-1].version - 1
            return version

    def annotate(self, article_id: ArticleId, version: int, tagging: Tagging) -> bool:
        """Write the results of tagging; see ``Articles.annotate``."""
        with self._lock:
            record = self._records.get(article_id)
            if record is None or record.shown != version - 1:
                return False
            article = record.versions[record.shown]
            found = {name: getattr(tagging, name) for name in Tagging.model_fields}
            found["provenance"] = article.provenance | tagging.provenance
            record.versions[record.shown] = article.model_copy(update=found)
            return True

    def annotate_many(self, annotations: Sequence[Annotation]) -> set[ArticleId]:
        """Write the results of tagging; see ``Articles.annotate_many``."""
        return {each.article_id for each in annotations if self.annotate(each.article_id, each.version, each.tagging)}

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery; see ``Articles.add_duplicate``."""
        with self._lock:
            record = self._records.setdefault(article_id, _Record())
            record.duplicates[duplicate.delivery_id] = duplicate
            record.note_change(duplicate.received_at)

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> list[Duplicate]:
        """Remove links; see ``Articles.remove_duplicate``."""
        with self._lock:
            record = self._records.setdefault(article_id, _Record())
            removed = [each for each in record.links if each.article_id == copy]
            record.duplicates = {name: each for name, each in record.duplicates.items() if each.article_id != copy}
            return removed

    def duplicates(self, article_id: ArticleId, *, cursor: str | None = None, limit: int) -> DuplicatePage:
        """Return a page of the links; see ``Articles.duplicates``."""
        with self._lock:
            return duplicate_page(self._records.get(article_id, _Record()).links, cursor=cursor, limit=limit)

    def accept(self, article_id: ArticleId) -> None:
        """Accept a copy as an article; see ``Articles.accept``."""
        with self._lock:
            self._records.setdefault(article_id, _Record()).accepted = True

    def undo_acceptance(self, article_id: ArticleId) -> None:
        """Let the relation count again; see ``Articles.undo_acceptance``."""
        with self._lock:
            self._records.setdefault(article_id, _Record()).accepted = False

    def stored_relation(self, article_id: ArticleId) -> Relation | None:
        """Return the stored relation; see ``Articles.stored_relation``."""
        with self._lock:
            record = self._records.get(article_id, _Record())
            return record.versions[record.shown].relation if record.versions else None

    def accepted(self, article_ids: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Return the accepted ones; see ``Articles.accepted``."""
        return frozenset(each for each in article_ids if self.is_accepted(each))

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Return whether it was accepted; see ``Articles.is_accepted``."""
        with self._lock:
            return self._records.get(article_id, _Record()).accepted

    def release(self, article_id: ArticleId, origin: str, release: Release) -> None:
        """Store a decision about a version; see ``Articles.release``."""
        with self._lock:
            self._records.setdefault(article_id, _Record()).release = (origin, release)

    def state(self, article_id: ArticleId) -> str:
        """Return what identifies the state; see ``Articles.state``."""
        with self._lock:
            record = self._records.get(article_id, _Record())
            shown = record.newest.model_dump_json() if record.versions else ""
            return shown and f"{record.changes} {len(record.versions)} {shown}"

    def begin_change(
        self, article_id: ArticleId, *, owner: str, lease: timedelta, state: str | None = None
    ) -> ChangeStart:
        """Begin a change; see ``Articles.begin_change``."""
        with self._lock:
            if self._is_changing(article_id):
                return ChangeStart.BUSY
            if state and self.state(article_id) != state:
                return ChangeStart.OTHER_STATE
            self._begun[article_id] = owner, time.monotonic() + lease.total_seconds()
            return ChangeStart.BEGUN

    def _is_changing(self, article_id: ArticleId) -> bool:
        return self._begun.get(article_id, ("", 0.0))[1] > time.monotonic()

    def end_change(self, article_id: ArticleId, *, owner: str) -> None:
        """End a change; see ``Articles.end_change``."""
        with self._lock:
            if record := self._records.get(article_id):
                record.changes += 1
            if self._begun.get(article_id, ("", 0.0))[0] == owner:
                del self._begun[article_id]

    def get(self, article_id: ArticleId) -> Article | None:
        """Return the current version; see ``Articles.get``."""
        return next(iter(self.get_many([article_id])), None)

    def get_many(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        """Return the current versions; see ``Articles.get_many``."""
        with self._lock:
            records = (self._records.get(each) for each in article_ids)
            return [record.newest for record in records if record and record.versions]

    def versions(self, article_id: ArticleId) -> list[Article]:
        """Return all versions; see ``Articles.versions``."""
        with self._lock:
            record = self._records.get(article_id, _Record())
            return [record.complete(each) for each in record.versions]

    def version(self, article_id: ArticleId, number: int) -> Article | None:
        """Return a version; see ``Articles.version``."""
        found = (each for each in self.versions(article_id) if each.version == number)
        return next((each.model_copy(update={"duplicates": (), "duplicate_count": 0}) for each in found), None)

    def version_page(self, article_id: ArticleId, *, cursor: str | None = None, limit: int) -> VersionPage:
        """Return a page of versions; see ``Articles.version_page``."""
        after, numbers = version_number(cursor), [each.version for each in in_order(self.versions(article_id))]
        if after and after not in numbers:
            raise wrong_version(cursor)
        start = numbers.index(after) + 1 if after else 0
        page = numbers[start : start + limit]
        found = [self.version(article_id, each) for each in page]
        more = str(page[-1]) if start + limit < len(numbers) else None
        return VersionPage(self.version(article_id, after), tuple(each for each in found if each), more)

    def version_count(self, article_id: ArticleId) -> int:
        """Return the number of versions; see ``Articles.version_count``."""
        return len(self.versions(article_id))

    def repeated(self, article: Article) -> list[Article]:
        """Return the versions that the article may repeat; see ``Articles.repeated``."""
        newest = {state: each.version for each in self.versions(article.id) for state in states_of(each)}
        numbers = {newest[each] for each in repeatable_states(article) if each in newest}
        return [found for each in sorted(numbers) if (found := self.version(article.id, each))]

    def first_receipts(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, datetime]:
        """Return the times of the first receipts; see ``Articles.first_receipts``."""
        received = {each: [version.received_at for version in self.versions(each)] for each in article_ids}
        return {each: min(times) for each, times in received.items() if times}

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page; see ``Articles.find``."""
        start = start_of(query)
        found: list[Article] = []
        examined = 0
        for article in sorted(self._is_listed(), key=Cursor.of, reverse=True):
            if start is not None and Cursor.of(article) >= start:
                continue
            found += [article] if matches_article(article, query) else []
            examined += 1
            if len(found) > query.limit or is_past(Cursor.of(article), query):
                break
            if examined - len(found) >= MOST_EXAMINED:
                return ArticlePage(tuple(found), str(Cursor.of(article)))
        page = tuple(found[: query.limit])
        return ArticlePage(page, str(Cursor.of(page[-1])) if len(found) > query.limit else None)

    def find_documents(self, query: ArticleQuery) -> DocumentPage:
        """Return a page; see ``Articles.find_documents``."""
        page = self.find(query)
        return DocumentPage(tuple(map(ArticleDocument.of, page.articles)), page.next_cursor)

    def get_documents(self, article_ids: Sequence[ArticleId]) -> list[ArticleDocument]:
        """Return the current versions; see ``Articles.get_documents``."""
        return [ArticleDocument.of(each) for each in self.get_many(article_ids)]

    def count(self) -> int:
        """Return the number of listed articles; see ``Articles.count``."""
        return len(self._is_listed())

    def refuse(self, deletion: Deletion) -> None:
        """Store a tombstone; see ``Articles.refuse``."""
        self._deleted[deletion.article_id] = deletion

    def deletions(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, Deletion]:
        """Return tombstones; see ``Articles.deletions``."""
        return {each: self._deleted[each] for each in article_ids if each in self._deleted}

    def deletion(self, article_id: ArticleId) -> Deletion | None:
        """Return the tombstone; see ``Articles.deletion``."""
        return self._deleted.get(article_id)

    def _creation(self, article: Article, owner: DeliveryId) -> Created | Existing | DeletedArticleError:
        try:
            return self.create(article, owner=owner)
        except DeletedArticleError as error:
            return error

    def _require_not_deleted(self, article_id: ArticleId) -> None:
        if deletion := self._deleted.get(article_id):
            raise DeletedArticleError(deletion)

    def pin(self, article_id: ArticleId, pin: Pin) -> None:
        """Pin an article; see ``Articles.pin``."""
        self._pins[article_id] = pin

    def unpin(self, article_id: ArticleId) -> None:
        """Unpin an article; see ``Articles.unpin``."""
        self._pins.pop(article_id, None)

    def pins(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, Pin]:
        """Return pins; see ``Articles.pins``."""
        return {each: self._pins[each] for each in article_ids if each in self._pins}

    def postpone(self, article_id: ArticleId, *, until: datetime) -> None:
        """Treat an article as changed; see ``Articles.postpone``."""
        with self._lock:
            if record := self._records.get(article_id):
                record.note_change(until)

    def unchanged(self, *, before: datetime, limit: int) -> list[ArticleId]:
        """Return articles without a change since ``before``; see ``Articles.unchanged``."""
        with self._lock:
            return [name for changed, name in self._changes() if changed < before][:limit]

    def count_unchanged(self, *, before: datetime) -> int:
        """Return the number of articles without a change since ``before``; see ``Articles.count_unchanged``."""
        return len(self.unchanged(before=before, limit=len(self._records)))

    def last_changes(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, datetime]:
        """Return the times of the last changes; see ``Articles.last_changes``."""
        with self._lock:
            wanted = set(article_ids)
            return {name: changed for changed, name in self._changes() if name in wanted}

    def oldest_change(self) -> datetime | None:
        """Return the earliest last change; see ``Articles.oldest_change``."""
        with self._lock:
            return min((changed for changed, _ in self._changes()), default=None)

    def _changes(self) -> list[tuple[datetime, ArticleId]]:
        """Return the last changes of the articles that are not pinned, the earliest first."""
        records = self._records.items()
        return sorted((each.changed, name) for name, each in records if each.changed and name not in self._pins)

    def _remove(self, article_id: ArticleId, before: datetime | None) -> bool:
        with self._lock:
            record = self._records.get(article_id, _Record())
            has_changed = article_id in self._pins or (record.changed and before and record.changed >= before)
            if before and (has_changed or self._is_changing(article_id)):
                return False
            for each in record.versions:
                if each.relation:
                    self.remove_duplicate(each.relation.of, article_id)
            self._records[article_id] = _Record(changed=record.changed)
            return True

    def remove_many(self, article_ids: Sequence[ArticleId], *, before: datetime | None) -> frozenset[ArticleId]:
        """Remove articles; see ``Articles.remove_many``."""
        return frozenset(each for each in article_ids if self._remove(each, before))

    def end_removals(self, article_ids: Sequence[ArticleId], *, before: datetime | None) -> frozenset[ArticleId]:
        """Remove the times of the last changes; see ``Articles.end_removals``."""
        return frozenset(each for each in article_ids if self._end_removal(each, before))

    def _end_removal(self, article_id: ArticleId, before: datetime | None) -> bool:
        with self._lock:
            record = self._records.get(article_id)
            if record is None or record.versions or record.changed is None:
                return False
            if before and (article_id in self._pins or record.changed >= before):
                return False
            del self._records[article_id]
            self._pins.pop(article_id, None)
            return True

    def ids(self, position: int) -> tuple[int, list[ArticleId]]:
        """Return the ids of all articles; see ``Articles.ids``."""
        del position
        with self._lock:
            return 0, [name for name, record in self._records.items() if record.changed]

    def originals(self, position: int, *, received_before: datetime) -> tuple[int, frozenset[str]]:
        """Return the originals of all articles; see ``Articles.originals``."""
        del position, received_before
        with self._lock:
            return 0, frozenset(each.sha256 for record in self._records.values() for each in record.versions)

    def sweep(self, position: int) -> int:
        """Do nothing: there are no listings; see ``Articles.sweep``."""
        del position
        return 0

    def _is_listed(self) -> list[Article]:
        with self._lock:
            newest = (record.newest for record in self._records.values() if record.versions)
            return [article for article in newest if is_listed(article)]
