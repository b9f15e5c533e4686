"""Acceptance: a person declares that an article, which was stored as a copy of another one, is not a copy.

That can be undone: then it is one again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from copytaster.archive.decisions import Decision, Decisions
from copytaster.archive.placements import Placements
from copytaster.articles.exclusive_change import Expected, exclusive_change
from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.article import Article, ArticleId, Duplicate, Relation
from copytaster.model.delivery import Delivery
from copytaster.store.article_pages import all_duplicates
from copytaster.store.matching import is_listed
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster.stories.members import accept_member, rejoin_as_copy


class Accept(Protocol):
    """Accepts one article; raises the same errors as ``Acceptance.accept``."""

    def __call__(self, article_id: ArticleId, *, by: str, expected: Expected | None = None) -> Article:
        """Accept the article in the name of a person, and return it."""
        ...


class UnknownArticleError(CopytasterError):
    """No article has this id."""

    def __init__(self, article_id: ArticleId) -> None:
        super().__init__(
            f"there is no article {article_id}; `copytaster articles` lists the articles, and `copytaster show ID"
            " --duplicates` the copies of one"
        )


class NotACopyError(CopytasterError):
    """The article is not a copy, so there is nothing to accept."""

    def __init__(self, article_id: ArticleId) -> None:
        super().__init__(f"{article_id} is not a copy of another article: it is listed already")


class NotAcceptedError(CopytasterError):
    """The acceptance cannot be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Accepts copies as articles; the person ``by`` is named in the decision and in timelines."""

    store: Store
    decisions: Decisions
    placements: Placements
    clock: Clock

    def accept(self, article_id: ArticleId, *, by: str, expected: Expected | None = None) -> Article:
        """Make the copy an article that is listed and tagged, and return it.

        It stays in the story of the article of which it was a copy. A repeated call changes nothing, but completes an
        interrupted one. Raises ``UnknownArticleError``, ``NotACopyError``, ``OtherStateError`` and ``TransientError``.
        """
        with exclusive_change(article_id, self.store, self.clock, expected=expected):
            return self._accept(article_id, by=by)

    def undo(self, article_id: ArticleId, *, by: str, expected: Expected | None = None) -> Article:
        """Make an accepted article a copy again, which is neither listed nor tagged, and return it.

        Copies that were linked to it meanwhile are linked to its original. A repeated call changes nothing, but
        completes an interrupted one. Cost: one round trip for each of these copies. Raises ``UnknownArticleError``,
        ``NotAcceptedError``, ``OtherStateError`` and ``TransientError``.
        """
        with exclusive_change(article_id, self.store, self.clock, expected=expected):
            return self._undo(article_id, by=by)

    def repeat(self, decision: Decision) -> None:
        """Accept a stored article, or make it a copy again, as it is recorded, if the store lacks that.

        Nothing is changed where the original of a copy is not stored any more. Raises ``TransientError``.
        """
        articles = self.store.articles
        article, relation = articles.get(decision.article_id), articles.stored_relation(decision.article_id)
        if article is None or relation is None or articles.is_accepted(article.id) is not bool(decision.undone):
            return
        if not decision.undone:
            self._split(article, by=decision.by)
        elif articles.get(relation.of):
            self._rejoin(article, relation, by=decision.by)

    def _undo(self, article_id: ArticleId, *, by: str) -> Article:
        articles = self.store.articles
        article, relation = articles.get(article_id), articles.stored_relation(article_id)
        if article is None:
            raise UnknownArticleError(article_id)
        is_accepted = articles.is_accepted(article_id)
        if not is_accepted and is_listed(article):
            raise NotAcceptedError(f"{article_id} was not accepted: there is nothing to undo")
        if relation and articles.get(relation.of) is None:
            raise NotAcceptedError(
                f"{article_id} cannot be a copy again: its original, {relation.of}, is not stored any more"
            )
        if is_accepted:
            self.decisions.record(Decision(article_id=article_id, at=self.clock.now(), by=by, undone=True))
        self._rejoin(article, relation, by=by)
        return articles.get(article_id) or article

    def _rejoin(self, article: Article, relation: Relation | None, *, by: str) -> None:
        if relation:
            self._join(article, relation)
        self.store.articles.undo_acceptance(article.id)
        delivery = self._delivery_of(article.id)
        self.store.ledger.record_undone_acceptance(article.id, delivery.id if delivery else None, by=by)

    def _join(self, article: Article, relation: Relation) -> None:
        """Link the article, and the copies that it has, to its original, and count it as a copy in the story."""
        articles, copies = self.store.articles, list(all_duplicates(self.store.articles, article.id))
        if delivery := self._delivery_of(article.id):
            copies.append(_link(article, relation, delivery))
        for each in copies:
            articles.add_duplicate(relation.of, each)
        for copy in {each.article_id for each in copies}:
            articles.remove_duplicate(article.id, copy)
        rejoin_as_copy(article, relation, self.store)

    def _delivery_of(self, article_id: ArticleId) -> Delivery | None:
        return next(iter(self.store.ledger.find(DeliveryQuery(article_id=article_id, limit=1))), None)

    def _accept(self, article_id: ArticleId, *, by: str) -> Article:
        article = self.store.articles.get(article_id)
        if article is None:
            raise UnknownArticleError(article_id)
        if not self.store.articles.is_accepted(article_id):
            if is_listed(article):
                raise NotACopyError(article_id)
            # The decision is recorded before the store changes: a lost store is rebuilt from the decisions.
            self.decisions.record(Decision(article_id=article_id, at=self.clock.now(), by=by))
        self._split(article, by=by)
        return self.store.articles.get(article_id) or article

    def _split(self, article: Article, *, by: str) -> None:
        store = self.store
        if article.relation:
            store.articles.remove_duplicate(article.relation.of, article.id)
            accept_member(article, store, self.placements, at=self.clock.now())
        store.articles.accept(article.id)
        delivery = self._delivery_of(article.id)
        store.ledger.record_acceptance(article.id, delivery.id if delivery else None, by=by)


def _link(article: Article, relation: Relation, delivery: Delivery) -> Duplicate:
    """Return the link of the original to the delivery that has brought the article."""
    return Duplicate(
        delivery_id=delivery.id,
        kind=relation.kind,
        score=relation.score,
        name=delivery.name,
        source=article.source,
        article_id=article.id,
        received_at=delivery.received_at,
    )
