"""What commands read, wherever they read it: from the server, or with ``--url`` from an API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from copytaster.articles.views import ListedArticle, Version
from copytaster.model.article import Article, ArticleId, Duplicate
from copytaster.monitoring.status import Status
from copytaster.recovery.failed_files import FailedFile
from copytaster.search.query import Order
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.failed_files import FailedCounts, FailedQuery
from copytaster.stories.listing import StoryQuery
from copytaster.stories.story import Story, StorySummary
from copytaster.stories.timeline import StoryLead
from copytaster_cli.lookup import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles that a command selects: by conditions, by a story, and with ``withheld`` only those withheld.

    ``text`` searches in their texts, in this order.
    """

    query: ArticleQuery
    story: str | None = None
    withheld: bool = False
    text: str | None = None
    order: Order = Order.NEWEST


class Reader(Protocol):
    """Answers the questions of commands. Every method raises ``CopytasterError`` if there is no answer."""

    def status(self) -> Status:
        """Return the state of the whole system."""
        ...

    def articles(self, selection: Selection, *, most: int) -> Iterator[ListedArticle]:
        """Yield up to ``most`` articles, newest first unless the selection says otherwise.

        Raises ``QuerySyntaxError`` for a wrong text to search.
        """
        ...

    def failed(self, query: FailedQuery, *, most: int) -> Iterator[FailedFile]:
        """Yield up to ``most`` failed files that meet the conditions, oldest first."""
        ...

    def failed_counts(self) -> FailedCounts:
        """Return the numbers of all failed files."""
        ...

    def article(self, article_id: ArticleId) -> Article | None:
        """Return an article; None if there is none."""
        ...

    def deletion(self, article_id: ArticleId) -> str | None:
        """Return a sentence that says who deleted the article, when and why; None if nobody did."""
        ...

    def version_count(self, article_id: ArticleId) -> int | None:
        """Return how many versions the article has; None if only reading them all would tell."""
        ...

    def versions(self, article_id: ArticleId) -> Iterator[Version]:
        """Yield the versions of an article, oldest first."""
        ...

    def duplicates(self, article_id: ArticleId) -> Iterator[Duplicate]:
        """Yield the copies of an article, newest first."""
        ...

    def find_file(self, query: str) -> Answer:
        """Return what is known about a file, by its name, path, hash or an id."""
        ...

    def stories(self, query: StoryQuery, *, most: int) -> Iterator[StorySummary]:
        """Yield up to ``most`` stories, the last changed first."""
        ...

    def story(self, story_id: str) -> tuple[Story, StoryLead | None] | None:
        """Return a story with all its members, and its lead, if that can be read; None if there is none."""
        ...


def whole_story(first: Story, page_after: Callable[[str], Story | None]) -> Story:
    """Return a story with the members of all its pages, given the first one.

    It ends with the last page that was read if the story is removed meanwhile.
    """
    members, page = list(first.members), first
    while page.next_cursor and (following := page_after(page.next_cursor)):
        members += following.members
        page = following
    return first.model_copy(update={"members": tuple(members), "next_cursor": None})
