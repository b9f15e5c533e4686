"""Labelled documents, as JSON Lines: ``id``, ``text``, ``cluster``; if known ``title``, ``published``, ``edit``."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Labels = dict[frozenset[str], str]
"""An annotator's label of a pair of documents: ``same``, ``related`` or ``different``."""

NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The article time of documents without one: the same for all, so that no window separates them."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text and the cluster of copies that it belongs to."""

    id: str
    cluster: str
    title: str
    text: str
    at: datetime
    edit: str | None


def read_documents(path: Path) -> list[Document]:
    """Return the documents in the file's order."""
    return [_document(each) for each in _records(path)]


def read_labels(path: Path | None) -> Labels:
    """Return the annotator's labels; none without a file."""
    return {frozenset((each["a"], each["b"])): each["label"] for each in _records(path)} if path else {}


def _document(record: dict[str, Any]) -> Document:
    published = record.get("published")
    at = datetime.fromisoformat(published) if published else NO_TIME
    return Document(
        id=record["id"],
        cluster=record["cluster"],
        title=record.get("title") or "",
        text=record["text"],
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        edit=record.get("edit"),
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
