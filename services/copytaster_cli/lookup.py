"""Finds out where a file is: in the ledger, among the articles, otherwise in the inbox and the quarantine."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from copytaster.articles.views import show_articles
from copytaster.intake.file_filter import described_by, is_sidecar
from copytaster.intake.printable_names import printable
from copytaster.model.article import Article, ArticleId, Document
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.settings import Settings
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store

SHA256 = re.compile(r"[0-9a-fA-F]{64}")
"""A content hash."""

MOST = 20
"""Most deliveries of the same name that are shown, newest first."""


class Answer(Document):
    """What the store contains about a file; both lists are empty if it contains nothing."""

    query: str
    deliveries: tuple[Delivery, ...]
    articles: tuple[Article, ...]

    @property
    def known(self) -> bool:
        """Whether the store contains the file."""
        return bool(self.deliveries or self.articles)


def look_up(query: str, store: Store, *, inbox: Path, now: datetime) -> Answer:
    """Find deliveries with their timelines, newest first, and their articles.

    The query is tried as a delivery's id, an article's id, a content hash, a path, a name, and as a file on this
    computer whose content is searched, in this order; the first result is returned.
    """
    deliveries = next((found for found in _attempts(query, store, inbox) if found), [])
    ids = {each: None for delivery in deliveries for each in delivery.article_ids} or {ArticleId(query): None}
    articles = show_articles(store.articles.get_many(list(ids)), store, now=now)
    return Answer(query=query, deliveries=tuple(deliveries), articles=tuple(articles))


def _attempts(query: str, store: Store, inbox: Path) -> Iterator[list[Delivery]]:
    by_id = store.ledger.get(DeliveryId(query))
    yield [by_id] if by_id else []
    yield _find(store, DeliveryQuery(article_id=ArticleId(query), limit=MOST))
    if SHA256.fullmatch(query):
        yield _find(store, DeliveryQuery(sha256=query.lower(), limit=MOST))
    yield _find(store, DeliveryQuery(path=path_below(inbox, query), limit=MOST))
    yield _find(store, DeliveryQuery(name=printable(query), limit=MOST))
    if is_sidecar(query):
        # A sidecar that was taken with its file belongs to that file's delivery.
        yield from _attempts(described_by(query), store, inbox)
    file = Path(query)
    if file.is_file():
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        yield _find(store, DeliveryQuery(sha256=digest, limit=MOST))
    yield _find(store, DeliveryQuery(name=file.name, limit=MOST))


def _find(store: Store, query: DeliveryQuery) -> list[Delivery]:
    """Return the matching deliveries with their timelines, which lists do not contain."""
    return [store.ledger.get(each.id) or each for each in store.ledger.find(query)]


def path_below(inbox: Path, query: str) -> str:
    """Return the path below the inbox, as in the ledger, for a relative or absolute path in the inbox."""
    absolute = Path(os.path.normpath(Path(query).absolute()))
    inside = absolute.is_relative_to(inbox.absolute())
    return printable(absolute.relative_to(inbox.absolute()).as_posix() if inside else query)


def why_unknown(query: str, settings: Settings) -> str:
    """Return why the ledger does not contain a file, from the inbox and the quarantine."""
    name = Path(query).name
    if file := _find_file(settings.inbox, name):
        return (
            f"there is no delivery of {query}, but {file} is in the inbox: a running watcher (see `copytaster status`)"
            f" takes it when it has not changed for {settings.settle_seconds:g} s, unless the name begins with a dot or"
            " ends in .tmp, .part, .crdownload, .filepart or ~"
        )
    if file := _find_file(settings.quarantine, name):
        return f"there is no delivery of {query}, but {file} is in quarantine; read the report {file}.error.json"
    return (
        f"{query} was not found in the ledger, nor in the folders {settings.inbox} and {settings.quarantine}; give a"
        " file name, a path below the inbox, a sha256, a delivery id or an article id"
    )


def _find_file(folder: Path, name: str) -> Path | None:
    """Return a file with this name at any depth of the folder, or None."""
    for parent, _, files in os.walk(folder):
        if name in files:
            return Path(parent) / name
    return None
