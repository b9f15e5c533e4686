"""Labelled articles, as JSON Lines: ``id``, ``text``, ``cluster``; if known ``title``, ``published`` and ``topic``."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copytaster.model.article import Article, ArticleId
from copytaster.tagging.tagger import Tagger

NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The time of receipt of articles without a time: the same for all, so that no window separates them."""

GROUP = 20
"""Articles that are tagged together, as in a worker."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A tagged article, its id in the data, its event, and the topic to which alike events belong."""

    article: Article
    id: str
    event: str
    topic: str


def read_articles(path: Path, tagger: Tagger) -> list[Labelled]:
    """Return the articles in the file's order, tagged as a worker tags them.

    The title of a record without one is the first line of its text.
    """
    records = list(read_records(path))
    articles = [_article(each) for each in records]
    tagged = [
        each for start in range(0, len(articles), GROUP) for each in _tag(articles[start : start + GROUP], tagger)
    ]
    return [
        Labelled(article, str(record["id"]), str(record["cluster"]), str(record.get("topic", record["cluster"])))
        for record, article in zip(records, tagged, strict=True)
    ]


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON Lines, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _article(record: dict[str, Any]) -> Article:
    title, text = record.get("title"), record["text"]
    if not title:
        title, _, rest = text.partition("\n")
        text = rest.strip() or title
    published = datetime.fromisoformat(record["published"]) if record.get("published") else None
    if published and not published.tzinfo:
        published = published.replace(tzinfo=UTC)
    sha256 = hashlib.sha256(str(record["id"]).encode()).hexdigest()
    return Article(
        id=ArticleId(f"a{sha256[:22]}"),
        version=1,
        title=title,
        text=text,
        dateline=record.get("dateline") or None,
        published_at=published,
        received_at=published or NO_TIME,
        word_count=len(text.split()),
        format="text",
        provenance={},
        sha256=sha256,
    )


def _tag(articles: Sequence[Article], tagger: Tagger) -> Iterator[Article]:
    for article, tagging in zip(articles, tagger.tag(articles), strict=True):
        fields = {"language": tagging.language, "entities": tagging.entities, "topics": tagging.topics}
        yield article.model_copy(update=fields | {"keywords": tagging.keywords})
