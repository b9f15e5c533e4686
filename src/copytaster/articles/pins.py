"""Pins: a person decides that an article is kept, whatever its age and however short the memory is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from copytaster.archive.decisions import Decision, Decisions, pinned_files
from copytaster.articles.acceptance import UnknownArticleError
from copytaster.clock import Clock
from copytaster.model.article import Article, ArticleId
from copytaster.model.pin import Pin
from copytaster.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRequest:
    """What a person decides: to keep the article, or with ``undo`` no longer."""

    by: str
    reason: str | None = None
    undo: bool = False


DecidePin = Callable[[ArticleId, PinRequest], Article]
"""Pins or unpins one article and returns it; raises the same errors as ``Pins.decide``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Pins articles; the decision is stored beside the archive before the store changes."""

    store: Store
    decisions: Decisions
    clock: Clock

    def decide(self, article_id: ArticleId, request: PinRequest) -> Article:
        """Pin or unpin the article and return it.

        Its age counts again from its last change when it is unpinned. A repeated call changes nothing, but completes an
        interrupted one. Raises ``UnknownArticleError`` and ``TransientError``.
        """
        articles = self.store.articles
        article = articles.get(article_id)
        if article is None:
            raise UnknownArticleError(article_id)
        now, known = self.clock.now(), articles.pins([article_id]).get(article_id)
        if request.undo:
            self._record(Pin(by=request.by, reason=request.reason), article_id)
            articles.unpin(article_id)
            return article.model_copy(update={"pin": None})
        pin = known or Pin(at=now, by=request.by, reason=request.reason)
        self._record(pin, article_id)
        articles.pin(article_id, pin)
        return article.model_copy(update={"pin": pin})

    def refresh(self) -> None:
        """Add the files of later versions to the decisions, so that a rebuild has these versions at any age too.

        Cost: reading all decisions, and the versions of each pinned article.
        """
        for each in self._pinned():
            known = {*each.files, *self._files(each.article_id)}
            if each.pin and known != set(each.files):
                self._record(each.pin, each.article_id, known)

    def files(self) -> frozenset[str]:
        """Return the sha256 of the files of all pinned articles."""
        return pinned_files(self.decisions.all())

    def _pinned(self) -> list[Decision]:
        return [each for each in self.decisions.all() if each.pin and each.pin.at]

    def _files(self, article_id: ArticleId) -> set[str]:
        return {each.sha256 for each in self.store.articles.versions(article_id)}

    def _record(self, pin: Pin, article_id: ArticleId, files: set[str] | None = None) -> None:
        found = self._files(article_id) if files is None else files
        now = self.clock.now()
        decision = Decision(article_id=article_id, at=now, by=pin.by, pin=pin, files=tuple(sorted(found)))
        self.decisions.record(decision)
