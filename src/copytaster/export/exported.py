"""The documents of an export: articles, and notices about articles that may not be used."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from copytaster.model.article import Article, ArticleId, ArticleStatus, Document, Text
from copytaster.model.deletion import Deletion

KEPT_IN_NOTICES = frozenset(
    {
        *("id", "version", "status", "source", "publisher", "guid_version", "published_at", "modified_at"),
        *("received_at", "embargoed_until", "signal", "language", "format", "word_count", "sha256"),
    }
)
"""The fields of a notice. The others repeat words of the article or, like addresses, may contain its headline."""


class ExportedArticle(Article):
    """An article, or a notice about one that is withheld or canceled: of that, title, text and labels are absent.

    ``cursor`` is the position from which the same export can be resumed.
    """

    title: Text | None  # type: ignore[assignment]  # a notice has neither title nor text
    text: Text | None  # type: ignore[assignment]
    cursor: str


class DeletedArticle(Document):
    """A notice that a person deleted the article."""

    id: ArticleId
    status: Literal["deleted"] = "deleted"
    deleted_at: AwareDatetime
    cursor: str


ExportedDocument = ExportedArticle | DeletedArticle


def exported_article(article: Article, cursor: str) -> ExportedArticle:
    """Return the article as it leaves the system; its status must be the present one (see ``Article.at``)."""
    if article.status is ArticleStatus.USABLE:
        return ExportedArticle.model_construct(**dict(article), cursor=cursor)
    kept = {name: getattr(article, name) for name in KEPT_IN_NOTICES}
    return ExportedArticle.model_construct(**kept, title=None, text=None, provenance={}, cursor=cursor)


def deleted_article(deletion: Deletion, cursor: str) -> DeletedArticle:
    """Return the notice about a deletion."""
    return DeletedArticle(id=deletion.article_id, deleted_at=deletion.at, cursor=cursor)
