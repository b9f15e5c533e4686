"""Views of articles at a given time: with their story, and in lists without the text of those that may not be used."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from copytaster.articles.diff import Change, changes_between
from copytaster.model.access import is_among
from copytaster.model.article import Article, ArticleId, ArticleStatus, FieldSpan, Text
from copytaster.model.article_document import AnyForm, ArticleDocument, Json, status_at
from copytaster.model.pin import Pin
from copytaster.store.ports.stories import StoryId
from copytaster.store.store import Store
from copytaster.stories.members import all_entries, newest_members

VERSIONS = 50
"""Versions that are read at once: half a second for long articles, whose words are compared."""

MOST_WITHHELD = 1_000
"""Withheld articles that are read for a list: more than a person can decide about."""

MOST_MEMBERS = 2_000
"""Articles of a story that are read for a list, half a megabyte: stories of a month with several sources have fewer."""


AnyArticle = TypeVar("AnyArticle", bound=Article)


class ListedArticle(Article):
    """An article in a list; ``text`` and ``summary`` are null while it is withheld or canceled.

    ``highlights`` are the places of a search's words in title and text; null without a search.
    """

    text: Text | None  # type: ignore[assignment]  # the only kind of article whose text may be missing
    highlights: tuple[FieldSpan, ...] | None = None


class Version(Article):
    """A version of an article; ``changes`` are the word differences to the previous version, null for the first."""

    changes: tuple[Change, ...] | None


@dataclass(frozen=True, slots=True)
class ShownVersions:
    """One page of versions, the oldest first; ``next_cursor`` is None on the last page."""

    versions: tuple[Version, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PresentState:
    """What an article's readers see besides its stored version: status at this time, story and pin."""

    status: ArticleStatus
    story_id: StoryId | None
    pin: Pin | None


def present_states(articles: Sequence[AnyForm], store: Store, *, now: datetime) -> list[PresentState]:
    """Return the present state of each article; two round trips."""
    ids = [each.id for each in articles]
    stories, pins = store.stories.ids(ids), store.articles.pins(ids)
    return [PresentState(status_at(each, now), stories.get(each.id), pins.get(each.id)) for each in articles]


def show_articles(articles: Sequence[Article], store: Store, *, now: datetime) -> list[Article]:
    """Return complete articles with their present status, story and pin; two round trips."""
    states = present_states(articles, store, now=now)
    return [each.model_copy(update=_changes(state)) for each, state in zip(articles, states, strict=True)]


def without_other_sources(article: AnyArticle, sources: Collection[str]) -> AnyArticle:
    """Return the article as who is restricted to these sources may see it: without the copies of others, and relations.

    ``duplicate_count`` is then the number of copies that are left of the newest ones.
    """
    copies = tuple(each for each in article.duplicates if is_among(each.source, tuple(sources)))
    return article.model_copy(update={"duplicates": copies, "duplicate_count": len(copies), "relation": None})


def list_articles(articles: Sequence[Article], store: Store, *, now: datetime) -> list[ListedArticle]:
    """Return the articles in the form for lists; two round trips."""
    states = present_states(articles, store, now=now)
    return [listed(each, state) for each, state in zip(articles, states, strict=True)]


def show_article(article_id: ArticleId, store: Store, *, now: datetime) -> Article | None:
    """Return a complete article of any status; None if the id is unknown."""
    article = store.articles.get(article_id)
    return show_articles([article], store, now=now)[0] if article else None


def show_versions(
    article_id: ArticleId, store: Store, *, now: datetime, cursor: str | None = None, limit: int
) -> ShownVersions:
    """Return a page of complete versions, ordered by rank, so that the current one is last; empty for an unknown id.

    Cost: some 10 ms for each version of a long article, for the comparison of words. Raises ``WrongCursorError``.
    """
    page = store.articles.version_page(article_id, cursor=cursor, limit=limit)
    links = store.articles.get(article_id)
    copies = {"duplicates": links.duplicates, "duplicate_count": links.duplicate_count} if links else {}
    former = [page.previous] if page.previous else []
    shown = show_articles([each.model_copy(update=copies) for each in (*former, *page.versions)], store, now=now)
    changes = [None, *map(changes_between, shown, shown[1:])]
    versions = [
        Version.model_construct(**dict(each), changes=changed)
        for each, changed in zip(shown, changes[: len(shown)], strict=True)
    ]
    return ShownVersions(tuple(versions[len(former) :]), page.next_cursor)


def all_versions(article_id: ArticleId, store: Store, *, now: datetime) -> Iterator[Version]:
    """Yield all versions of ``show_versions``, page by page."""
    page = show_versions(article_id, store, now=now, limit=VERSIONS)
    yield from page.versions
    while page.next_cursor:
        page = show_versions(article_id, store, now=now, cursor=page.next_cursor, limit=VERSIONS)
        yield from page.versions


def articles_of_story(story_id: StoryId, store: Store) -> frozenset[ArticleId]:
    """Return the ids of a story's articles, for queries; the story may be given by a former id."""
    return frozenset(each.article_id for each in all_entries(story_id, store))


def restriction(store: Store, story: str | None, *, withheld: bool) -> frozenset[ArticleId] | None:
    """Return the articles to which a story, the withholding or both restrict a list; None for all articles.

    ``withheld`` are those without an end of their embargo, at most ``MOST_WITHHELD``. Of a story, there are the
    ``MOST_MEMBERS`` that were received last.
    """
    groups = []
    if withheld:
        groups.append(frozenset(store.ledger.withheld(limit=MOST_WITHHELD)))
    if story:
        groups.append(newest_members(StoryId(story), store, most=MOST_MEMBERS))
    return frozenset.intersection(*groups) if groups else None


def listed(article: Article, state: PresentState) -> ListedArticle:
    """Return the article in the form for lists, in this state."""
    hidden = {} if state.status is ArticleStatus.USABLE else {"text": None, "summary": None}
    return ListedArticle.model_construct(**dict(article) | _changes(state) | hidden)


def listed_document(document: ArticleDocument, state: PresentState) -> Json:
    """Return the JSON document in the form for lists, without highlights, in this state."""
    hidden = {} if state.status is ArticleStatus.USABLE else {"text": None, "summary": None}
    return document.fields | _changes(state) | hidden


def _changes(state: PresentState) -> dict[str, object]:
    return {"status": state.status, "story_id": state.story_id, "pin": state.pin}
