"""Splits a wrong merge: a copy that a person takes for an article of its own becomes one, and stays one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from copytaster.archive.decisions import Decision, Decisions
from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.article import Article, ArticleId, RelationKind
from copytaster.store.matching import is_listed
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.stories import Member
from copytaster.store.store import Store
from copytaster.stories.story import first_received

Accept = Callable[[ArticleId], Article]
"""Accepts one article and returns it; raises as ``Acceptance.accept``."""


class UnknownArticleError(CopytasterError):
    """There is no article of this id."""

    def __init__(self, article_id: ArticleId) -> None:
        super().__init__(f"there is no article {article_id}; an original names its copies under `duplicates`")


class NoCopyError(CopytasterError):
    """The article is no copy, so there is nothing to split."""

    def __init__(self, article_id: ArticleId) -> None:
        super().__init__(f"{article_id} is no copy of another article: it is listed as it is")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What accepts copies as articles of their own; ``by`` is named in the decision and in timelines."""

    store: Store
    decisions: Decisions
    clock: Clock
    by: str

    def accept(self, article_id: ArticleId) -> Article:
        """Make the copy an article of its own, to be listed and tagged, and return it as it is then.

        It stays in the story of the article that it was taken for a copy of. Asked again it changes nothing, and
        completes what was interrupted. Raises ``UnknownArticleError``, ``NoCopyError`` and ``TransientError``.
        """
        article = self.store.articles.get(article_id)
        if article is None:
            raise UnknownArticleError(article_id)
        if not self.store.articles.is_accepted(article_id):
            if is_listed(article):
                raise NoCopyError(article_id)
            # Before the store knows: what is lost there is brought back from here.
            self.decisions.keep(Decision(article_id=article_id, at=self.clock.now(), by=self.by))
        self._split(article)
        return self.store.articles.get(article_id) or article

    def _split(self, article: Article) -> None:
        store = self.store
        if article.relation:
            store.articles.remove_duplicate(article.relation.of, article.id)
            related = article.relation.model_copy(update={"kind": RelationKind.RELATED})
            original = store.articles.get(related.of)
            others = [Member(original.id, first_received(original, store))] if original else []
            store.stories.tie(Member(article.id, first_received(article, store)), others, related)
        store.articles.accept(article.id)
        deliveries = store.ledger.find(DeliveryQuery(article_id=article.id, limit=1))
        store.ledger.record_acceptance(article.id, deliveries[0].id if deliveries else None, by=self.by)
