"""Answers the questions of commands through the API of a system that runs elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from itertools import islice

from copytaster.articles.views import ListedArticle, Version
from copytaster.client import ArticleFilters, Client, NotFoundError, StoryFilters
from copytaster.model.article import Article, ArticleId, Duplicate
from copytaster.model.delivery import Delivery
from copytaster.monitoring.file_lookup import MAX_FOUND, SHA256
from copytaster.monitoring.status import Status
from copytaster.recovery.failed_files import FailedFile
from copytaster.store.ports.failed_files import FailedCounts, FailedQuery
from copytaster.stories.listing import StoryQuery
from copytaster.stories.story import Story, StorySummary
from copytaster.stories.timeline import StoryLead
from copytaster_cli.lookup import Answer
from copytaster_cli.reader import Selection, whole_story

OF_THE_STORE = {"among", "cursor", "limit", "status"}
"""Fields of a query that the API has other parameters for, or that no command sets."""

MOST_ARTICLES = 20
"""Articles of a file that are read, one after another; a file may have thousands."""


class ApiReader:
    """Implements ``Reader``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def status(self) -> Status:
        """Return the state; see ``Reader.status``."""
        return self._client.status()

    def articles(self, selection: Selection, *, most: int) -> Iterator[ListedArticle]:
        """Yield articles; see ``Reader.articles``."""
        chosen = {name: value for name, value in asdict(selection.query).items() if name not in OF_THE_STORE}
        filters = ArticleFilters(**chosen, story=selection.story)  # type: ignore[typeddict-item]  # the same names
        if selection.withheld:
            filters["withheld"] = True
        if selection.query.status:
            filters["status"] = selection.query.status.status.value
        if selection.text is not None:
            filters |= ArticleFilters(q=selection.text, sort=selection.order.value)
        return islice(self._client.articles(**filters), most)

    def failed(self, query: FailedQuery, *, most: int) -> Iterator[FailedFile]:
        """Yield failed files; see ``Reader.failed``."""
        found = self._client.failed(reason=query.reason, source=query.source, name=query.name, oldest_first=True)
        return islice(found, most)

    def failed_counts(self) -> FailedCounts:
        """Return the numbers of failed files; see ``Reader.failed_counts``."""
        return self._client.failed_counts()

    def article(self, article_id: ArticleId) -> Article | None:
        """Return an article; see ``Reader.article``."""
        try:
            return self._client.article(article_id)
        except NotFoundError:
            return None

    def deletion(self, article_id: ArticleId) -> str | None:
        """Return a sentence; see ``Reader.deletion``."""
        try:
            self._client.article(article_id)
        except NotFoundError as error:
            return error.detail if error.status == HTTPStatus.GONE else None
        return None

    def version_count(self, article_id: ArticleId) -> None:
        """Return None: the API counts no versions."""

    def versions(self, article_id: ArticleId) -> Iterator[Version]:
        """Yield versions; see ``Reader.versions``."""
        return self._client.versions(article_id)

    def duplicates(self, article_id: ArticleId) -> Iterator[Duplicate]:
        """Yield copies; see ``Reader.duplicates``."""
        return self._client.duplicates(article_id)

    def find_file(self, query: str) -> Answer:
        """Return what is known; see ``Reader.find_file``. The folders of the other machine are not searched."""
        found = next((each for each in self._attempts(query) if each), [])
        deliveries = tuple(self._client.delivery(each.id) for each in found)
        ids = [each for delivery in deliveries for each in delivery.article_ids] or [ArticleId(query)]
        articles = tuple(filter(None, map(self.article, dict.fromkeys(ids[:MOST_ARTICLES]))))
        explanation = None if deliveries or articles else f"the API knows no file, delivery or article {query}"
        return Answer(query=query, deliveries=deliveries, articles=articles, explanation=explanation)

    def stories(self, query: StoryQuery, *, most: int) -> Iterator[StorySummary]:
        """Yield stories; see ``Reader.stories``."""
        filters = StoryFilters(**asdict(query))  # type: ignore[typeddict-item]  # the same names
        return islice(self._client.stories(**filters), most)

    def story(self, story_id: str) -> tuple[Story, StoryLead | None] | None:
        """Return a story without its lead; see ``Reader.story``."""
        try:
            first = self._client.story(story_id)
            return whole_story(first, lambda cursor: self._client.story(first.id, cursor=cursor)), None
        except NotFoundError:
            return None

    def _attempts(self, query: str) -> Iterator[list[Delivery]]:
        try:
            yield [self._client.delivery(query)]
        except NotFoundError:
            yield []
        yield list(islice(self._client.deliveries(article=query), MAX_FOUND))
        if SHA256.fullmatch(query):
            yield list(islice(self._client.deliveries(sha256=query), MAX_FOUND))
        yield list(islice(self._client.deliveries(path=query), MAX_FOUND))
        yield list(islice(self._client.deliveries(name=query.rsplit("/", 1)[-1]), MAX_FOUND))
