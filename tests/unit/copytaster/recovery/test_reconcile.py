from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.metrics import WatcherMetrics
from copytaster.model.work import HELD_DUE, EmptyQueues, Publisher, QueueDepth, Queues, RecordingPublisher, Work
from copytaster.recovery.reconcile import HELD_AT_ONCE, HELD_EVERY, NEXT_LOOK, PATIENCE, reconcile
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id

DUE = timedelta(seconds=10)


@pytest.fixture
def store(clock: ManualClock) -> Store:
    store = memory_store(clock)
    for number in (1, 2):
        store.ledger.register(a_delivery(number), due_in=DUE, by="watcher@one:1")
    return store


def look(store: Store, publisher: Publisher, queues: Queues | None = None) -> int:
    metrics = WatcherMetrics(CollectorRegistry())
    return reconcile(store.ledger, queues or EmptyQueues(), publisher, metrics)[Work.INGEST]


class FullQueues(EmptyQueues):
    """A broker in which messages wait."""

    def depth(self, work: Work) -> QueueDepth:
        """Return a depth of three."""
        return QueueDepth(name=work, length=3, unacknowledged=0, oldest_seconds=1)


class AwayPublisher:
    """A broker that takes nothing."""

    def publish(self, work: Work, ids: Sequence[str], *, of: object = None) -> None:  # noqa: ARG002  # as in the port
        """Fail."""
        raise TransientError(f"no {work} of {ids}")


def test_what_is_not_overdue_is_not_sent_again(store: Store, clock: ManualClock) -> None:
    clock.advance(seconds=9)

    assert look(store, publisher := RecordingPublisher()) == 0
    assert publisher.published == []


def test_what_is_overdue_is_sent_again_once_until_the_next_look(store: Store, clock: ManualClock) -> None:
    publisher = RecordingPublisher()
    clock.advance(seconds=10)

    counts = [look(store, publisher), look(store, publisher)]
    clock.advance(seconds=NEXT_LOOK.total_seconds())
    counts.append(look(store, publisher))

    assert counts == [2, 0, 2]
    assert publisher.published == [(Work.INGEST, delivery_id(number)) for number in (1, 2)] * 2


def test_while_messages_wait_overdue_work_has_patience_but_not_for_ever(store: Store, clock: ManualClock) -> None:
    publisher = RecordingPublisher()
    clock.advance(seconds=(DUE + PATIENCE).total_seconds() - 1)
    patient = look(store, publisher, FullQueues())
    clock.advance(seconds=1)

    assert patient == 0
    assert look(store, publisher, FullQueues()) == 2


@pytest.mark.parametrize(
    ("work", "queues", "level"),
    [
        (Work.INGEST, EmptyQueues(), "info"),
        (Work.INGEST, FullQueues(), "warning"),
        (Work.BACKFILL, FullQueues(), "info"),
    ],
)
def test_only_late_work_of_an_urgent_queue_is_logged_as_a_warning(
    work: Work, queues: Queues, level: str, clock: ManualClock
) -> None:
    store = memory_store(clock)
    store.ledger.register(a_delivery(1, lane=work), due_in=DUE, by="watcher@one:1")
    clock.advance(seconds=(DUE + PATIENCE).total_seconds())

    with capture_logs() as logs:
        look(store, RecordingPublisher(), queues)

    assert [(line["event"], line["work"], line["log_level"]) for line in logs] == [("work.republished", work, level)]


def test_a_broker_that_is_away_loses_nothing(store: Store, clock: ManualClock) -> None:
    clock.advance(seconds=10)

    with pytest.raises(TransientError):
        look(store, AwayPublisher())
    clock.advance(seconds=NEXT_LOOK.total_seconds())

    assert look(store, RecordingPublisher()) == 2


def test_held_deliveries_wait_until_the_queue_is_empty(clock: ManualClock) -> None:
    store, publisher = memory_store(clock), RecordingPublisher()
    for number in range(HELD_AT_ONCE + 1):
        store.ledger.register(a_delivery(number), due_in=None, by="replay")
    clock.advance(seconds=HELD_DUE.total_seconds())

    look(store, publisher, FullQueues())
    behind_messages = len(publisher.published)
    look(store, publisher)
    first_group = len(publisher.published)
    look(store, publisher)
    at_once = len(publisher.published)
    clock.advance(seconds=HELD_EVERY.total_seconds())
    look(store, publisher)

    assert (behind_messages, first_group, at_once) == (0, HELD_AT_ONCE, HELD_AT_ONCE)
    assert publisher.published == [(Work.INGEST, delivery_id(number)) for number in range(HELD_AT_ONCE + 1)]
