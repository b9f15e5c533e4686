"""The articles in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from copytaster.model.article import Article, ArticleId, Duplicate, Tagging
from copytaster.model.delivery import DeliveryId
from copytaster.store.cursor import Cursor
from copytaster.store.matching import is_listed, matches_article
from copytaster.store.ports.articles import ArticlePage, ArticleQuery, Created, Existing


@dataclass(slots=True)
class _Record:
    versions: list[Article] = field(default_factory=list)
    owners: list[DeliveryId] = field(default_factory=list)
    shown: int = 0
    duplicates: dict[str, Duplicate] = field(default_factory=dict)
    accepted: bool = False

    def complete(self, article: Article) -> Article:
        found: dict[str, object] = {"duplicates": tuple(each for _, each in sorted(self.duplicates.items()))}
        return article.model_copy(update=found | ({"relation": None} if self.accepted else {}))

    @property
    def newest(self) -> Article:
        return self.complete(self.versions[self.shown])


class MemoryArticles:
    """Implements ``Articles``."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._records: dict[ArticleId, _Record] = {}

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version; see ``Articles.create``."""
        with self._lock:
            record = self._records.setdefault(article.id, _Record())
            if not record.versions:
                record.versions.append(article.model_copy(update={"version": 1, "duplicates": ()}))
                record.owners.append(owner)
            if record.owners[0] == owner:
                return Created(record.complete(record.versions[0]))
            own_version = record.owners.index(owner) + 1 if owner in record.owners else None
            return Existing(record.newest, own_version=own_version)

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version; see ``Articles.add_version``."""
        with self._lock:
            record = self._records.setdefault(article.id, _Record())
            if owner in record.owners:
                return article.model_copy(update={"version": record.owners.index(owner) + 1})
            version = article.model_copy(update={"version": len(record.versions) + 1, "duplicates": ()})
            record.versions.append(version)
            record.owners.append(owner)
            if record.versions[record.shown].rank <= version.rank:
                record.shown = len(record.versions) - 1
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

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery; see ``Articles.add_duplicate``."""
        with self._lock:
            self._records.setdefault(article_id, _Record()).duplicates[duplicate.delivery_id] = duplicate

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> None:
        """Remove links; see ``Articles.remove_duplicate``."""
        with self._lock:
            record = self._records.setdefault(article_id, _Record())
            record.duplicates = {name: each for name, each in record.duplicates.items() if each.article_id != copy}

    def accept(self, article_id: ArticleId) -> None:
        """Accept a copy as an article; see ``Articles.accept``."""
        with self._lock:
            self._records.setdefault(article_id, _Record()).accepted = True

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Return whether it was accepted; see ``Articles.is_accepted``."""
        with self._lock:
            return self._records.get(article_id, _Record()).accepted

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

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page; see ``Articles.find``."""
        after = Cursor.parse(query.cursor) if query.cursor else None
        newest_first = sorted(self._is_listed(), key=Cursor.of, reverse=True)
        found = [
            article
            for article in newest_first
            if (after is None or Cursor.of(article) < after) and matches_article(article, query)
        ]
        page = tuple(found[: query.limit])
        return ArticlePage(page, str(Cursor.of(page[-1])) if len(found) > query.limit else None)

    def count(self) -> int:
        """Return the number of listed articles; see ``Articles.count``."""
        return len(self._is_listed())

    def _is_listed(self) -> list[Article]:
        with self._lock:
            newest = (record.newest for record in self._records.values() if record.versions)
            return [article for article in newest if is_listed(article)]
