"""Sidecars with real processes: they set fields of the article, also after the server was emptied and rebuilt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import redis

from copytaster.model.article import Article, ArticleStatus
from copytaster.model.disposition import Disposition, Reason

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
    running: Tree, story: Story, module_server: RealServer, wait: Waiter
) -> None:
    running.drop("wire/_source.yml", "source: The Wire\n")
    running.drop("wire/ferry.txt", story("ferry"))
    running.drop("wire/ferry.txt.meta.json", json.dumps(SAYS))
    first = running.end_of("ferry.txt")
    as_given(running.article_of(first))
    with redis.Redis.from_url(module_server.address) as client:
        client.flushall()

    wait(lambda: bool(running.deliveries("ferry.txt")), seconds=BACK_SECONDS)
    again = running.end_of("ferry.txt")

    assert (again.id, again.sidecar, again.metadata) == (first.id, first.sidecar, first.metadata)
    as_given(running.article_of(again))
    assert [each.name for each in (running.settings.inbox / "wire").iterdir()] == ["_source.yml"]


def test_a_sidecar_alone_and_a_bad_one_end_in_quarantine(running: Tree, story: Story) -> None:
    running.drop("quay/lost.txt.meta.json", json.dumps(SAYS))
    running.drop("quay/bad.txt.meta.json", '{"titel": "Ferry"}')
    running.drop("quay/bad.txt", story("bad"))

    bad, lost = running.end_of("bad.txt"), running.end_of("lost.txt.meta.json")

    assert (bad.disposition, bad.reason) == (Disposition.QUARANTINED, Reason.BAD_SIDECAR)
    assert (lost.disposition, lost.reason) == (Disposition.QUARANTINED, Reason.ORPHAN_SIDECAR)
    lying = {each.name for each in (running.settings.quarantine / "quay").iterdir()}
    assert {"bad.txt", "bad.txt.meta.json", "lost.txt.meta.json"} <= lying
    assert running.store.ledger.balance().closed
