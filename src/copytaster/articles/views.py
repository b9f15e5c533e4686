"""Articles as they are shown at a moment: with their story, and in lists without the text of what may not be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from copytaster.articles.diff import Change, changes_between
from copytaster.model.article import Article, ArticleId, ArticleStatus, Text
from copytaster.store.ports.stories import StoryId
from copytaster.store.store import Store


class ListedArticle(Article):
    """An article in a list: ``text`` and ``summary`` are null while it is withheld or canceled."""

    text: Text | None  # type: ignore[assignment]  # the one place where a text may be missing


class Version(Article):
    """One state of an article; ``changes`` is what it changed in the words of the one before, null for the first."""

    changes: tuple[Change, ...] | None


def show_articles(articles: Sequence[Article], store: Store, *, now: datetime) -> list[Article]:
    """Return whole articles with their present status and story; one round trip."""
    stories = store.stories.ids([each.id for each in articles])
    return [each.at(now).model_copy(update={"story_id": stories[each.id]}) for each in articles]


def list_articles(articles: Sequence[Article], store: Store, *, now: datetime) -> list[ListedArticle]:
    """Return the articles as a list shows them; one round trip."""
    return [_listed(each) for each in show_articles(articles, store, now=now)]


def show_article(article_id: ArticleId, store: Store, *, now: datetime) -> Article | None:
    """Return one article whole, whatever its status; None when there is none."""
    article = store.articles.get(article_id)
    return show_articles([article], store, now=now)[0] if article else None


def show_versions(article_id: ArticleId, store: Store, *, now: datetime) -> list[Version]:
    """Return all versions whole, by rank: the oldest state first, the one that is shown last. Empty when unknown.

    Cost: some 10 ms for each version of a long article, which is what comparing the words takes.
    """
    ranked = sorted(store.articles.versions(article_id), key=lambda each: (each.rank, each.version))
    versions = show_articles(ranked, store, now=now)
    changes = [None, *map(changes_between, versions, versions[1:])]
    return [
        Version.model_construct(**dict(each), changes=changed)
        for each, changed in zip(versions, changes[: len(versions)], strict=True)
    ]


def among_story(story_id: StoryId, store: Store) -> frozenset[ArticleId]:
    """Return the articles of a story, for a query that asks for it by whatever of its ids."""
    return frozenset(each.article_id for each in store.stories.members(story_id))


def _listed(article: Article) -> ListedArticle:
    hidden = {} if article.status is ArticleStatus.USABLE else {"text": None, "summary": None}
    return ListedArticle.model_construct(**dict(article) | hidden)
