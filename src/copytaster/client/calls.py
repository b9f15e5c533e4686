"""The calls of the API, without their transport: both clients make the same ones."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from copytaster.articles.views import ListedArticle, Version
from copytaster.client.filters import Parameters, parameters_of
from copytaster.model.article import Article, Document, Duplicate
from copytaster.model.delivery import Delivery
from copytaster.model.job import Job, JobOrder
from copytaster.model.standing_search import SearchConditions
from copytaster.monitoring.sources.figures import SourceReport
from copytaster.monitoring.status import Status
from copytaster.recovery.failed_files import FailedFile
from copytaster.searches.administration import SearchOrder, ShownHit, ShownSearch
from copytaster.searches.preview import Preview
from copytaster.store.ports.failed_files import FailedCounts
from copytaster.stories.story import Story, StorySummary

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)

PREFIX = "/api/v1"

ARTICLES, DELIVERIES, STORIES = "articles", "deliveries", "stories"
FAILED, JOBS, SEARCHES = "failed", "jobs", "searches"

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer is read. ``repeatable``: it may be sent again when no answer came."""

    path: str
    read: Callable[[bytes], T]
    parameters: Parameters = field(default_factory=dict)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | Path | None = None
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``next_cursor`` is None on the last."""

    items: tuple[T, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list that is read page by page."""

    first: Call[Page[T]]

    def after(self, cursor: str | None) -> Call[Page[T]]:
        """Return the call for the page after a cursor."""
        return replace(self.first, parameters={**self.first.parameters, "cursor": cursor}) if cursor else self.first


def get_status() -> Call[Status]:
    """Return the call for the state of the system."""
    return Call(f"{PREFIX}/status", _document(Status))


def get_article(article_id: str) -> Call[Article]:
    """Return the call for one article."""
    return Call(_path(ARTICLES, article_id), _document(Article))


def get_delivery(delivery_id: str) -> Call[Delivery]:
    """Return the call for one delivery with its timeline."""
    return Call(_path(DELIVERIES, delivery_id), _document(Delivery))


def get_story(story_id: str, cursor: str | None) -> Call[Story]:
    """Return the call for one story with the page of its members after the cursor, by default the first one."""
    return Call(_path(STORIES, story_id), _document(Story), {"cursor": cursor} if cursor else {})


def list_articles(filters: Mapping[str, Any]) -> Listing[ListedArticle]:
    """Return the list of articles."""
    return _listing(_path(ARTICLES), ListedArticle, filters)


def list_versions(article_id: str) -> Listing[Version]:
    """Return the list of an article's versions."""
    return _listing(_path(ARTICLES, article_id, "versions"), Version)


def list_duplicates(article_id: str) -> Listing[Duplicate]:
    """Return the list of an article's copies."""
    return _listing(_path(ARTICLES, article_id, "duplicates"), Duplicate)


def list_deliveries(filters: Mapping[str, Any]) -> Listing[Delivery]:
    """Return the list of deliveries."""
    return _listing(_path(DELIVERIES), Delivery, filters)


def list_stories(filters: Mapping[str, Any]) -> Listing[StorySummary]:
    """Return the list of stories."""
    return _listing(_path(STORIES), StorySummary, filters)


def list_sources() -> Listing[SourceReport]:
    """Return the list of sources."""
    return _listing(_path("sources"), SourceReport)


def list_failed(filters: Mapping[str, Any]) -> Listing[FailedFile]:
    """Return the list of failed files."""
    return _listing(_path(FAILED), FailedFile, filters)


def count_failed() -> Call[FailedCounts]:
    """Return the call for the numbers of failed files."""
    return Call(_path(FAILED, "counts"), _document(FailedCounts))


def list_jobs() -> Listing[Job]:
    """Return the list of the latest jobs."""
    return _listing(_path(JOBS), Job)


def get_job(job_id: str) -> Call[Job]:
    """Return the call for one job."""
    return Call(_path(JOBS, job_id), _document(Job))


def order_job(order: JobOrder) -> Call[Job]:
    """Return the call that orders a job."""
    return _sent(_path(JOBS), order, Job)


def list_searches() -> Listing[ShownSearch]:
    """Return the list of standing searches."""
    return _listing(_path(SEARCHES), ShownSearch)


def get_search(search_id: str) -> Call[ShownSearch]:
    """Return the call for one standing search."""
    return Call(_path(SEARCHES, search_id), _document(ShownSearch))


def list_hits(search_id: str, limit: int) -> Listing[ShownHit]:
    """Return the list of the newest hits of a standing search."""
    return _listing(_path(SEARCHES, search_id, "hits"), ShownHit, {"limit": limit})


def create_search(order: SearchOrder) -> Call[ShownSearch]:
    """Return the call that creates a standing search."""
    return _sent(_path(SEARCHES), order, ShownSearch)


def switch_search(search_id: str, *, on: bool) -> Call[ShownSearch]:
    """Return the call that switches a standing search on or off."""
    return Call(_path(SEARCHES, search_id, "on" if on else "off"), _document(ShownSearch), method="POST")


def delete_search(search_id: str) -> Call[None]:
    """Return the call that deletes a standing search. It is not repeated: the second time, the search is unknown."""
    return Call(_path(SEARCHES, search_id), lambda _: None, method="DELETE", repeatable=False)


def preview_search(conditions: SearchConditions, days: int) -> Call[Preview]:
    """Return the call for what a search would have found in the last days."""
    content = json.dumps(conditions.model_dump(mode="json", exclude_none=True) | {"days": days}).encode()
    return Call(_path(SEARCHES, "preview"), _document(Preview), {}, "POST", JSON, content)


def upload(
    file: Path | str | bytes, *, name: str | None, source: str | None, fields: Mapping[str, Any]
) -> Call[Delivery]:
    """Return the call that delivers a file. A key of its own makes it safe to send it twice.

    Raises ``ValueError`` if bytes have no name.
    """
    content = file if isinstance(file, bytes) else Path(file)
    given = name or (content.name if isinstance(content, Path) else None)
    if not given:
        raise ValueError("bytes have no name: give `name`, such as story.html; its ending tells the format")
    parameters = parameters_of({"name": given, "source": source, **fields})
    headers = {"Idempotency-Key": secrets.token_urlsafe(), "Content-Type": "application/octet-stream"}
    return Call(_path(DELIVERIES), _document(Delivery), parameters, "POST", headers, content)


def retry(delivery_id: str) -> Call[Delivery]:
    """Return the call that delivers a failed file again."""
    return Call(_path(DELIVERIES, delivery_id, "retry"), _document(Delivery), method="POST", repeatable=False)


def _listing(path: str, model: type[Model], filters: Mapping[str, Any] | None = None) -> Listing[Model]:
    return Listing(Call(path, _page(model), parameters_of(filters or {})))


def _sent(path: str, body: Document, model: type[Model]) -> Call[Model]:
    """Return the call that sends a document, once."""
    content = body.model_dump_json(exclude_none=True).encode()
    return Call(path, _document(model), {}, "POST", JSON, content, repeatable=False)


def _document(model: type[Model]) -> Callable[[bytes], Model]:
    """Return the reader of a document; it ignores what a newer server adds."""
    return lambda body: model.model_validate_json(body, extra="ignore")


class _Page(Document):
    items: tuple[dict[str, Any], ...]
    next_cursor: str | None = None


def _page(model: type[Model]) -> Callable[[bytes], Page[Model]]:
    def read(body: bytes) -> Page[Model]:
        page = _Page.model_validate_json(body, extra="ignore")
        return Page(tuple(model.model_validate(each, extra="ignore") for each in page.items), page.next_cursor)

    return read


def _path(*parts: str) -> str:
    return "/".join([PREFIX, *(quote(each, safe="") for each in parts)])
