"""A person's decision to delete an article permanently."""

from __future__ import annotations

from pydantic import AwareDatetime

from copytaster.model.article import ArticleId, Document


class Deletion(Document):
    """The tombstone of an article: who deleted it, when and why. It contains nothing of the article."""

    article_id: ArticleId
    at: AwareDatetime
    by: str
    reason: str | None = None


def describe_deletion(deletion: Deletion) -> str:
    """Return a sentence that says who deleted the article, when and why."""
    why = f": {deletion.reason}" if deletion.reason else ""
    return f"the article {deletion.article_id} was deleted by {deletion.by} at {deletion.at:%Y-%m-%d %H:%M} UTC{why}"
