"""The columns of the formats that are tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from copytaster.export.exported import DeletedArticle, ExportedArticle, ExportedDocument

METADATA = (
    *("id", "version", "status", "title", "source", "publisher", "byline", "language", "published_at", "modified_at"),
    *("received_at", "embargoed_until", "deleted_at", "word_count", "format", "url", "guid", "sha256", "story_id"),
    *("relation", "relation_of", "duplicate_count", "urgency", "topic_codes", "topics", "entities", "keywords"),
    *("tags", "cursor"),
)
"""Everything but the texts. Lists are of names."""

TEXTS = ("summary", "text")


def row_of(document: ExportedDocument, columns: Iterable[str]) -> list[Any]:
    """Return the values of the columns; None for what the document does not have."""
    match document:
        case DeletedArticle():
            return [getattr(document, each, None) for each in columns]
        case ExportedArticle():
            derived = _derived(document)
            return [derived[each] if each in derived else getattr(document, each) for each in columns]


def _derived(article: ExportedArticle) -> dict[str, Any]:
    return {
        "status": article.status.value,
        "deleted_at": None,
        "relation": article.relation.kind.value if article.relation else None,
        "relation_of": article.relation.of if article.relation else None,
        "topic_codes": [each.code for each in article.topics or ()],
        "topics": [each.name for each in article.topics or ()],
        "entities": [each.name for each in article.entities or ()],
        "keywords": [each.term for each in article.keywords or ()],
        "tags": [each.name for each in article.tags],
    }
