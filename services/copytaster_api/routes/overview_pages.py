"""The overview: what is wrong, the way of the files with rates and ages, charts, processes, articles and failures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import Response

from copytaster.articles.views import list_articles
from copytaster.model.delivery import Delivery, DeliveryState
from copytaster.model.disposition import ADVICE, Disposition
from copytaster.model.work import LANES, Work
from copytaster.monitoring.part_activity import activity_of, role_of
from copytaster.monitoring.problem_times import date_problems
from copytaster.monitoring.status import SILENCE, Status, read_status
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.failed_files import FailedQuery
from copytaster.store.ports.history import Ring, Sample
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store
from copytaster.system.running_version import running_version
from copytaster_api.charts import charts_of, is_recent, rates_of
from copytaster_api.dependencies import Dependencies
from copytaster_api.page_frame import Pages
from copytaster_api.page_routers import page_router

router = page_router()

ARTICLES = 10
"""Newest articles: as many as fit beside the failed files without scrolling."""

FAILED = 5
"""Newest failed files; the page of the quarantine has all."""

IN_WORK = 5
"""Files that are named as being processed."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Where files are: how many wait in the inbox, in the queues and for tags, and are processed; the oldest ages.

    ``rates`` are deliveries a minute between the last two samples, by disposition; empty if these are not recent.
    """

    inbox: dict[str, int]
    waiting: int
    oldest_waiting: float | None
    busy: int
    processes: int
    tagging: int
    oldest_tagging: float | None
    rates: dict[Disposition, float]


@dataclass(frozen=True, slots=True)
class PartRow:
    """A running process for a table: what it is for, what it does, and whether it has fallen silent."""

    beat: Heartbeat
    role: str
    activity: str
    silent: bool


@router.get("/")
def overview(deps: Dependencies, pages: Pages) -> Response:
    """Return the overview: problems with what to do, the way of the files, charts, processes, articles and failures."""
    store, now = deps.store, deps.clock.now()
    status = date_problems(read_status(store, deps.queues, now=now), store.history)
    hour, day = store.history.samples(Ring.HOUR), store.history.samples(Ring.DAY)
    newest = store.articles.find(ArticleQuery(limit=ARTICLES)).articles
    return pages.render(
        "overview.html",
        status=status,
        flow=flow_of(status, hour),
        parts=part_rows(status),
        working=store.ledger.find(DeliveryQuery(state=DeliveryState.WORKING, limit=IN_WORK)),
        charts={"hour": charts_of(Ring.HOUR, hour, now=now), "day": charts_of(Ring.DAY, day, now=now)},
        articles=list_articles(newest, store, now=now),
        failed=_newest_failed(store),
        advice=ADVICE,
        software=running_version(),
        inbox=deps.inbox,
    )


def flow_of(status: Status, hour: Sequence[Sample]) -> Flow:
    """Return where the files are now, with the rates of the last samples."""
    workers = [each.details for each in status.parts if each.part is Part.WORKER]
    watchers = [each.details for each in status.parts if each.part is Part.WATCHER]
    # When no watcher takes samples, the last ones say nothing about the present.
    rates = rates_of(hour[-2:]) if is_recent(Ring.HOUR, hour, now=status.at) else []
    return Flow(
        # All watchers of one inbox see the same files.
        inbox={name: max((_count(each, name) for each in watchers), default=0) for name in INBOX},
        waiting=sum(status.waiting[work] for work in LANES),
        oldest_waiting=_oldest(status, LANES),
        busy=sum(_count(each, "active") for each in workers),
        processes=sum(_count(each, "processes") for each in workers),
        tagging=sum(status.waiting[work] for work in TAGGING),
        oldest_tagging=_oldest(status, TAGGING),
        rates=rates[-1][1] if rates else {},
    )


INBOX = ("backlog", "waiting", "incomplete")
"""The files in the inbox, as watchers count them: finished, being written, and incomplete."""

TAGGING = (Work.TAG, Work.RETAG)
"""The queues of the articles that are to be tagged."""


def _oldest(status: Status, queues: Collection[Work]) -> float | None:
    """Return the age of the oldest message in some queues; None if they are empty."""
    ages = (each.oldest_seconds for each in status.queues if each.name in queues)
    return max((each for each in ages if each is not None), default=None)


def part_rows(status: Status) -> list[PartRow]:
    """Return the running processes for a table."""
    return [
        PartRow(each, role_of(each), activity_of(each), silent=status.at - each.beat_at > SILENCE)
        for each in status.parts
    ]


def _newest_failed(store: Store) -> list[Delivery]:
    """Return the newest failed files, those that wait for a person before those that were retried since."""
    waiting = store.failed.find(FailedQuery(limit=FAILED)).deliveries
    found = [
        each
        for disposition in (Disposition.QUARANTINED, Disposition.REJECTED)
        for each in store.ledger.find(DeliveryQuery(disposition=disposition, limit=FAILED))
    ]
    retried = [each for each in found if not each.has_failed_file]
    return [*sorted(waiting, key=_ended_at, reverse=True), *sorted(retried, key=_ended_at, reverse=True)][:FAILED]


def _ended_at(delivery: Delivery) -> datetime:
    return delivery.settled_at or delivery.received_at


def _count(details: dict[str, str | int | float | None], name: str) -> int:
    value = details.get(name)
    return int(value) if isinstance(value, int | float) else 0
