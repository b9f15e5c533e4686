"""The page of failed files: how many failed for which reason, the files, and what a person decides about them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from copytaster.model.disposition import ADVICE, SAME_AFTER_RETRY, Reason
from copytaster.model.job import JobAction
from copytaster.model.source_names import name_key
from copytaster.store.ports.failed_files import FailedCounts, FailedFiles, FailedQuery
from copytaster.system.running_version import running_version
from copytaster_api.dependencies import Dependencies
from copytaster_api.failed_schemas import FailedFilters
from copytaster_api.page_frame import Pages
from copytaster_api.page_routers import page_router

router = page_router(problems=(HTTPStatus.UNPROCESSABLE_ENTITY,))

JOBS = 5
"""Latest jobs that are shown: those of one shift."""


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """The files that failed for one reason; ``retryable`` is whether a retry may end otherwise for one of them."""

    reason: Reason
    files: int
    retryable: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """The files that the filters choose, for buttons that are about all of them.

    ``files`` is their number, None if it is not known without counting. ``order`` are the conditions of a job, and
    ``by`` is who orders it, None for the name of the key.
    """

    files: int | None
    order: dict[str, str]
    by: str | None

    def job(self, action: str) -> str:
        """Return the order of a job with this ``JobAction`` for these files, as JSON."""
        return json.dumps({"action": action, **self.order} | ({"by": self.by} if self.by else {}))


@router.get("/quarantine")
def quarantine(deps: Dependencies, pages: Pages, filters: Annotated[FailedFilters, Query()]) -> Response:
    """Return the page with the failed files that wait for a person: by reason, with retry, dismissal and downloads."""
    failed = deps.store.failed
    page, counts = failed.find(filters.query()), failed.counts()
    groups = [ReasonGroup(each.reason, each.files, _may_change(each.reason, failed)) for each in counts.reasons]
    chosen = [each for each in groups if filters.reason in (None, each.reason)]
    return pages.render(
        "quarantine.html",
        counts=counts,
        groups=groups,
        sources=[each.source for each in counts.sources if each.source],
        selection=_selection(filters, counts, by=pages.signature),
        retryable=any(each.retryable for each in chosen),
        files=page.deliveries,
        next_address=page.position and pages.address(cursor=page.position),
        jobs=[each for each in deps.store.jobs.latest(limit=JOBS) if each.order.action is not JobAction.RELEASE],
        advice=ADVICE,
        software=running_version(),
        downloads=deps.failed_content is not None,
    )


def _may_change(reason: Reason, failed: FailedFiles) -> bool:
    """Return whether a retry may end otherwise for one of the files of a reason.

    The oldest file says it for all: only one that an earlier version of the program refused can.
    """
    if reason not in SAME_AFTER_RETRY:
        return True
    oldest = failed.find(FailedQuery(reason=reason, oldest_first=True, limit=1)).deliveries
    return any(each.may_change(running_version()) for each in oldest)


def _selection(filters: FailedFilters, counts: FailedCounts, *, by: str | None) -> Selection:
    order = filters.model_dump(mode="json", include={"reason", "source", "name"}, exclude_none=True)
    return Selection(_number(order, counts), order, by)


def _number(order: dict[str, str], counts: FailedCounts) -> int | None:
    """Return how many files meet the conditions, if the counts say it: there are none for two conditions together."""
    match order:
        case {"name": _} | {"reason": _, "source": _}:
            return None
        case {"reason": reason}:
            return sum(each.files for each in counts.reasons if each.reason == reason)
        case {"source": source}:
            return sum(each.files for each in counts.sources if name_key(each.source or "") == name_key(source))
        case _:
            return counts.files
