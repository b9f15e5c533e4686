"""Stores problematic strings as titles, texts and keywords of articles, and reads them back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from copytaster.model.article import Article, ArticleId, Provenance
from copytaster.model.delivery import DeliveryId
from copytaster.store.store import Store

LIST = "strings/blns.json"
"""The file of the strings in the corpus."""

UNTITLED = "-"
"""Replaces the empty string: an article must have a title and a text."""


def strings(data: Path) -> list[str]:
    """Return the strings."""
    found: list[str] = json.loads((data / LIST).read_text(encoding="utf-8"))
    return found


def changed(store: Store, texts: list[str]) -> list[str]:
    """Return the strings that the store does not return unchanged."""
    return [text for number, text in enumerate(texts) if not _survives(store, number, text)]


def _survives(store: Store, number: int, text: str) -> bool:
    article = Article.model_validate(
        {
            "id": ArticleId(f"string{number}"),
            "version": 1,
            "title": text or UNTITLED,
            "text": text or UNTITLED,
            "source_keywords": (text or UNTITLED,),
            "received_at": datetime.now(UTC),
            "word_count": len(text.split()),
            "format": "text",
            "provenance": {"title": Provenance.model_validate({"from": "benchmark", "confidence": 1.0})},
            "sha256": f"{number:064x}",
        }
    )
    store.articles.create(article, owner=DeliveryId(f"d{number:022x}"))
    found = store.articles.get(article.id)
    return found is not None and {found.title, found.text, *found.source_keywords} == {text or UNTITLED}
