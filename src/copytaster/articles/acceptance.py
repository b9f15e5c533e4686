"""Acceptance: a person declares that an article, which was stored as a copy of another one, is not a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from copytaster.archive.decisions import Decision, Decisions
from copytaster.archive.placements import Placements
from copytaster.articles.exclusive_change import Expected, exclusive_change
from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.article import Article, ArticleId
from copytaster.store.matching import is_listed
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster.stories.members import accept_member


class Accept(Protocol):
    """Accepts one article; raises the same errors as ``Acceptance.accept``."""

    def __call__(self, article_id: ArticleId, *, expected: Expected | None = None) -> Article:
        """Accept the article and return it."""
        ...


class UnknownArticleError(CopytasterError):
    """No article has this id."""

    def __init__(self, article_id: ArticleId) -> None:
        super().__init__(
            f"there is no article {article_id}; `copytaster show ID --duplicates` lists the copies of an original"
        )


class NotACopyError(CopytasterError):
    """The article is not a copy, so there is nothing to accept."""

    def __init__(self, article_id: ArticleId) -> None:
        super().__init__(f"{article_id} is not a copy of another article: it is listed already")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Accepts copies as articles; ``by`` is named in the decision and in timelines."""

    store: Store
    decisions: Decisions
    placements: Placements
    clock: Clock
    by: str

    def accept(self, article_id: ArticleId, *, expected: Expected | None = None) -> Article:
        """Make the copy an article that is listed and tagged, and return it.

        It stays in the story of the article of which it was a copy. A repeated call changes nothing, but completes an
        interrupted one. Raises ``UnknownArticleError``, ``NotACopyError``, ``OtherStateError`` and ``TransientError``.
        """
        with exclusive_change(article_id, self.store, self.clock, expected=expected):
            return self._accept(article_id)

    def _accept(self, article_id: ArticleId) -> Article:
        article = self.store.articles.get(article_id)
        if article is None:
            raise UnknownArticleError(article_id)
        if not self.store.articles.is_accepted(article_id):
            if is_listed(article):
                raise NotACopyError(article_id)
            # The decision is recorded before the store changes: a lost store is rebuilt from the decisions.
            self.decisions.record(Decision(article_id=article_id, at=self.clock.now(), by=self.by))
        self._split(article)
        return self.store.articles.get(article_id) or article

    def _split(self, article: Article) -> None:
        store = self.store
        if article.relation:
            store.articles.remove_duplicate(article.relation.of, article.id)
            accept_member(article, store, self.placements, at=self.clock.now())
        store.articles.accept(article.id)
        deliveries = store.ledger.find(DeliveryQuery(article_id=article.id, limit=1))
        store.ledger.record_acceptance(article.id, deliveries[0].id if deliveries else None, by=self.by)
