"""Answers the questions of commands from the server and the files of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from copytaster.articles.views import ListedArticle, Version, all_versions, list_articles, restriction, show_article
from copytaster.bootstrap.search import open_search
from copytaster.model.article import Article, ArticleId, Duplicate
from copytaster.model.deletion import describe_deletion
from copytaster.monitoring.status import Status, read_status
from copytaster.recovery.failed_files import FailedFile, all_failed, failed_file
from copytaster.store.article_pages import all_duplicates, article_pages
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.failed_files import FailedCounts, FailedQuery
from copytaster.store.ports.stories import StoryId
from copytaster.stories.across_languages import with_links
from copytaster.stories.listing import MAX_LISTED, StoryQuery, find_stories
from copytaster.stories.reading import read_story
from copytaster.stories.story import Story, StorySummary
from copytaster.stories.timeline import StoryLead, lead_of
from copytaster_cli.dependencies import CommandDependencies
from copytaster_cli.lookup import Answer, Watch, also_waiting, look_up, why_unknown
from copytaster_cli.reader import Selection, whole_story

PAGE = 100
"""Articles that are read at once; more would occupy the server for too long."""

FOUND_PAGE = 50
"""Articles of a search that are read at once, as the API does."""


class StoreReader:
    """Implements ``Reader``."""

    def __init__(self, dependencies: CommandDependencies) -> None:
        self._dependencies = dependencies
        self._store = dependencies.store_to_read()
        self._now = dependencies.clock.now

    def status(self) -> Status:
        """Return the state; see ``Reader.status``."""
        return read_status(self._store, self._dependencies.queues(), now=self._now())

    def articles(self, selection: Selection, *, most: int) -> Iterator[ListedArticle]:
        """Yield articles; see ``Reader.articles``."""
        among = restriction(self._store, selection.story, withheld=selection.withheld)
        query = replace(selection.query, among=among)
        return self._listed(query, most) if selection.text is None else self._found(selection, query, most)

    def failed(self, query: FailedQuery, *, most: int) -> Iterator[FailedFile]:
        """Yield failed files; see ``Reader.failed``."""
        return map(failed_file, islice(all_failed(self._store.failed, query), most))

    def failed_counts(self) -> FailedCounts:
        """Return the numbers of failed files; see ``Reader.failed_counts``."""
        return self._store.failed.counts()

    def article(self, article_id: ArticleId) -> Article | None:
        """Return an article; see ``Reader.article``."""
        return show_article(article_id, self._store, now=self._now())

    def deletion(self, article_id: ArticleId) -> str | None:
        """Return a sentence; see ``Reader.deletion``."""
        deletion = self._store.articles.deletion(article_id)
        return describe_deletion(deletion) if deletion else None

    def version_count(self, article_id: ArticleId) -> int:
        """Return the number; see ``Reader.version_count``."""
        return self._store.articles.version_count(article_id)

    def versions(self, article_id: ArticleId) -> Iterator[Version]:
        """Yield versions; see ``Reader.versions``."""
        return all_versions(article_id, self._store, now=self._now())

    def duplicates(self, article_id: ArticleId) -> Iterator[Duplicate]:
        """Yield copies; see ``Reader.duplicates``."""
        return all_duplicates(self._store.articles, article_id)

    def find_file(self, query: str) -> Answer:
        """Return what is known; see ``Reader.find_file``. The folders are searched too."""
        settings, now = self._dependencies.settings(), self._now()
        answer = look_up(query, self._store, inbox=settings.inbox, now=now)
        watch = Watch(self._store.presence.present(), self._store.pauses.all())
        if answer.known:
            explanation = also_waiting(answer, settings, watch, now=now)
        else:
            explanation = why_unknown(query, settings, watch, now=now)
        return answer.model_copy(update={"explanation": explanation})

    def stories(self, query: StoryQuery, *, most: int) -> Iterator[StorySummary]:
        """Yield stories; see ``Reader.stories``."""
        cursor, left, has_more = None, most, True
        while has_more and left:
            page = find_stories(query, self._store, now=self._now(), cursor=cursor, limit=min(left, MAX_LISTED))
            yield from page.stories
            cursor, left, has_more = page.next_cursor, left - len(page.stories), page.next_cursor is not None

    def story(self, story_id: str) -> tuple[Story, StoryLead | None] | None:
        """Return a story; see ``Reader.story``."""
        first = read_story(StoryId(story_id), self._store, now=self._now())
        if first is None:
            return None
        story = whole_story(first, lambda cursor: read_story(first.id, self._store, now=self._now(), cursor=cursor))
        if self._dependencies.settings().story_links:
            story = with_links(story, self._store, now=self._now())
        return story, lead_of(story, self._store, now=self._now())

    def _listed(self, query: ArticleQuery, most: int) -> Iterator[ListedArticle]:
        for page in article_pages(self._store.articles, replace(query, limit=PAGE), most=most):
            yield from list_articles(page, self._store, now=self._now())

    def _found(self, selection: Selection, query: ArticleQuery, most: int) -> Iterator[ListedArticle]:
        search = open_search(self._dependencies.settings(), self._store)
        while most > 0:
            limited = replace(query, limit=min(most, FOUND_PAGE))
            page = search.find(selection.text or "", limited, order=selection.order, now=self._now())
            yield from page.listed(self._store, now=self._now())
            most -= len(page.items)
            if page.next_cursor is None:
                return
            query = replace(query, cursor=page.next_cursor)
