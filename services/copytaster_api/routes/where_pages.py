"""The page that answers "where is my file?"."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from copytaster.model.disposition import ADVICE
from copytaster.monitoring.file_lookup import MAX_FOUND, find_deliveries
from copytaster.store.ports.presence import Part
from copytaster_api.dependencies import Dependencies
from copytaster_api.page_frame import Pages
from copytaster_api.page_routers import page_router

router = page_router(problems=(HTTPStatus.UNPROCESSABLE_ENTITY,))


@router.get("/where")
def where_is_it(
    deps: Dependencies,
    pages: Pages,
    q: Annotated[
        str,
        Query(max_length=4_096, description="Name, path below the inbox, sha256, delivery id or article id of a file."),
    ] = "",
) -> Response:
    """Return the page with the deliveries of a file, newest first: where it is, its timeline, and what to do."""
    query = q.strip()
    found = find_deliveries(query, deps.store.ledger) if query else []
    return pages.render(
        "where.html", query=query, deliveries=found, most=MAX_FOUND, advice=ADVICE, watchers=_watchers(deps)
    )


def _watchers(deps: Dependencies) -> bool:
    """Return whether a watcher runs, without which no file is taken."""
    return any(each.part is Part.WATCHER for each in deps.store.presence.present())
