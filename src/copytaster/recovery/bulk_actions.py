"""What a job does with each failed file, or with each withheld article."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.releases import Decide, NotReleasedError, ReleaseRequest
from copytaster.model.article import Article, ArticleId
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.job import Job, JobOrder
from copytaster.model.source_names import name_key
from copytaster.recovery.dismissal import Dismiss, NotDismissedError
from copytaster.recovery.failed_files import is_worth_retrying
from copytaster.recovery.retry import NotRetriedError, UnknownDeliveryError
from copytaster.store.matching import caseless
from copytaster.store.ports.failed_files import FailedQuery
from copytaster.store.ports.retention import lowest_id
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

DOES_NOT_APPLY = (UnknownDeliveryError, NotRetriedError, NotDismissedError, UnknownArticleError, NotReleasedError)
"""Errors because of which one is left out: the action does not apply to it, or somebody else was quicker."""

SAME_END = "this version of the program would refuse the unchanged file again; retry it alone, or by its reason"


@dataclass(frozen=True, slots=True)
class Target:
    """One file or article of a job; ``refusal`` is why it is left out, if that is known before."""

    id: str
    name: str | None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class TargetPage:
    """Some targets in their order; ``position`` is the id from which to continue, None at the end."""

    targets: tuple[Target, ...]
    position: str | None


class BulkAction(Protocol):
    """Finds what a job is about, and does one step of it. Both raise ``TransientError``."""

    def page(self, job: Job, *, after: str | None, limit: int) -> TargetPage:
        """Return the next targets that the person could see."""
        ...

    def act(self, target_id: str, job: Job, *, again: bool) -> None:
        """Do it; ``again`` says that an earlier attempt may have succeeded.

        Raises one of ``DOES_NOT_APPLY``, and ``PermanentError``.
        """
        ...


@dataclass(frozen=True, slots=True)
class FailedFilesAction:
    """Retries or dismisses failed files, the oldest first, by ``end_one``.

    ``has_ended`` says whether an earlier attempt at a delivery has succeeded. ``leaves_out`` says whether one is left
    out that a retry cannot change.
    """

    store: Store
    end_one: Callable[[DeliveryId, str], object]
    has_ended: Callable[[Delivery | None], bool]
    leaves_out: bool

    def page(self, job: Job, *, after: str | None, limit: int) -> TargetPage:
        """Return failed files; see ``BulkAction.page``."""
        query = _query(job.order)
        found = self.store.failed.find(
            FailedQuery(
                reason=query.reason,
                source=query.source,
                name=query.name,
                after=DeliveryId(after) if after else None,
                before=DeliveryId(lowest_id(job.seen_at)),
                oldest_first=True,
                limit=limit,
            )
        )
        # A file may have arrived before, and have failed since.
        seen = (each for each in found.deliveries if each.settled_at and each.settled_at <= job.seen_at)
        return TargetPage(tuple(self._target(each, query) for each in seen), found.position)

    def act(self, target_id: str, job: Job, *, again: bool) -> None:
        """Retry or dismiss the file; see ``BulkAction.act``."""
        delivery_id = DeliveryId(target_id)
        try:
            self.end_one(delivery_id, job.by)  # a repeated call completes an interrupted one
        except DOES_NOT_APPLY:
            if not (again and self.has_ended(self.store.ledger.get(delivery_id))):
                raise

    def _target(self, delivery: Delivery, query: FailedQuery) -> Target:
        is_left_out = self.leaves_out and not is_worth_retrying(delivery, query)
        return Target(delivery.id, delivery.path, SAME_END if is_left_out else None)


@dataclass(frozen=True, slots=True)
class ReleaseAction:
    """Releases articles that are withheld without an end, in the order of their ids."""

    store: Store
    decide: Decide

    def page(self, job: Job, *, after: str | None, limit: int) -> TargetPage:
        """Return withheld articles; see ``BulkAction.page``."""
        ids = self.store.ledger.withheld(limit=limit, after=ArticleId(after) if after else None)
        articles = undamaged(ids, self.store.articles.get_many)
        chosen = (each for each in articles if each.received_at <= job.seen_at)
        targets = [Target(each.id, each.title) for each in chosen if _is_named(each.source, each.title, job.order)]
        return TargetPage(tuple(targets), ids[-1] if len(ids) == limit else None)

    def act(self, target_id: str, job: Job, *, again: bool) -> None:
        """Release the article; a repeated release changes nothing. See ``BulkAction.act``.

        What changed after the order stays as it is: a newer version, or a time at which the article is released.
        """
        del again
        article = self.store.articles.get(ArticleId(target_id))
        if article:
            _refuse_unless_ordered(article, job)
        version = article.version if article else None
        self.decide(ArticleId(target_id), ReleaseRequest(by=job.by, reason=job.order.why, version=version))


def retry_action(store: Store, retry: Callable[[DeliveryId, str], object]) -> FailedFilesAction:
    """Return the action that retries failed files; ``retry`` does so for one, in the name of a person."""
    return FailedFilesAction(store, retry, lambda found: bool(found and found.retried_as), leaves_out=True)


def dismiss_action(store: Store, dismiss: Dismiss) -> FailedFilesAction:
    """Return the action that dismisses failed files; ``dismiss`` does so for one, in the name of a person."""
    return FailedFilesAction(
        store, lambda delivery_id, by: dismiss(delivery_id, by=by), lambda found: found is None, leaves_out=False
    )


def _query(order: JobOrder) -> FailedQuery:
    return FailedQuery(reason=order.reason, source=order.source, name=order.name)


def _refuse_unless_ordered(article: Article, job: Job) -> None:
    if article.release and article.release.by == job.by:  # by an earlier attempt, which is completed
        return
    if article.received_at > job.seen_at:
        raise NotReleasedError(
            f"version {article.version} of {article.id} arrived after the person had seen the others"
        )
    if article.release and article.release.decided_at > job.seen_at:
        raise NotReleasedError(f"{article.release.by} decided about {article.id} after the person had seen the others")
    if article.withheld_until:
        raise NotReleasedError(f"{article.id} is not withheld without an end any more")


def _is_named(source: str | None, title: str | None, order: JobOrder) -> bool:
    is_of_source = order.source is None or name_key(order.source) == name_key(source or "")
    return is_of_source and (order.name is None or caseless(order.name) in caseless(title or ""))
