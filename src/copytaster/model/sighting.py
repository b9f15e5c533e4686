"""What is seen of a source when one of its files arrives, is settled, or has been tagged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from copytaster.model.article import Article
from copytaster.model.delivery import Delivery, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.expectations import ArticleField, Expectations
from copytaster.model.numbering import Numbered, number_in_name
from copytaster.model.work import Work

RECENT = timedelta(days=1)
"""Older deliveries say nothing about a source now: a rebuild or a late retry processes them again."""

CONTENT = 8
"""Characters of a content's sha256 that tell it from the few before it."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file has arrived: its size in bytes, the beginning of its sha256, and the number in its name, if it has one.

    ``expects`` is what its ``_source.yml`` declares.
    """

    source: str
    size: int
    content: str
    number: Numbered | None = None
    expects: Expectations | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery has ended: whether the file has failed or is a copy, and the numbers that its items state."""

    source: str
    failed: bool
    copy: bool
    numbers: tuple[Numbered, ...] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """A new article was tagged: its format and language, and the fields that it has."""

    source: str
    format: str
    language: str
    fields: frozenset[ArticleField]


Sighting: TypeAlias = Arrived | Settled | Described


def arrival(delivery: Delivery, *, now: datetime) -> Arrived | None:
    """Return what is seen when a delivery is registered; None if it says nothing about its source now."""
    source = watched_source(delivery, now=now)
    if source is None:
        return None
    # A file that was refused unread equals no other one.
    content = (delivery.sha256 or delivery.id[::-1])[:CONTENT]
    expects = delivery.folder_defaults.expects if delivery.folder_defaults else None
    return Arrived(source, delivery.size, content, number_in_name(delivery.name), expects)


def watched_source(delivery: Delivery, *, now: datetime) -> str | None:
    """Return the source of a delivery; None if it has none, is old, or is no new file of its source."""
    again = delivery.retry_of or delivery.continues or delivery.lane is Work.BACKFILL
    return None if again or now - delivery.received_at > RECENT else delivery.source


def ending(outcome: Outcome) -> Settled | None:
    """Return what is seen when a delivery is settled; None if it says nothing about its source."""
    if outcome.source is None:
        return None
    copy = outcome.disposition is Disposition.DUPLICATE
    return Settled(outcome.source, outcome.disposition.keeps_file, copy, outcome.numbers)


def description(article: Article, *, now: datetime) -> Described | None:
    """Return what is seen when an article was tagged; None if it says nothing about its source now."""
    if article.source is None or now - article.received_at > RECENT:
        return None
    fields = frozenset(each for each in ArticleField if getattr(article, each.value))
    return Described(article.source, article.format, article.language or "und", fields)
