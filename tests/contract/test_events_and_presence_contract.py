from __future__ import annotations

from datetime import timedelta
from typing import Any

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import SCHEMA_VERSION, EventKind
from copytaster.store.ports.presence import HEARTBEAT_LIFETIME, Heartbeat, Part
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id

SOON = timedelta(seconds=10)


def make_events(store: Store, clock: ManualClock) -> None:
    """Refuse one delivery, and store and tag the article of another: five events, a second apart."""
    store.ledger.register(a_delivery(1), due_in=SOON, by="watcher@one:1")
    clock.advance(seconds=1)
    refused = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="empty")
    store.ledger.settle(delivery_id(1), refused, by="watcher@one:1")
    clock.advance(seconds=1)
    store.ledger.register(a_delivery(2), due_in=SOON, by="watcher@one:1")
    clock.advance(seconds=1)
    stored = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId("a1"),), to_tag=(ArticleId("a1"),))
    store.ledger.settle(delivery_id(2), stored, by="w1")
    clock.advance(seconds=1)
    store.ledger.begin_tagging([ArticleId("a1")], owner="w1", lease=SOON)
    store.ledger.settle_tagging([ArticleId("a1")], owner="w1")


def test_every_change_is_reported_once_in_order(store: Store, clock: ManualClock) -> None:
    start = clock.now()

    make_events(store, clock)

    events = store.events.read(after=None, limit=100)
    assert [(each.kind, each.delivery_id, each.disposition, each.reason, each.article_ids) for each in events] == [
        (EventKind.DELIVERY_REGISTERED, delivery_id(1), None, None, ()),
        (EventKind.DELIVERY_SETTLED, delivery_id(1), Disposition.REJECTED, Reason.EMPTY, ()),
        (EventKind.DELIVERY_REGISTERED, delivery_id(2), None, None, ()),
        (EventKind.DELIVERY_SETTLED, delivery_id(2), Disposition.STORED, None, ("a1",)),
        (EventKind.ARTICLE_TAGGED, None, None, None, ("a1",)),
    ]
    assert [each.at for each in events] == [start + timedelta(seconds=second) for second in range(5)]
    assert {each.schema_version for each in events} == {SCHEMA_VERSION}


def test_a_reader_continues_after_the_last_id_it_has_seen(store: Store, clock: ManualClock) -> None:
    make_events(store, clock)
    whole = store.events.read(after=None, limit=100)

    first = store.events.read(after=None, limit=2)
    rest = store.events.read(after=first[-1].id, limit=100)

    assert first + rest == whole
    assert store.events.read(after=whole[-1].id, limit=100) == []


def test_refused_changes_are_not_reported(store: Store, clock: ManualClock) -> None:
    make_events(store, clock)
    before = store.events.read(after=None, limit=100)

    make_events(store, clock)

    assert store.events.read(after=None, limit=100) == before


def beat(store: Store, clock: ManualClock, part: Part, name: str, **fields: Any) -> Heartbeat:
    now = clock.now()
    given = {"part": part, "name": name, "host": "one", "pid": 1, "started_at": now, "beat_at": now} | fields
    heartbeat = Heartbeat.model_validate(given)
    store.presence.beat(heartbeat)
    return heartbeat


def test_a_new_store_has_no_heartbeats(store: Store) -> None:
    assert store.presence.present() == []


def test_heartbeats_are_listed_by_part_and_name(store: Store, clock: ManualClock) -> None:
    worker = beat(
        store, clock, Part.WORKER, "worker@one:1", details={"queues": "ingest,tag", "active": 1, "last": None}
    )
    beat(store, clock, Part.API, "api@two:2")
    clock.advance(seconds=5)
    second_api = beat(store, clock, Part.API, "api@two:2", progress_at=clock.now())
    first_api = beat(store, clock, Part.API, "api@one:1")

    assert store.presence.present() == [first_api, second_api, worker]


def test_a_process_that_leaves_is_removed_at_once(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WATCHER, "watcher@one:1")
    worker = beat(store, clock, Part.WORKER, "worker@one:2")

    store.presence.leave(Part.WATCHER, "watcher@one:1")
    store.presence.leave(Part.WATCHER, "nobody")

    assert store.presence.present() == [worker]


def test_a_silent_process_is_removed_and_may_return(store: Store, clock: ManualClock) -> None:
    silent = beat(store, clock, Part.WATCHER, "watcher@one:1")

    clock.advance(seconds=HEARTBEAT_LIFETIME.total_seconds())
    last = store.presence.present()
    clock.advance(seconds=1)
    after = store.presence.present()
    back = beat(store, clock, Part.WATCHER, "watcher@one:1")

    assert (last, after) == ([silent], [])
    assert store.presence.present() == [back]
