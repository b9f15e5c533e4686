from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import signals

from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.errors import ConfigurationError, TransientError
from copytaster.intake.pauses import PauseOrder, pause
from copytaster.metrics import TaskFailure
from copytaster.model.pause import PauseKind
from copytaster.model.tracing import traceparent
from copytaster.model.work import Work
from copytaster.settings import Settings
from copytaster_broker.app import HARD_LIMIT_SECONDS, KEY_PREFIX, TASKS, create_app
from copytaster_broker.publisher import DELIVERIES, ENQUEUED, open_publisher
from copytaster_broker.queue_priority import STRICT, QueuePriority
from copytaster_broker.queues import UNACKNOWLEDGED, open_queues
from copytaster_workers.app import create_celery
from copytaster_workers.runtime import WorkerRuntime

if TYPE_CHECKING:
    from tests.conftest import RealServer

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Disconnect the handlers of an application: Celery's signals are global to the process."""
    watched = (
        signals.setup_logging,
        signals.worker_init,
        signals.worker_process_init,
        signals.task_failure,
        signals.task_unknown,
        signals.task_rejected,
    )
    before = [list(each.receivers or ()) for each in watched]
    yield
    for signal, receivers in zip(watched, before, strict=True):
        signal.receivers = receivers


def settings(address: str = NOWHERE, **fields: Any) -> Settings:
    return Settings.model_validate({"redis_url": address} | fields)


def test_creating_the_worker_opens_no_connection() -> None:
    """Nothing listens at this address, so that a connection would fail."""
    app = create_celery(settings())

    assert {name for name in app.tasks if name.startswith("copytaster")} == set(TASKS.values())


def test_messages_are_json_alone_and_results_are_not_kept() -> None:
    conf = create_app(settings()).conf

    assert (conf.task_serializer, conf.accept_content, conf.task_ignore_result) == ("json", ["json"], True)
    assert conf.result_backend is None


def test_messages_are_acknowledged_after_the_work_and_those_of_lost_workers_are_returned() -> None:
    conf = create_app(settings()).conf

    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert conf.task_soft_time_limit < conf.task_time_limit == HARD_LIMIT_SECONDS
    assert conf.broker_transport_options["visibility_timeout"] > conf.task_time_limit
    assert conf.broker_transport_options["socket_timeout"]


def test_each_kind_of_work_has_a_queue_and_no_other_is_made() -> None:
    conf = create_app(settings(concurrency=3)).conf

    assert {each.name for each in conf.task_queues} == set(Work)
    assert {name: route["queue"] for name, route in conf.task_routes.items()} == {TASKS[each]: each for each in Work}
    assert (conf.task_create_missing_queues, conf.worker_concurrency) == (False, 3)


def test_the_address_of_sentinels_becomes_that_of_celery() -> None:
    conf = create_app(settings("redis+sentinel://worker:a%40b@one,[::1]:26003/mymaster/2")).conf

    assert conf.broker_url == "sentinel://worker:a%40b@one:26379/2;sentinel://worker:a%40b@[::1]:26003/2"
    assert conf.broker_transport_options["master_name"] == "mymaster"
    assert conf.broker_transport_options["sentinel_kwargs"]["socket_timeout"]
    assert conf.broker_transport_options["global_keyprefix"] == KEY_PREFIX


def test_queues_may_have_a_server_of_their_own(server: RealServer) -> None:
    there = settings(broker_url=server.address)

    open_publisher(there).publish(Work.INGEST, ["d1"])

    assert open_queues(there).depth(Work.INGEST).length == 1


def test_without_a_server_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="COPYTASTER_REDIS_URL"):
        create_celery(Settings(data=tmp_path))


def test_published_ids_wait_in_messages_of_at_most_a_batch(server: RealServer) -> None:
    there = settings(server.address, batch_size=3)

    open_publisher(there).publish(Work.INGEST, [f"d{number}" for number in range(7)])

    depth = open_queues(there).depth(Work.INGEST)
    with server.client() as client:
        raw = [json.loads(each) for each in client.lrange(f"{KEY_PREFIX}ingest", 0, -1)]
    assert (depth.length, depth.unacknowledged) == (3, 0)
    assert depth.oldest_seconds is not None
    assert all(each["headers"][ENQUEUED] <= time.time() for each in raw)
    assert {each["headers"]["task"] for each in raw} == {TASKS[Work.INGEST]}
    assert open_queues(there).depth(Work.TAG).length == 0


def test_messages_of_tagging_have_the_deliveries_of_their_articles_and_all_a_trace(server: RealServer) -> None:
    there = settings(server.address)
    publisher = open_publisher(there)

    publisher.publish(Work.INGEST, ["d1", "d2"])
    publisher.publish(Work.TAG, ["a1", "a2"], of={"a2": "d2"})
    publisher.publish(Work.TAG, ["a3"])

    with server.client() as client:
        (ingest,) = (json.loads(each)["headers"] for each in client.lrange(f"{KEY_PREFIX}ingest", 0, -1))
        unknown, tag = (json.loads(each)["headers"] for each in client.lrange(f"{KEY_PREFIX}tag", 0, -1))
    assert (ingest["traceparent"], ingest.get(DELIVERIES)) == (traceparent("d1"), None)
    assert (tag["traceparent"], tag[DELIVERIES]) == (traceparent("d2"), ["", "d2"])
    assert ("traceparent" in unknown, unknown[DELIVERIES]) == (False, [""])


def test_publishing_nothing_sends_nothing(server: RealServer) -> None:
    there = settings(server.address)

    open_publisher(there).publish(Work.TAG, [])

    assert open_queues(there).depth(Work.TAG).length == 0


def test_a_broker_that_is_away_is_a_transient_error() -> None:
    with pytest.raises(TransientError, match="Redis server"):
        open_queues(settings()).depth(Work.INGEST)


@pytest.mark.parametrize("error", [TransientError("away"), MemoryError()])
def test_a_task_interrupted_by_its_surroundings_raises_nothing_and_is_no_progress(
    tmp_path: Path, error: Exception
) -> None:
    runtime = WorkerRuntime(settings(data=tmp_path))

    def fail(_: object) -> None:
        raise error

    runtime.run(fail, queue=Work.INGEST)

    assert runtime.finished_at() is None


def test_finished_work_is_progress(tmp_path: Path) -> None:
    runtime, seen = WorkerRuntime(settings(data=tmp_path)), list[object]()

    runtime.run(seen.append, queue=Work.INGEST)

    assert len(seen) == 1
    assert runtime.finished_at() is not None


def test_the_messages_of_a_paused_queue_end_without_work(server: RealServer, tmp_path: Path) -> None:
    given = settings(server.address, data=tmp_path)
    store = open_store(given, clock=SystemClock(), part="test")
    pause(PauseOrder(kind=PauseKind.QUEUE, name="tag"), store.pauses, now=SystemClock().now())
    runtime, seen = WorkerRuntime(given), list[object]()

    runtime.run(seen.append, queue=Work.TAG)
    of_the_paused_queue = len(seen)
    runtime.run(seen.append, queue=Work.INGEST)

    assert (of_the_paused_queue, len(seen)) == (0, 1)


def test_a_programming_error_leaves_the_task_as_an_error(tmp_path: Path) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        WorkerRuntime(settings(data=tmp_path)).run(fail, queue=Work.INGEST)


def test_a_background_worker_reads_the_backfill_queue_only_when_no_suspect_waits() -> None:
    cycle = QueuePriority()
    cycle.update({Work.BACKFILL.value, Work.SUSPECT.value})

    first = cycle.consume(2)
    cycle.rotate(first[0])

    assert first == cycle.consume(2) == [Work.SUSPECT, Work.BACKFILL]
    assert f"{QueuePriority.__module__}:{QueuePriority.__name__}" == STRICT


def test_a_suspect_has_its_own_message_and_old_files_come_in_small_ones(server: RealServer) -> None:
    there = settings(server.address, batch_size=20)
    publisher, queues = open_publisher(there), open_queues(there)

    for work in Work:
        publisher.publish(work, [f"d{number}" for number in range(10)])

    assert {work.value: queues.depth(work).length for work in Work} == {
        "ingest": 1,
        "tag": 1,
        "retag": 10,
        "suspect": 10,
        "backfill": 2,
    }


@pytest.mark.parametrize(
    "message",
    ["no json", "[1]", '{"headers": null}', '{"headers": {"copytaster_enqueued": "soon"}}', b"\xff"],
)
def test_a_message_that_nobody_can_read_has_no_age_and_is_counted(server: RealServer, message: str | bytes) -> None:
    queues = open_queues(settings(server.address))
    with server.client() as client:
        client.lpush(KEY_PREFIX + Work.INGEST.value, message)
        client.hset(UNACKNOWLEDGED, "tag", message)

    depth = queues.depth(Work.INGEST)

    assert (depth.length, depth.unacknowledged, depth.oldest_seconds) == (1, 0, 0.0)


@pytest.mark.parametrize(
    ("exception", "failure"),
    [
        (TimeLimitExceeded(60), TaskFailure.TIME_LIMIT),
        (WorkerLostError("signal 9"), TaskFailure.WORKER_LOST),
        (ZeroDivisionError(), TaskFailure.ERROR),
    ],
)
def test_a_failed_task_is_counted_by_kind_of_failure(
    tmp_path: Path, exception: Exception, failure: TaskFailure, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = list[TaskFailure]()
    monkeypatch.setattr(WorkerRuntime, "count_failure", lambda _, failure: counted.append(failure))
    create_celery(settings(data=tmp_path))

    signals.task_failure.send(sender=None, task_id="t1", exception=exception, args=[["d1"]])
    signals.task_rejected.send(sender=None, message=None, exc=ValueError("no task"))
    signals.task_unknown.send(sender=None, message=None, exc=KeyError("nonsense"), name="nonsense", id="t2")

    assert counted == [failure, TaskFailure.BAD_MESSAGE, TaskFailure.BAD_MESSAGE]


def test_a_task_without_memory_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = list[TaskFailure]()
    monkeypatch.setattr(WorkerRuntime, "count_failure", lambda _, failure: counted.append(failure))

    def devour(_: object) -> None:
        raise MemoryError

    WorkerRuntime(settings(data=tmp_path)).run(devour, queue=Work.INGEST)

    assert counted == [TaskFailure.OUT_OF_MEMORY]
