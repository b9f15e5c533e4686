"""Releases: a person declares that a withheld version of an article may be used, or withholds it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from copytaster.archive.decisions import Decision, Decisions
from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.embargoes import report_release, update_embargo
from copytaster.articles.exclusive_change import Expected, exclusive_change
from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.release import Release
from copytaster.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """What a person decides: a release at the time ``at`` (None: at once), or with ``undo`` its withdrawal.

    ``version`` is the number of the version that the person has read; None accepts the current one.
    """

    at: datetime | None = None
    by: str
    reason: str | None = None
    version: int | None = None
    undo: bool = False


class Decide(Protocol):
    """Releases or withholds one article; raises the same errors as ``Releases.decide``."""

    def __call__(self, article_id: ArticleId, request: ReleaseRequest, *, expected: Expected | None = None) -> Article:
        """Release or withhold the article, and return it."""
        ...


class NotReleasedError(CopytasterError):
    """The decision does not apply to the article in its present state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """Releases withheld articles; ``by`` is the process that timelines name."""

    store: Store
    decisions: Decisions
    clock: Clock
    by: str

    def decide(self, article_id: ArticleId, request: ReleaseRequest, *, expected: Expected | None = None) -> Article:
        """Release the current version of the article, or withhold it again, and return the article.

        A later version is withheld again if its provider withholds it. A repeated call changes nothing, but completes
        an interrupted one. Raises ``UnknownArticleError``, ``NotReleasedError``, ``OtherStateError`` and
        ``TransientError``.
        """
        with exclusive_change(article_id, self.store, self.clock, expected=expected):
            return self._decide(article_id, request)

    def _decide(self, article_id: ArticleId, request: ReleaseRequest) -> Article:
        article = self.store.articles.get(article_id)
        if article is None:
            raise UnknownArticleError(article_id)
        _refuse_other_version(article, request.version)
        now = self.clock.now()
        decision = _repeated(article, request, now) or self._record(article, request, now)
        carry_out_release(article, decision, self.store, now=now, by=self.by)
        current = self.store.articles.get(article_id) or article
        if current.origin != article.origin:
            _refuse_other_version(current, article.version)
        return current

    def _record(self, article: Article, request: ReleaseRequest, now: datetime) -> Release:
        """Return the decision, stored outside the server: a lost store is rebuilt from the decisions."""
        if request.undo:
            _refuse_unless_released(article)
        else:
            _refuse_unless_withheld(article, now)
        at = None if request.undo else request.at or now
        release = Release(at=at, by=request.by, reason=request.reason or None, decided_at=now)
        decision = Decision(article_id=article.id, at=now, by=request.by, origin=article.origin, release=release)
        self.decisions.record(decision)
        return release


def carry_out_release(article: Article, release: Release, store: Store, *, now: datetime, by: str) -> None:
    """Release the version, or withhold it again, as it is recorded. A repeated call changes nothing.

    Raises ``TransientError``.
    """
    store.articles.release(article.id, article.origin, release)
    if release.at:
        # Its age counts from then on: otherwise it could be removed before it comes out.
        store.articles.postpone(article.id, until=release.at)
    update_embargo(article.id, store, now=now)
    if release.at is None or release.at <= now:
        report_release(article, store, by=by, decision=release)


def _repeated(article: Article, request: ReleaseRequest, now: datetime) -> Release | None:
    """Return the earlier decision if the request repeats it."""
    known = article.release
    if known is None or (known.at is None) is not request.undo:
        return None
    if known.at is None or known.at == request.at or (request.at is None and known.at <= now):
        return known
    return None


def _refuse_other_version(article: Article, version: int | None) -> None:
    if version is not None and version != article.version:
        raise NotReleasedError(
            f"{article.id} has version {article.version} now, and the decision was about version {version}: read the"
            " new version and decide again"
        )


def _refuse_unless_released(article: Article) -> None:
    if article.release is None or article.release.at is None:
        raise NotReleasedError(
            f"version {article.version} of {article.id} was not released by a person: there is nothing to undo"
        )


def _refuse_unless_withheld(article: Article, now: datetime) -> None:
    status = article.at(now).status
    if article.status is ArticleStatus.CANCELED:
        raise NotReleasedError(
            f"{article.id} is canceled ({withholding_reason(article)}) and cannot be released: only a new version of"
            f" its provider makes it usable{_copies(article)}"
        )
    if article.ruling and status is article.ruling.status:
        raise NotReleasedError(
            f"{article.id} is {status} by the rule {article.ruling.rule}: change the rule, then run `copytaster retag`"
        )
    if status is ArticleStatus.USABLE:
        raise NotReleasedError(f"{article.id} is not withheld: it is usable already")


def explain_withholding(article: Article, now: datetime) -> str | None:
    """Return why the article may not be used, and what a person can do; None if it is usable."""
    current = article.at(now)
    if current.status is ArticleStatus.USABLE:
        return None
    try:
        _refuse_unless_withheld(article, now)
    except NotReleasedError as error:
        return str(error)
    until = f"until {article.withheld_until:%Y-%m-%dT%H:%M:%SZ}" if article.withheld_until else "without an end"
    return (
        f"{article.id} is withheld {until} ({withholding_reason(article)}): `copytaster release {article.id}` releases"
        " it at once"
    )


def _copies(article: Article) -> str:
    """Return what a person can do if one of the copies of a canceled article is the corrected text."""
    if not article.duplicate_count:
        return ""
    return (
        f". If one of its copies ({article.duplicate_count}) may be used, `copytaster accept` makes it an article:"
        f" `copytaster show {article.id} --duplicates` lists them"
    )


def withholding_reason(article: Article) -> str:
    """Return why the article has its status, as its provenance names it."""
    provenance = article.provenance.get("status") or article.provenance.get("embargoed_until")
    return provenance.from_ if provenance else "its provider gave no reason"
