from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from copytaster.bootstrap.store import memory_store, redis_store
from copytaster.clock import ManualClock
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState
from copytaster.store.ports.file_leases import MARK_LIFETIME, FileLeases, LeaseStatus
from copytaster.store.redis.client import connect
from copytaster.store.store import Store

LEASE = timedelta(seconds=30)
FILE = FileState(device=8, inode=12, size=345, modified=1_700_000_000_123_456_789)
D1, D2 = DeliveryId("d1"), DeliveryId("d2")


# The simulated server has no INFO, which identifies the run of the real one.
@pytest.fixture(params=["memory", "valkey"])
def shut(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Store]:
    """Return a store whose marks are not declared complete."""
    if request.param == "memory":
        yield memory_store(clock)
        return
    client = connect(request.getfixturevalue("server").address, name="contract")
    yield redis_store(client, clock=clock, window=timedelta(days=1))
    client.close()


@pytest.fixture
def files(shut: Store) -> FileLeases:
    shut.files.open(shut.epoch.read().run)
    return shut.files


def test_a_file_is_leased_by_one_watcher_and_no_other(files: FileLeases) -> None:
    free = files.statuses([FILE])

    assert free == [LeaseStatus.FREE]
    assert files.take(FILE, D1, owner="one", lease=LEASE) == D1
    assert files.take(FILE, D2, owner="other", lease=LEASE) is None
    assert files.statuses([FILE]) == [LeaseStatus.LEASED]
    assert (files.is_leased(D1), files.is_leased(D2)) == (True, False)


def test_a_repeated_call_of_the_owner_renews_its_lease(files: FileLeases, clock: ManualClock) -> None:
    files.take(FILE, D1, owner="one", lease=LEASE)
    clock.advance(seconds=20)

    assert files.take(FILE, D2, owner="one", lease=LEASE) == D1
    clock.advance(seconds=20)
    assert files.take(FILE, D2, owner="other", lease=LEASE) is None


def test_a_watcher_that_takes_over_a_file_continues_its_delivery(files: FileLeases, clock: ManualClock) -> None:
    files.take(FILE, D1, owner="one", lease=LEASE)
    clock.advance(seconds=31)

    assert (files.statuses([FILE]), files.is_leased(D1)) == ([LeaseStatus.FREE], False)
    assert files.take(FILE, D2, owner="other", lease=LEASE) == D1
    assert files.take(FILE, D1, owner="one", lease=LEASE) is None


def test_a_file_does_not_wait_for_a_lease_of_a_clock_that_was_set_back(files: FileLeases, clock: ManualClock) -> None:
    files.take(FILE, D1, owner="one", lease=LEASE)
    clock.advance(seconds=-86_400)

    assert (files.statuses([FILE]), files.is_leased(D1)) == ([LeaseStatus.FREE], False)
    assert files.take(FILE, D2, owner="other", lease=LEASE) == D1
    assert files.take(FILE, D1, owner="one", lease=LEASE) is None


def test_a_file_that_is_taken_stays_taken(files: FileLeases, clock: ManualClock) -> None:
    files.take(FILE, D1, owner="one", lease=LEASE)
    files.mark_taken([(FILE, D1)])

    assert (files.statuses([FILE]), files.is_leased(D1)) == ([LeaseStatus.TAKEN], False)
    clock.advance(seconds=3600)
    assert files.statuses([FILE]) == [LeaseStatus.TAKEN]
    assert files.take(FILE, D1, owner="one", lease=LEASE) is None


@pytest.mark.parametrize("changed", [{"device": 9}, {"inode": 13}, {"size": 346}, {"modified": 1}])
def test_a_changed_file_is_another_arrival(files: FileLeases, changed: dict[str, int]) -> None:
    other = replace(FILE, **changed)
    files.mark_taken([(FILE, D1)])

    assert files.statuses([other, FILE]) == [LeaseStatus.FREE, LeaseStatus.TAKEN]
    assert files.take(other, D2, owner="one", lease=LEASE) == D2


def test_no_file_is_leased_before_the_marks_are_complete(shut: Store) -> None:
    before = shut.files.take(FILE, D1, owner="one", lease=LEASE)
    shut.files.open("another run of the server")

    assert before is None
    assert not shut.files.is_open()
    assert shut.files.take(FILE, D1, owner="one", lease=LEASE) is None
    shut.files.open(shut.epoch.read().run)
    assert shut.files.is_open()
    assert shut.files.take(FILE, D1, owner="one", lease=LEASE) == D1


def test_marks_are_restored_while_no_file_is_leased(shut: Store) -> None:
    shut.files.mark_taken([(FILE, D1)])
    shut.files.mark_taken([])

    assert shut.files.statuses([FILE]) == [LeaseStatus.TAKEN]
    assert shut.files.statuses([]) == []


def test_a_mark_expires_when_the_file_was_not_seen_for_long() -> None:
    clock = ManualClock()
    files = memory_store(clock).files
    files.mark_taken([(FILE, D1)])
    clock.advance(seconds=MARK_LIFETIME.total_seconds() - 1)
    files.refresh([FILE, replace(FILE, inode=13)])
    clock.advance(seconds=2)
    refreshed = files.statuses([FILE])
    clock.advance(seconds=MARK_LIFETIME.total_seconds())

    assert (refreshed, files.statuses([FILE])) == ([LeaseStatus.TAKEN], [LeaseStatus.FREE])


def test_a_mark_on_the_server_expires_and_can_be_refreshed(server: object, clock: ManualClock) -> None:
    client = server.client()  # type: ignore[attr-defined]  # the fixture's class cannot be imported at run time
    files = redis_store(client, clock=clock, window=timedelta(days=1)).files
    files.mark_taken([(FILE, D1)])
    (key,) = client.keys("ct:{inbox}:file:*")
    client.pexpire(key, 1_000)

    files.refresh([FILE, replace(FILE, inode=13)])

    assert MARK_LIFETIME.total_seconds() - 60 < client.ttl(key) <= MARK_LIFETIME.total_seconds()
    client.close()


def test_it_is_known_whether_any_file_was_marked(files: FileLeases) -> None:
    before = files.has_marks()
    files.take(FILE, D1, owner="one", lease=LEASE)
    leased = files.has_marks()

    files.mark_taken([(FILE, D1)])

    assert (before, leased, files.has_marks()) == (False, False, True)
