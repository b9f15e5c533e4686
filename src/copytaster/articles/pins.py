"""Pins: a person decides that an article is kept, whatever its age and however short the memory is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from copytaster.archive.decisions import Decision, Decisions, pinned_files
from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.exclusive_change import Expected, OtherStateError, exclusive_change
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


class DecidePin(Protocol):
    """Pins or unpins one article; raises the same errors as ``Pins.decide``."""

    def __call__(self, article_id: ArticleId, request: PinRequest, *, expected: Expected | None = None) -> Article:
        """Pin or unpin the article, and return it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Pins articles; the decision is stored beside the archive before the store changes."""

    store: Store
    decisions: Decisions
    clock: Clock

    def decide(self, article_id: ArticleId, request: PinRequest, *, expected: Expected | None = None) -> Article:
        """Pin or unpin the article and return it.

        Its age counts again from its last change when it is unpinned. A repeated call changes nothing, but completes an
        interrupted one. Raises ``UnknownArticleError``, ``OtherStateError`` and ``TransientError``.
        """
        with exclusive_change(article_id, self.store, self.clock, expected=expected):
            return self._decide(article_id, request)

    def _decide(self, article_id: ArticleId, request: PinRequest) -> Article:
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

        An article that a person changes at that moment is left to the next call. Cost: reading the pins, and the
        versions of each pinned article.
        """
        for each in self.decisions.pins():
            known = {*each.files, *self._files(each.article_id)}
            if each.pin and known != set(each.files):
                # It may have been unpinned since the decisions were read.
                with (
                    suppress(OtherStateError),
                    exclusive_change(each.article_id, self.store, self.clock, expected=_is_pinned),
                ):
                    self._record(each.pin, each.article_id, known)

    def files(self) -> frozenset[str]:
        """Return the sha256 of the files of all pinned articles."""
        return pinned_files(self.decisions.pins())

    def _files(self, article_id: ArticleId) -> set[str]:
        return {each.sha256 for each in self.store.articles.versions(article_id)}

    def _record(self, pin: Pin, article_id: ArticleId, files: set[str] | None = None) -> None:
        found = self._files(article_id) if files is None else files
        now = self.clock.now()
        decision = Decision(article_id=article_id, at=now, by=pin.by, pin=pin, files=tuple(sorted(found)))
        self.decisions.record(decision)


def _is_pinned(article: Article) -> bool:
    return article.pin is not None
