"""The page that answers "where is my file?"."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from copytaster.model.article import ArticleId
from copytaster.model.deletion import describe_deletion
from copytaster.model.disposition import ADVICE
from copytaster.monitoring.file_lookup import MAX_FOUND, find_deliveries
from copytaster.store.ports.presence import Part
from copytaster_api.dependencies import ApiDependencies, Dependencies
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
        "where.html",
        query=query,
        deliveries=found,
        most=MAX_FOUND,
        advice=ADVICE,
        watchers=_watchers(deps),
        remains=None if found or not query else _what_remains(ArticleId(query), deps),
    )


@dataclass(frozen=True, slots=True)
class Remains:
    """What is known of an article whose deliveries are not: that it is stored, or who deleted it."""

    is_stored: bool
    deletion: str | None


def _what_remains(article_id: ArticleId, deps: ApiDependencies) -> Remains | None:
    articles = deps.store.articles
    if articles.version_count(article_id):
        return Remains(is_stored=True, deletion=None)
    deletion = articles.deletion(article_id)
    return Remains(is_stored=False, deletion=describe_deletion(deletion)) if deletion else None


def _watchers(deps: ApiDependencies) -> bool:
    """Return whether a watcher runs, without which no file is taken."""
    return any(each.part is Part.WATCHER for each in deps.store.presence.present())
