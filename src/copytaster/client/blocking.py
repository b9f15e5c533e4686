"""The blocking client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx2

from copytaster.articles.views import ListedArticle, Version
from copytaster.client import calls
from copytaster.client.calls import Call, Listing
from copytaster.client.connection import CONNECT_SECONDS, DEFAULT_URL, TIMEOUT_SECONDS, check, headers_of, unreachable
from copytaster.client.errors import error_of
from copytaster.client.event_stream import PATH, SILENCE_SECONDS, Gap, StreamPosition
from copytaster.client.filters import ArticleFilters, DeliveryFilters, FailedFilters, StoryFilters
from copytaster.client.retries import PASSING, RETRIES, Retries
from copytaster.model.article import Article, Duplicate
from copytaster.model.delivery import Delivery
from copytaster.model.job import Job, JobOrder
from copytaster.model.standing_search import SearchConditions
from copytaster.monitoring.sources.figures import SourceReport
from copytaster.monitoring.status import Status
from copytaster.outbound.cloud_event import CloudEvent
from copytaster.recovery.failed_files import FailedFile
from copytaster.searches.administration import SearchOrder, ShownHit, ShownSearch
from copytaster.searches.preview import DAYS, Preview
from copytaster.store.ports.failed_files import FailedCounts
from copytaster.stories.story import Story, StorySummary

T = TypeVar("T")


class Client:
    """Calls the API at ``url``, with ``key`` if it needs one; close it after use, or use it in a ``with`` statement.

    Each method raises ``ApiUnreachableError`` if no answer came, also after retries, ``NotFoundError`` for an unknown
    id, and ``ApiError`` for any other refusal. Lists are read page by page while they are iterated.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        key: str | None = None,
        retries: Retries = RETRIES,
        transport: httpx2.BaseTransport | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._url = url
        self._retries = retries
        self._pause = pause
        timeout = httpx2.Timeout(TIMEOUT_SECONDS, connect=CONNECT_SECONDS)
        self._http = httpx2.Client(base_url=url, headers=headers_of(key), timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def status(self) -> Status:
        """Return the state of the whole system."""
        return self.send(calls.get_status())

    def article(self, article_id: str) -> Article:
        """Return an article with its text, whatever its status."""
        return self.send(calls.get_article(article_id))

    def articles(self, **filters: Unpack[ArticleFilters]) -> Iterator[ListedArticle]:
        """Yield the articles that match all filters, newest received first; ``q`` searches in their texts."""
        return self.items(calls.list_articles(filters))

    def versions(self, article_id: str) -> Iterator[Version]:
        """Yield the versions of an article, oldest first."""
        return self.items(calls.list_versions(article_id))

    def duplicates(self, article_id: str) -> Iterator[Duplicate]:
        """Yield the copies of an article, newest first."""
        return self.items(calls.list_duplicates(article_id))

    def delivery(self, delivery_id: str) -> Delivery:
        """Return a delivery with its timeline."""
        return self.send(calls.get_delivery(delivery_id))

    def deliveries(self, **filters: Unpack[DeliveryFilters]) -> Iterator[Delivery]:
        """Yield the deliveries that match all filters, newest first, without their timelines."""
        return self.items(calls.list_deliveries(filters))

    def story(self, story_id: str, *, cursor: str | None = None) -> Story:
        """Return a story with a page of its members; ``cursor`` is the ``next_cursor`` of the page before."""
        return self.send(calls.get_story(story_id, cursor))

    def stories(self, **filters: Unpack[StoryFilters]) -> Iterator[StorySummary]:
        """Yield the stories that match all filters, the last changed first."""
        return self.items(calls.list_stories(filters))

    def sources(self) -> Iterator[SourceReport]:
        """Yield the statistics of each source, the busiest first."""
        return self.items(calls.list_sources())

    def failed(self, **filters: Unpack[FailedFilters]) -> Iterator[FailedFile]:
        """Yield the failed files that match all filters, newest first unless they say otherwise."""
        return self.items(calls.list_failed(filters))

    def failed_counts(self) -> FailedCounts:
        """Return the numbers of failed files, by reason and by source."""
        return self.send(calls.count_failed())

    def jobs(self) -> Iterator[Job]:
        """Yield the latest jobs, newest first."""
        return self.items(calls.list_jobs())

    def job(self, job_id: str) -> Job:
        """Return a job, and how far it is."""
        return self.send(calls.get_job(job_id))

    def order_job(self, order: JobOrder) -> Job:
        """Order a decision about many failed files or withheld articles, which a watcher carries out."""
        return self.send(calls.order_job(order))

    def searches(self) -> Iterator[ShownSearch]:
        """Yield the standing searches, the newest first."""
        return self.items(calls.list_searches())

    def search(self, search_id: str) -> ShownSearch:
        """Return a standing search with the number of its hits."""
        return self.send(calls.get_search(search_id))

    def search_hits(self, search_id: str, *, limit: int = 50) -> Iterator[ShownHit]:
        """Yield the newest hits of a standing search, at most 200, with the articles as they are now."""
        return self.items(calls.list_hits(search_id, limit))

    def create_search(self, order: SearchOrder) -> ShownSearch:
        """Create a standing search, which is compared with the articles that arrive from now on, unless it is off."""
        return self.send(calls.create_search(order))

    def switch_search(self, search_id: str, *, on: bool) -> ShownSearch:
        """Switch a standing search on or off; its hits stay."""
        return self.send(calls.switch_search(search_id, on=on))

    def delete_search(self, search_id: str) -> None:
        """Delete a standing search with its hits."""
        self.send(calls.delete_search(search_id))

    def preview_search(self, conditions: SearchConditions, *, days: int = DAYS) -> Preview:
        """Return what a search with these conditions would have found in the last days; nothing is stored."""
        return self.send(calls.preview_search(conditions, days))

    def upload(
        self, file: Path | str | bytes, *, name: str | None = None, source: str | None = None, **fields: Any
    ) -> Delivery:
        """Deliver a file, by its path or its bytes with a ``name``, and return its delivery, which is not settled yet.

        ``fields`` are those of a sidecar (``title``, ``published_at`` …). A retry delivers it once.
        """
        return self.send(calls.upload(file, name=name, source=source, fields=fields))

    def retry(self, delivery_id: str) -> Delivery:
        """Deliver a failed file again, and return the new delivery."""
        return self.send(calls.retry(delivery_id))

    def events(
        self,
        *,
        types: Sequence[str] = (),
        sources: Sequence[str] = (),
        topics: Sequence[str] = (),
        after: str | None = None,
    ) -> Iterator[CloudEvent | Gap]:
        """Yield the events as they happen, without an end.

        They begin after the id ``after`` (``0``: all that are stored), else now. A broken connection goes on after the
        last event. A ``Gap`` says that events in between are no longer stored.
        """
        position = StreamPosition(after, types, sources, topics)
        while True:
            with suppress(httpx2.TransportError):
                yield from self._connection(position)
            self._pause(position.pause(self._retries))

    def items(self, listing: Listing[T]) -> Iterator[T]:
        """Yield the items of all pages of a list."""
        page = self.send(listing.after(None))
        yield from page.items
        while page.next_cursor:
            page = self.send(listing.after(page.next_cursor))
            yield from page.items

    def send(self, call: Call[T]) -> T:
        """Send a call, again if it has no answer, and return what it answers."""
        attempt = 0
        while True:
            headers: Mapping[str, str] | None = None
            error: Exception
            try:
                response = self._answer(call)
                if response.status_code not in PASSING:
                    return check(call, response)
                headers, error = response.headers, error_of(response.status_code, response.content)
            except httpx2.TransportError as broken:
                error = unreachable(self._url, broken)
            pause = self._retries.pause(attempt, headers) if call.repeatable else None
            if pause is None:
                raise error
            self._pause(pause)
            attempt += 1

    def _answer(self, call: Call[T]) -> httpx2.Response:
        if isinstance(call.content, Path):
            with call.content.open("rb") as file:
                return self._request(call, file)
        return self._request(call, call.content)

    def _request(self, call: Call[T], content: Any) -> httpx2.Response:
        return self._http.request(call.method, call.path, params=call.parameters, headers=call.headers, content=content)

    def _connection(self, position: StreamPosition) -> Iterator[CloudEvent | Gap]:
        timeout = httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        with self._http.stream(
            "GET", PATH, params=position.parameters, headers=position.headers, timeout=timeout
        ) as response:
            if response.status_code in PASSING:
                raise httpx2.RemoteProtocolError(f"the API answered {response.status_code}")
            if response.is_error:
                raise error_of(response.status_code, response.read())
            for message in httpx2.EventSource(response):
                if event := position.read(message):
                    yield event
