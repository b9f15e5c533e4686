"""Programs that read a page's metadata: this one, and rivals as far as they are installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from benchmarks.extraction.corpus import Page
from benchmarks.extraction.peers import newspaper_article, read_draft


@dataclass(frozen=True, slots=True)
class Found:
    """The metadata that a program extracts from a page."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None


Reader = Callable[[Page], Found]


def copytaster(page: Page) -> Found:
    """Return the metadata in the HTML parser's draft."""
    draft = read_draft(page)
    return Found(draft.title, draft.authors, draft.published_local or draft.published_at) if draft else Found()


def rivals() -> tuple[dict[str, Reader], dict[str, str]]:
    """Return the rivals that can be imported, and for the others the reason why they cannot."""
    found: dict[str, Reader] = {"trafilatura": partial(_trafilatura, importlib.import_module("trafilatura"))}
    try:
        return {**found, "newspaper4k": partial(_newspaper, importlib.import_module("newspaper"))}, {}
    except ImportError as error:
        return found, {"newspaper4k": f"not installed ({error}): pip install 'copytaster[peers]'"}


def _trafilatura(module: Any, page: Page) -> Found:
    metadata = module.extract_metadata(page.html)
    authors = tuple((metadata.author or "").split("; ")) if metadata and metadata.author else ()
    if not metadata:
        return Found()
    return Found(metadata.title, authors, datetime.fromisoformat(metadata.date) if metadata.date else None)


def _newspaper(module: Any, page: Page) -> Found:
    article = newspaper_article(module, page)
    return Found(article.title, tuple(article.authors), article.publish_date or None)
