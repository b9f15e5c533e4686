"""Answers "where is file X?" from the ledger, the articles and, where they know nothing, from the folders."""

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

MOST = 20
"""Deliveries that are shown of a name that came often, newest first."""


class Answer(Document):
    """Everything that is known about what was asked for; both lists are empty when it is nothing."""

    query: str
    deliveries: tuple[Delivery, ...]
    articles: tuple[Article, ...]

    @property
    def known(self) -> bool:
        """Whether anything was found."""
        return bool(self.deliveries or self.articles)


def look_up(query: str, store: Store, *, inbox: Path, now: datetime) -> Answer:
    """Find deliveries with their timelines, newest first, and the articles that came of them.

    The query is taken for a delivery's id, an article's id, a content hash, a path and a name, in this order, and at
    last for a file on this computer whose content is looked up; the first that finds something counts.
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
        # One that came with its file is part of that file's delivery.
        yield from _attempts(described_by(query), store, inbox)
    file = Path(query)
    if file.is_file():
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        yield _find(store, DeliveryQuery(sha256=digest, limit=MOST))
    yield _find(store, DeliveryQuery(name=file.name, limit=MOST))


def _find(store: Store, query: DeliveryQuery) -> list[Delivery]:
    """Return the matches with their timelines, which a listing leaves out."""
    return [store.ledger.get(each.id) or each for each in store.ledger.find(query)]


def path_below(inbox: Path, query: str) -> str:
    """Return the path as the ledger knows it: below the inbox, however the person wrote it."""
    given = Path(os.path.normpath(Path(query).absolute()))
    below = given.relative_to(inbox.absolute()).as_posix() if given.is_relative_to(inbox.absolute()) else query
    return printable(below)


def why_unknown(query: str, settings: Settings) -> str:
    """Return what the folders say about a file that the ledger does not know."""
    name = Path(query).name
    if lying := _lying_in(settings.inbox, name):
        return (
            f"no delivery is known as {query}, but {lying} lies in the inbox: it is taken when it has not changed for"
            f" {settings.settle_seconds:g} s, if a watcher runs (see `copytaster status`) and the name is none of those"
            " that are never taken (beginning with a dot, or ending in .tmp, .part, .crdownload, .filepart or ~)"
        )
    if lying := _lying_in(settings.quarantine, name):
        return f"no delivery is known as {query}, but {lying} lies in quarantine; read {lying}.error.json beside it"
    return (
        f"nothing is known as {query}, neither in the ledger nor in the folders {settings.inbox} and"
        f" {settings.quarantine}; ask by file name, path below the inbox, sha256, delivery id or article id"
    )


def _lying_in(folder: Path, name: str) -> Path | None:
    """Return the first file of that name at any depth, in no particular order."""
    for parent, _, files in os.walk(folder):
        if name in files:
            return Path(parent) / name
    return None
