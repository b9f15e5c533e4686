"""Atom feeds for people's readers."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response

from copytaster.articles.views import show_articles
from copytaster.clock import from_milliseconds
from copytaster.export.atom import MEDIA_TYPE, FeedAddress, atom_feed
from copytaster.model.access import Scope
from copytaster.store.ports.events import order
from copytaster_api.access_rules import Sources, needs
from copytaster_api.dependencies import ApiDependencies, Dependencies, refuse_during_outage
from copytaster_api.export_schemas import FeedFilters
from copytaster_api.problems import documented

router = APIRouter(
    tags=["export"],
    dependencies=[needs(Scope.READ, Sources.ONE_PARAMETER), Depends(refuse_during_outage)],
)

FEED: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {
        "description": "The feed.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
    HTTPStatus.NOT_MODIFIED.value: {"description": "The reader has the present feed."},
}


@router.get(
    "/api/v1/articles.atom",
    response_class=Response,
    responses={**FEED, **documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)},
)
def article_feed(
    request: Request,
    deps: Dependencies,
    filters: Annotated[FeedFilters, Query()],
    if_none_match: Annotated[str | None, Header(description="`ETag` of the feed that the reader has.")] = None,
    if_modified_since: Annotated[str | None, Header(description="`Last-Modified` of that feed.")] = None,
) -> Response:
    """Return the newest 50 articles that match the filters as an Atom feed, without those that may not be used."""
    changed = _last_change(deps)
    validators = {"Last-Modified": format_datetime(changed, usegmt=True)} if changed else {}
    if if_none_match is None and changed and _is_known(if_modified_since, changed):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=validators)
    found = deps.store.articles.find(filters.query(deps.store, now=deps.clock.now()))
    articles = show_articles(found.articles, deps.store, now=deps.clock.now())
    chosen = sorted(filters.model_dump(mode="json", exclude_none=True).items())
    feed = atom_feed(articles, _address(request, urlencode(chosen)), title=_title(chosen))
    validators["ETag"] = f'W/"{hashlib.sha256(feed).hexdigest()[:32]}"'
    if if_none_match is not None and _has_tag(if_none_match, validators["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=validators)
    return Response(feed, media_type=MEDIA_TYPE, headers=validators)


def _address(request: Request, query: str) -> FeedAddress:
    own = str(request.url_for("article_feed"))
    return FeedAddress(own=f"{own}?{query}" if query else own, query=query, articles=own.removesuffix(".atom"))


def _title(chosen: list[tuple[str, str]]) -> str:
    return f"Articles: {', '.join(value for _, value in chosen)}" if chosen else "Articles"


def _last_change(deps: ApiDependencies) -> datetime | None:
    """Return the second of the last change of anything; None while it lasts, because more may change within it.

    None also while an embargo has ended of which no event tells yet: its article is in the feed from that moment on.
    """
    if deps.store.ledger.ended_embargoes(limit=1):
        return None
    changed = from_milliseconds(order(deps.store.events.end())[0]).replace(microsecond=0)
    return changed if deps.clock.now() - changed >= timedelta(seconds=1) else None


def _is_known(if_modified_since: str | None, changed: datetime) -> bool:
    try:
        known = parsedate_to_datetime(if_modified_since or "")
    except (ValueError, TypeError, IndexError, OverflowError):  # as the library reads what is no time
        return False
    # Without a zone, as with -0000, it is UTC. Times of different zones are compared as they are: the end of the year
    # 9999 exists in some of them only.
    return (known if known.tzinfo else known.replace(tzinfo=UTC)) >= changed


def _has_tag(if_none_match: str, tag: str) -> bool:
    """Compare as RFC 9110 demands for ``If-None-Match``: weak and strong tags are the same."""
    tags = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags
