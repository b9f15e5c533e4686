"""What senders say beside their files, with real processes: into the article, and back after the server was emptied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import redis

from copytaster.model.article import Article, ArticleStatus
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

TREE_SETTINGS = {"SIDECAR_SECONDS": "3", "INCOMPLETE_SECONDS": "4"}

SAYS = {
    "title": "Ferry returns",
    "authors": ["Ada Mole"],
    "published_at": "2026-03-01T10:00:00+02:00",
    "guid": "urn:quay:ferry:1",
    "version": 2,
    "status": "withheld",
    "embargoed_until": "2027-01-01T00:00:00Z",
}

BACK_SECONDS = 30.0


def as_given(article: Article) -> None:
    assert (article.title, article.authors, article.guid) == ("Ferry returns", ("Ada Mole",), "urn:quay:ferry:1")
    assert (article.guid_version, article.status) == (2, ArticleStatus.WITHHELD)
    assert article.embargoed_until
    assert article.published_at
    assert article.published_at.isoformat() == "2026-03-01T08:00:00+00:00"
    assert article.provenance["title"].from_ == "sidecar:title"
    assert (article.source, article.provenance["source"].from_) == ("The Wire", "source-file:source")


def test_metadata_reaches_the_article_and_comes_back_when_the_server_was_emptied(
    tree: Tree, story: Story, own_server: RealServer, wait: Waiter
) -> None:
    tree.drop("wire/_source.yml", "source: The Wire\n")
    tree.start(Part.WATCHER, Part.WORKER)
    tree.drop("wire/ferry.txt", story("ferry"))
    tree.drop("wire/ferry.txt.meta.json", json.dumps(SAYS))
    first = tree.end_of("ferry.txt")
    as_given(tree.article_of(first))
    with redis.Redis.from_url(own_server.address) as client:
        client.flushall()

    wait(lambda: bool(tree.deliveries("ferry.txt")), seconds=BACK_SECONDS)
    again = tree.end_of("ferry.txt")

    assert (again.id, again.sidecar, again.metadata) == (first.id, first.sidecar, first.metadata)
    as_given(tree.article_of(again))
    assert [each.name for each in (tree.settings.inbox / "wire").iterdir()] == ["_source.yml"]


def test_a_sidecar_alone_and_a_bad_one_end_in_quarantine(tree: Tree, story: Story) -> None:
    tree.drop("wire/lost.txt.meta.json", json.dumps(SAYS))
    tree.drop("wire/bad.txt.meta.json", '{"titel": "Ferry"}')
    tree.drop("wire/bad.txt", story("bad"))
    tree.start(Part.WATCHER, Part.WORKER)

    bad, lost = tree.end_of("bad.txt"), tree.end_of("lost.txt.meta.json")

    assert (bad.disposition, bad.reason) == (Disposition.QUARANTINED, Reason.BAD_SIDECAR)
    assert (lost.disposition, lost.reason) == (Disposition.QUARANTINED, Reason.ORPHAN_SIDECAR)
    lying = {each.name for each in (tree.settings.quarantine / "wire").iterdir()}
    assert {"bad.txt", "bad.txt.meta.json", "lost.txt.meta.json"} <= lying
    assert tree.store.ledger.balance().closed
