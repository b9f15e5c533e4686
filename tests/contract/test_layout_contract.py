from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from copytaster.archive.placements import MemoryPlacements
from copytaster.archive.retention_limit import MemoryRetentionLimits
from copytaster.articles.removal import remove_article
from copytaster.articles.retention import RetentionDependencies, RetentionJob, RetentionRules
from copytaster.clock import ManualClock
from copytaster.metrics import WatcherMetrics
from copytaster.model.article import ArticleId, RelationKind
from copytaster.model.disposition import Disposition, Reason
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.layout import LAYOUT, NewerLayoutError, refuse_newer
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.stories import founded_story
from copytaster.store.store import Store
from copytaster_cli.main import run
from copytaster_cli.system_dependencies import SystemDependencies
from tests.conftest import RealServer
from tests.factories import a_desk, an_item, prose
from tests.layouts import load

LAYOUTS = Path(__file__).with_name("layouts")
ON_THE_SERVER = pytest.mark.parametrize("store", ["valkey"], indirect=True)
WITHOUT_A_CLUSTER = pytest.mark.parametrize("store", ["memory", "valkey"], indirect=True)
ON_A_CLUSTER = pytest.mark.parametrize("store", [pytest.param("cluster", marks=pytest.mark.topology)], indirect=True)
STORY, COPY = ArticleId("af94afdc79f9e1ff90762"), ArticleId("a9d1ff9f3e2ecaee6c581")
UNREPORTED = b"ct:{stories}:unreported"
"""The events of the layouts that have stories: the watcher's task."""
CHANGED = "ct:{articles}:changed"
"""The key that stores of the oldest layout do not have."""


def a_job(store: Store, clock: ManualClock) -> RetentionJob:
    """Return a retention that removes nothing, and so only rewrites older data."""
    rules = RetentionRules(articles=None, deliveries=None, failed_files=None, memory_share=1)
    return RetentionJob(
        RetentionDependencies(
            store=store,
            quarantine=MemoryQuarantine(),
            limits=MemoryRetentionLimits(),
            placements=MemoryPlacements(),
            rules=rules,
            metrics=WatcherMetrics(CollectorRegistry()),
            clock=clock,
        )
    )


MOST_STEPS = 100
"""A step scans one server of a cluster, and after other tests only a part of its empty places."""


def test_the_highest_layout_is_recorded(store: Store) -> None:
    found = [store.layout.read()]
    for number in (1, 3, 2):
        store.layout.record(number)
        found.append(store.layout.read())

    assert found == [None, 1, 3, 3]


def test_data_of_a_newer_release_is_refused(store: Store) -> None:
    refuse_newer(store.layout)
    store.layout.record(LAYOUT)
    refuse_newer(store.layout)
    store.layout.record(LAYOUT + 1)

    with pytest.raises(NewerLayoutError, match=f"the layout {LAYOUT + 1}, and this release knows layouts up to"):
        refuse_newer(store.layout)


@WITHOUT_A_CLUSTER
def test_a_new_store_has_the_present_layout_after_the_first_step(store: Store, clock: ManualClock) -> None:
    a_job(store, clock).step()

    assert store.layout.read() == LAYOUT


@ON_A_CLUSTER
def test_a_new_store_on_a_cluster_has_the_present_layout_after_some_steps(store: Store, clock: ManualClock) -> None:
    job, steps = a_job(store, clock), 0
    while store.layout.read() is None and steps < MOST_STEPS:
        job.step()
        clock.advance(seconds=60)
        steps += 1

    assert store.layout.read() == LAYOUT


@ON_THE_SERVER
def test_a_command_does_not_touch_the_data_of_a_newer_release(
    store: Store, server: RealServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.layout.record(LAYOUT + 1)
    environ = {"COPYTASTER_REDIS_URL": server.address, "COPYTASTER_DATA": str(tmp_path)}

    status = run(["prune"], SystemDependencies(environ))

    assert status == 2
    assert "a newer release has written it" in " ".join(capsys.readouterr().err.split())
    assert store.retention.totals().last_run_at is None


@ON_THE_SERVER
@pytest.mark.parametrize("layout", sorted(each.stem for each in LAYOUTS.glob("*.json")))
def test_data_of_an_earlier_layout_is_read_and_rewritten_beside_other_work(
    store: Store, server: RealServer, clock: ManualClock, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = json.loads((LAYOUTS / f"{layout}.json").read_text(encoding="utf-8"))
    with server.client() as client:
        load(client, [each for each in commands if each[1] != CHANGED])
    monkeypatch.setattr("copytaster.store.redis.article_sweep.SWEPT_KEYS", 10)
    monkeypatch.setattr("copytaster.store.redis.retention.SWEPT", 2)
    a_job(store, clock).step()
    interrupted, listed = store.layout.read(), store.articles.find(ArticleQuery(source="wire")).articles
    delivered = [each.id for each in store.ledger.find(DeliveryQuery(article_id=STORY))]
    settled = store.retention.settled(before=clock.now() + timedelta(days=1), after=None, limit=10)
    desk = a_desk(store, clock)
    desk.count = 10
    again = desk.deliver_items(an_item(prose(1), guid="urn:example:1"))
    desk.ingest(again)

    a_job(store, clock).prune()
    job = a_job(store, clock)
    while store.layout.read() is None:
        job.step()

    assert interrupted is None
    assert [each.id for each in listed] == [STORY]
    assert len(delivered) == 3
    assert len(settled) == 5
    assert set(store.articles.ids(0)[1]) == {STORY, COPY}
    assert [each.tagged for each in store.articles.versions(STORY)] == [False, True]
    assert [each.id for each in store.articles.find(ArticleQuery(source="wire")).articles] == [STORY]
    copy = store.articles.get(COPY)
    assert copy
    assert copy.relation
    assert (copy.relation.of, copy.relation.kind) == (STORY, RelationKind.EXACT)
    assert [each.id for each in store.ledger.find(DeliveryQuery(article_id=STORY))] == [again, *delivered]
    assert len(store.ledger.find(DeliveryQuery(source="wire"))) == len(store.ledger.find(DeliveryQuery())) == 6
    failed = store.ledger.find(DeliveryQuery(reason=Reason.PARSE_FAILED))
    assert [each.disposition for each in failed] == [Disposition.QUARANTINED]
    assert desk.settled(again).disposition is Disposition.DUPLICATE
    assert store.ledger.balance().closed
    assert store.stories.ids([STORY, COPY]) == dict.fromkeys((STORY, COPY), founded_story(STORY))
    for each in (STORY, COPY):
        assert remove_article(each, store, before=None)
    for delivery in store.ledger.find(DeliveryQuery()):
        assert store.retention.remove_delivery(delivery)
    with server.client() as client:
        assert client.exists("ct:{ledger}:terms", "ct:{ledger}:blocks") == 0
        assert client.keys("ct:{articles}:*") == [b"ct:{articles}:days_complete"]
        assert client.exists("ct:{senders}:counted", "ct:{ledger}:index") == 0
        assert client.keys("ct:{ledger}:by:*") == []
        assert {*client.keys("ct:{stories}:*")} <= {UNREPORTED}
        assert [key for key in client.keys("*") if STORY.encode() in key or COPY.encode() in key] == []
