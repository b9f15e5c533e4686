"""Views of articles at a given time: with their story, and in lists without the text of those that may not be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from copytaster.articles.diff import Change, changes_between
from copytaster.model.article import Article, ArticleId, ArticleStatus, Text
from copytaster.store.ports.stories import StoryId
from copytaster.store.store import Store


class ListedArticle(Article):
    """An article in a list; ``text`` and ``summary`` are null while it is withheld or canceled."""

    text: Text | None  # type: ignore[assignment]  # the only kind of article whose text may be missing


class Version(Article):
    """A version of an article; ``changes`` are the word differences to the previous version, null for the first."""

    changes: tuple[Change, ...] | None


def show_articles(articles: Sequence[Article], store: Store, *, now: datetime) -> list[Article]:
    """Return complete articles with their present status and story; one round trip."""
    stories = store.stories.ids([each.id for each in articles])
    return [each.at(now).model_copy(update={"story_id": stories[each.id]}) for each in articles]


def list_articles(articles: Sequence[Article], store: Store, *, now: datetime) -> list[ListedArticle]:
    """Return the articles in the form for lists; one round trip."""
    return [_listed(each) for each in show_articles(articles, store, now=now)]


def show_article(article_id: ArticleId, store: Store, *, now: datetime) -> Article | None:
    """Return a complete article of any status; None if the id is unknown."""
    article = store.articles.get(article_id)
    return show_articles([article], store, now=now)[0] if article else None


def show_versions(article_id: ArticleId, store: Store, *, now: datetime) -> list[Version]:
    """Return all versions complete, ordered by rank, so that the current one is last; empty if the id is unknown.

    Cost: some 10 ms for each version of a long article, for the comparison of words.
    """
    ranked = sorted(store.articles.versions(article_id), key=lambda each: (each.rank, each.version))
    versions = show_articles(ranked, store, now=now)
    changes = [None, *map(changes_between, versions, versions[1:])]
    return [
        Version.model_construct(**dict(each), changes=changed)
        for each, changed in zip(versions, changes[: len(versions)], strict=True)
    ]


def articles_of_story(story_id: StoryId, store: Store) -> frozenset[ArticleId]:
    """Return the ids of a story's articles, for queries; the story may be given by a former id."""
    return frozenset(each.article_id for each in store.stories.members(story_id))


def _listed(article: Article) -> ListedArticle:
    hidden = {} if article.status is ArticleStatus.USABLE else {"text": None, "summary": None}
    return ListedArticle.model_construct(**dict(article) | hidden)
