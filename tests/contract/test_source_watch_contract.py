"""What is seen of sources: each sighting is written with its change, and learned from once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import EventKind
from copytaster.model.expectations import ArticleField, Expectations
from copytaster.model.metadata import FolderDefaults
from copytaster.model.numbering import Numbered
from copytaster.model.sighting import Arrived, Described, Settled, Sighting
from copytaster.model.source_finding import FindingKind, SourceFinding
from copytaster.model.work import Work
from copytaster.monitoring.sources.watching import SourceWatching
from copytaster.store.ports.events import START
from copytaster.store.ports.source_watch import WatchChange
from copytaster.store.store import Store
from tests.conftest import RealServer
from tests.factories import a_delivery

BY = "worker@test:1"
LEASE = timedelta(minutes=1)
A1 = ArticleId("a1")


def a_file(clock: ManualClock, number: int = 1, **fields: Any) -> Delivery:
    given = {"source": "wire", "name": f"wire_{number:04d}.txt", "received_at": clock.now(), "sha256": f"{number:064x}"}
    return a_delivery(number, **(given | fields))


def a_finding(clock: ManualClock, kind: FindingKind = FindingKind.QUIET, source: str = "wire") -> SourceFinding:
    return SourceFinding(source=source, kind=kind, since=clock.now(), message="no file")


def sightings(store: Store) -> list[Sighting]:
    return [each.sighting for each in store.source_watch.sightings(START, limit=100).seen]


def events(store: Store) -> list[tuple[EventKind, SourceFinding | None]]:
    return [(each.kind, each.finding) for each in store.events.read(after=None, limit=100)]


def test_a_new_file_is_seen_once_with_what_its_folder_declares(store: Store, clock: ManualClock) -> None:
    expects = Expectations(quiet_after_minutes=30, languages=("en",), fields=(ArticleField.TITLE,))
    file = a_file(clock, 412, folder_defaults=FolderDefaults(expects=expects))
    for _ in range(2):
        store.ledger.register(file, due_in=timedelta(0), by=BY)

    number = Numbered("name wire_*.txt", 412, 4)
    assert sightings(store) == [Arrived("wire", file.size, "0" * 8, number, expects)]
    (seen,) = store.source_watch.sightings(START, limit=100).seen
    assert seen.at == clock.now()


@pytest.mark.parametrize("fields", [{"source": None}, {"lane": Work.BACKFILL}, {"retry_of": "d0"}, {"continues": "d0"}])
def test_a_file_that_says_nothing_about_its_source_now_is_not_seen(
    store: Store, clock: ManualClock, fields: dict[str, Any]
) -> None:
    store.ledger.register(a_file(clock, **fields), due_in=timedelta(0), by=BY)

    assert sightings(store) == []


def test_a_file_of_the_day_before_yesterday_is_not_seen(store: Store, clock: ManualClock) -> None:
    old = a_file(clock, received_at=clock.now() - timedelta(days=2))

    store.ledger.register(old, due_in=timedelta(0), by=BY)

    assert sightings(store) == []


def test_a_held_file_of_a_rebuild_is_not_seen(store: Store, clock: ManualClock) -> None:
    store.ledger.register(a_file(clock), due_in=None, by=BY)

    assert sightings(store) == []


def test_an_end_is_seen_once_with_the_numbers_of_its_items(store: Store, clock: ManualClock) -> None:
    numbers = (Numbered("service ap", 7, 4), Numbered("service ap", 8, 4))
    outcomes = [
        Outcome(disposition=Disposition.STORED, article_ids=(A1,), source="wire", numbers=numbers),
        Outcome(disposition=Disposition.QUARANTINED, reason=Reason.PARSER_TIMEOUT, message="slow", source="wire"),
        Outcome(disposition=Disposition.DUPLICATE, article_ids=(A1,), source="wire"),
        Outcome(disposition=Disposition.STORED, article_ids=(A1,)),
    ]
    for number, outcome in enumerate(outcomes, start=1):
        file = a_file(clock, number)
        store.ledger.register(file, due_in=None, by=BY)
        for _ in range(2):
            store.ledger.settle(file.id, outcome, by=BY)
        record = store.ledger.get(file.id)
        assert record
        assert record.source == "wire"

    assert sightings(store) == [
        Settled("wire", failed=False, copy=False, numbers=numbers),
        Settled("wire", failed=True, copy=False),
        Settled("wire", failed=False, copy=True),
    ]


def test_a_tagging_is_seen_once(store: Store) -> None:
    seen = {A1: Described("wire", "nitf", "en", frozenset({ArticleField.TITLE, ArticleField.URL}))}
    store.ledger.request_tagging([A1, ArticleId("a2")], due_in=timedelta(0))
    store.ledger.begin_tagging([A1, ArticleId("a2")], owner=BY, lease=LEASE)
    for _ in range(2):
        store.ledger.settle_tagging([A1, ArticleId("a2")], owner=BY, seen=seen)

    assert sightings(store) == [seen[A1]]


def test_sightings_are_read_on_from_a_position_until_they_are_saved(store: Store, clock: ManualClock) -> None:
    for number in (1, 2, 3):
        store.ledger.register(a_file(clock, number), due_in=timedelta(0), by=BY)
    first = store.source_watch.sightings(START, limit=2)
    before = store.source_watch.state()

    assert (before.version, before.position, before.looked_at, before.waiting) == (0, START, None, 3)
    assert (len(first.seen), first.gap) == (2, False)
    assert store.source_watch.save(WatchChange(first.position), after=0)
    rest = store.source_watch.sightings(first.position, limit=10)
    state = store.source_watch.state()
    (last,) = rest.seen
    assert isinstance(last.sighting, Arrived)
    assert (last.sighting.content, rest.gap) == ("00000000", False)
    assert (state.version, state.position, state.looked_at, state.waiting) == (1, first.position, clock.now(), 2)
    assert store.source_watch.sightings(rest.position, limit=10) == type(rest)((), rest.position, gap=False)


def test_lost_sightings_are_a_gap(store: Store) -> None:
    assert store.source_watch.sightings("0-7", limit=10).gap


def test_only_the_first_of_two_processes_saves(store: Store, clock: ManualClock) -> None:
    change = WatchChange(START, contracts={"wire": b"\x00one"}, found=[a_finding(clock)])
    assert store.source_watch.save(change, after=0)
    assert not store.source_watch.save(WatchChange(START, contracts={"wire": b"two"}, removed=["wire"]), after=0)

    assert store.source_watch.contracts() == {"wire": b"\x00one"}
    assert store.source_watch.contracts(["other", "wire"]) == {"wire": b"\x00one"}
    assert store.source_watch.contracts([]) == {}
    assert events(store) == [(EventKind.SOURCE_QUIET, a_finding(clock))]


def test_a_finding_is_reported_when_it_begins_and_when_it_ends(store: Store, clock: ManualClock) -> None:
    quiet, gap = a_finding(clock), a_finding(clock, FindingKind.GAP, "other")
    longer = quiet.model_copy(update={"message": "no file for long"})
    watch = store.source_watch
    watch.save(WatchChange(START, found=[gap, quiet]), after=0)
    both = watch.findings()
    watch.save(WatchChange(START, updated=[longer]), after=1)
    updated = watch.findings()
    watch.save(WatchChange(START, ended=[longer, gap]), after=2)

    assert (both, updated, watch.findings()) == ([quiet, gap], [longer, gap], [])
    assert events(store) == [
        (EventKind.SOURCE_GAP, gap),
        (EventKind.SOURCE_QUIET, quiet),
        (EventKind.SOURCE_RECOVERED, longer),
        (EventKind.SOURCE_RECOVERED, gap),
    ]


@pytest.mark.parametrize("kind", FindingKind)
def test_each_kind_of_finding_has_an_event(store: Store, clock: ManualClock, kind: FindingKind) -> None:
    store.source_watch.save(WatchChange(START, found=[a_finding(clock, kind)]), after=0)

    assert events(store) == [(EventKind(f"source.{kind}"), a_finding(clock, kind))]


@pytest.mark.parametrize("store", ["valkey"], indirect=True)
def test_a_source_that_has_gone_leaves_no_key(store: Store, clock: ManualClock, server: RealServer) -> None:
    declared = FolderDefaults(expects=Expectations(quiet_after_minutes=30))
    watching = SourceWatching(store, clock)
    store.ledger.register(a_file(clock, folder_defaults=declared), due_in=timedelta(0), by=BY)
    for _ in range(45):
        watching.step()
        clock.advance(seconds=60)
    assert [each.kind for each in store.source_watch.findings()] == [FindingKind.QUIET]

    clock.advance(seconds=57 * 86_400)
    watching.step()

    assert (store.source_watch.contracts(), store.source_watch.findings()) == ({}, [])
    with server.client() as client:
        left = {each for each in client.keys("*") if b"sources" in each}
    assert left == {b"ct:{ledger}:sources:state"}
