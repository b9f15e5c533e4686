"""The articles in this process's memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from copytaster.model.article import Article, ArticleId, Duplicate, Tagging
from copytaster.model.delivery import DeliveryId
from copytaster.store.cursor import Cursor
from copytaster.store.matching import listed, matches_article
from copytaster.store.ports.articles import ArticlePage, ArticleQuery, Created, Existing


@dataclass(slots=True)
class _Shelf:
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
    """See ``copytaster.store.ports.articles.Articles``."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._shelves: dict[ArticleId, _Shelf] = {}

    def create(self, article: Article, *, owner: DeliveryId) -> Created | Existing:
        """Store the first version; see ``Articles.create``."""
        with self._lock:
            shelf = self._shelves.setdefault(article.id, _Shelf())
            if not shelf.versions:
                shelf.versions.append(article.model_copy(update={"version": 1, "duplicates": ()}))
                shelf.owners.append(owner)
            if shelf.owners[0] == owner:
                return Created(shelf.complete(shelf.versions[0]))
            own_version = shelf.owners.index(owner) + 1 if owner in shelf.owners else None
            return Existing(shelf.newest, own_version=own_version)

    def add_version(self, article: Article, *, owner: DeliveryId) -> Article:
        """Store a further version; see ``Articles.add_version``."""
        with self._lock:
            shelf = self._shelves.setdefault(article.id, _Shelf())
            if owner in shelf.owners:
                return article.model_copy(update={"version": shelf.owners.index(owner) + 1})
            version = article.model_copy(update={"version": len(shelf.versions) + 1, "duplicates": ()})
            shelf.versions.append(version)
            shelf.owners.append(owner)
            if shelf.versions[shelf.shown].rank <= version.rank:
                shelf.shown = len(shelf.versions) - 1
            return version

    def annotate(self, article_id: ArticleId, version: int, tagging: Tagging) -> bool:
        """Write what tagging found; see ``Articles.annotate``."""
        with self._lock:
            shelf = self._shelves.get(article_id)
            if shelf is None or shelf.shown != version - 1:
                return False
            article = shelf.versions[shelf.shown]
            found = {name: getattr(tagging, name) for name in Tagging.model_fields}
            found["provenance"] = article.provenance | tagging.provenance
            shelf.versions[shelf.shown] = article.model_copy(update=found)
            return True

    def add_duplicate(self, article_id: ArticleId, duplicate: Duplicate) -> None:
        """Link a later delivery; see ``Articles.add_duplicate``."""
        with self._lock:
            self._shelves.setdefault(article_id, _Shelf()).duplicates[duplicate.delivery_id] = duplicate

    def remove_duplicate(self, article_id: ArticleId, copy: ArticleId) -> None:
        """Take links away; see ``Acceptances.remove_duplicate``."""
        with self._lock:
            shelf = self._shelves.setdefault(article_id, _Shelf())
            shelf.duplicates = {name: each for name, each in shelf.duplicates.items() if each.article_id != copy}

    def accept(self, article_id: ArticleId) -> None:
        """Let an article be one of its own; see ``Acceptances.accept``."""
        with self._lock:
            self._shelves.setdefault(article_id, _Shelf()).accepted = True

    def is_accepted(self, article_id: ArticleId) -> bool:
        """Say whether it was accepted; see ``Acceptances.is_accepted``."""
        with self._lock:
            return self._shelves.get(article_id, _Shelf()).accepted

    def get(self, article_id: ArticleId) -> Article | None:
        """Return the newest version; see ``Articles.get``."""
        return next(iter(self.get_many([article_id])), None)

    def get_many(self, article_ids: Sequence[ArticleId]) -> list[Article]:
        """Return the newest versions; see ``Articles.get_many``."""
        with self._lock:
            shelves = (self._shelves.get(each) for each in article_ids)
            return [shelf.newest for shelf in shelves if shelf and shelf.versions]

    def versions(self, article_id: ArticleId) -> list[Article]:
        """Return all versions; see ``Articles.versions``."""
        with self._lock:
            shelf = self._shelves.get(article_id, _Shelf())
            return [shelf.complete(each) for each in shelf.versions]

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page; see ``Articles.find``."""
        after = Cursor.parse(query.cursor) if query.cursor else None
        newest_first = sorted(self._listed(), key=Cursor.of, reverse=True)
        found = [
            article
            for article in newest_first
            if (after is None or Cursor.of(article) < after) and matches_article(article, query)
        ]
        shown = tuple(found[: query.limit])
        return ArticlePage(shown, str(Cursor.of(shown[-1])) if len(found) > query.limit else None)

    def count(self) -> int:
        """Count what can be listed; see ``Articles.count``."""
        return len(self._listed())

    def _listed(self) -> list[Article]:
        with self._lock:
            newest = (shelf.newest for shelf in self._shelves.values() if shelf.versions)
            return [article for article in newest if listed(article)]
