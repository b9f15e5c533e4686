from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from copytaster.archive.damage import DamageKind
from copytaster.bootstrap.health_check import main
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ChangesRefusedError
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Balance
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.model.outage import Resource
from copytaster.model.refused_transitions import RefusedTransitions
from copytaster.model.work import EmptyQueues, QueueDepth, Work
from copytaster.monitoring.archive_state import ArchiveState
from copytaster.monitoring.health import StallWatch, find_fault
from copytaster.monitoring.problem_times import date_problems
from copytaster.monitoring.restart_loops import describe_loop
from copytaster.monitoring.search_state import SearchState
from copytaster.monitoring.stalls import STALL
from copytaster.monitoring.status import LONG_OUTAGE, SILENCE, find_problems, read_status
from copytaster.store.memory.write_check import FixedWriteCheck
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.ports.retention import Removal
from copytaster.store.store import Store
from tests.factories import START, a_delivery, an_article, delivery_id

LATER = STALL.total_seconds() + 1


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


def beat(store: Store, clock: ManualClock, *parts: Part, host: str = "one", **fields: Any) -> None:
    for part in parts:
        given = {"name": f"{part}@{host}:1", "host": host, "pid": 1, "started_at": clock.now(), "beat_at": clock.now()}
        store.presence.beat(Heartbeat.model_validate({"part": part} | given | fields))


def codes(store: Store, clock: ManualClock) -> list[str]:
    return [each.code for each in read_status(store, EmptyQueues(), now=clock.now()).problems]


def test_a_system_with_all_parts_at_work_is_ready(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WATCHER, Part.WORKER)
    store.ledger.register(a_delivery(), due_in=timedelta(0), by="watcher@one:1")

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert (status.ready, status.problems) == (True, ())
    assert (status.balance.seen, status.balance.in_flight, status.articles) == (1, 1, 0)
    assert status.waiting == dict.fromkeys(Work, 0) | {Work.INGEST: 1}
    assert status.refused == RefusedTransitions(redelivery={}, conflict={})
    assert [each.name for each in status.queues] == list(Work)
    assert [each.part for each in status.parts] == [Part.WATCHER, Part.WORKER]


def test_webhooks_that_were_switched_off_and_dead_messages_are_notices_for_others_are_not_delayed(
    store: Store, clock: ManualClock
) -> None:
    beat(store, clock, Part.WORKER)
    for host in ("one", "two"):
        beat(
            store, clock, Part.WATCHER, host=host, details={"webhooks_off": "w1 (it answered 410)", "webhooks_dead": 7}
        )

    state = read_status(store, EmptyQueues(), now=clock.now())

    assert state.ready
    (off,) = (each for each in state.notices if each.code == "webhooks_off")
    assert "w1 (it answered 410)" in off.message
    assert [each.message[-3:] for each in state.notices if each.code == "webhooks_dead"] == [": 7"]


def test_a_restart_loop_is_a_problem_that_names_the_process(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WATCHER, Part.WORKER)
    beat(store, clock, Part.SUPERVISOR, details={"restarts": "the process worker has died 7 times"})

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert not status.ready
    assert [each.code for each in status.problems] == ["restart_loop"]
    assert "the process worker has died 7 times" in status.problems[0].message


@pytest.mark.parametrize(
    ("ages", "is_loop"),
    [((0, 1), False), ((0, 1, 2), True), ((0, 1, 301), False), ((-1, 0, 1), False), ((299, 299.5, 300), True)],
)
def test_three_deaths_within_five_minutes_are_a_restart_loop(ages: tuple[float, ...], is_loop: bool) -> None:
    loop = describe_loop("the watcher", (timedelta(seconds=each) for each in ages), last="it was killed by signal 9")

    assert (loop is not None) == is_loop


def test_missing_parts_are_named_with_the_cure(store: Store, clock: ManualClock) -> None:
    problems = read_status(store, EmptyQueues(), now=clock.now()).problems

    assert [each.code for each in problems] == ["no_watcher", "no_worker"]
    assert "copytaster watch" in problems[0].message
    assert "copytaster worker" in problems[1].message


class RefusingQueues(EmptyQueues):
    """A broker on a server of its own, which refuses changes."""

    def check_writes(self) -> None:
        """Refuse."""
        raise ChangesRefusedError("READONLY")


def refusing(store: Store) -> Store:
    writes = FixedWriteCheck()
    writes.refusal = "MISCONF: free some space"
    return replace(store, writes=writes)


def test_of_a_server_that_refuses_changes_only_this_is_the_problem(store: Store, clock: ManualClock) -> None:
    status = read_status(refusing(store), EmptyQueues(), now=clock.now())
    (of_broker,) = read_status(store, RefusingQueues(), now=clock.now()).problems

    (problem,) = status.problems
    assert not status.ready
    assert problem.code == of_broker.code == "no_redis"
    assert problem.message.endswith("free some space")
    assert "READONLY" in of_broker.message


def test_the_time_of_a_refusal_is_not_written_to_the_server_that_refuses(store: Store, clock: ManualClock) -> None:
    status = read_status(refusing(store), EmptyQueues(), now=clock.now())

    date_problems(status, store.history)
    clock.advance(seconds=60)

    assert store.history.note_problems(["no_redis"]) == {"no_redis": clock.now()}


def test_no_part_is_silent_while_the_server_refuses_its_heartbeats(store: Store, clock: ManualClock) -> None:
    with pytest.raises(ChangesRefusedError, match="free some space"):
        find_fault(refusing(store), Part.WORKER, host="one", now=clock.now())


def test_a_silent_part_counts_as_missing(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WATCHER, Part.WORKER)
    clock.advance(seconds=SILENCE.total_seconds())
    just = codes(store, clock)
    clock.advance(seconds=1)

    assert just == []
    assert codes(store, clock) == ["no_watcher", "no_worker"]


def overdue_with_a_live_worker(store: Store, clock: ManualClock, **worker: Any) -> None:
    started = clock.now()
    store.ledger.register(a_delivery(), due_in=timedelta(0), by="watcher@one:1")
    clock.advance(seconds=LATER)
    beat(store, clock, Part.WATCHER)
    beat(store, clock, Part.WORKER, **({"started_at": started} | worker))


def test_a_worker_that_lives_but_finishes_nothing_is_a_stall(store: Store, clock: ManualClock) -> None:
    overdue_with_a_live_worker(store, clock)

    problem = read_status(store, EmptyQueues(), now=clock.now()).problems[0]

    assert problem.code == "stalled_ingest"
    assert problem.message.startswith("1 ids have waited for ingest")


def test_overdue_work_is_not_a_stall_while_a_worker_finishes_some(store: Store, clock: ManualClock) -> None:
    overdue_with_a_live_worker(store, clock, progress_at=clock.now() + timedelta(seconds=LATER))

    assert codes(store, clock) == []


def test_progress_with_old_files_does_not_hide_that_live_ones_stand_still(store: Store, clock: ManualClock) -> None:
    overdue_with_a_live_worker(store, clock, details={"queues": "ingest,retag,tag"})
    behind: dict[str, Any] = {
        "name": "worker@one:2",
        "details": {"queues": "backfill,suspect"},
        "progress_at": clock.now(),
    }
    beat(store, clock, Part.WORKER, **behind)

    assert codes(store, clock) == ["stalled_ingest"]


def test_work_that_no_running_worker_takes_is_reported_with_the_solution(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WATCHER, Part.WORKER, details={"queues": "ingest,retag,tag"})
    before = codes(store, clock)
    store.ledger.register(a_delivery(lane=Work.BACKFILL), due_in=timedelta(0), by="watcher@one:1")
    clock.advance(seconds=1)

    (problem,) = read_status(store, EmptyQueues(), now=clock.now()).problems

    assert before == []
    assert problem.code == "unattended_backfill"
    assert "copytaster worker --queue backfill" in problem.message


def test_health_of_a_worker_is_about_its_own_queues(store: Store, clock: ManualClock) -> None:
    overdue_with_a_live_worker(store, clock, details={"queues": "backfill,suspect"})

    assert find_fault(store, Part.WORKER, host="one", now=clock.now()) is None


def test_a_worker_that_has_just_started_is_given_time(store: Store, clock: ManualClock) -> None:
    overdue_with_a_live_worker(store, clock, started_at=clock.now() + timedelta(seconds=LATER))

    assert codes(store, clock) == []


def test_an_idle_worker_is_healthy(store: Store, clock: ManualClock) -> None:
    started = clock.now()
    clock.advance(seconds=LATER)
    beat(store, clock, Part.WATCHER, Part.WORKER, started_at=started)

    assert codes(store, clock) == []


def test_an_unequal_balance_is_reported_with_its_figures(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WATCHER, Part.WORKER)
    broken = Balance(seen=5, in_flight=1, dispositions={Disposition.STORED: 3})

    problems = find_problems(store.presence.present(), store.ledger, broken, (), now=clock.now())

    assert [each.code for each in problems] == ["balance_open"]
    assert "5 deliveries were seen, but 3 are settled and 1 are in flight" in problems[0].message


def test_health_asks_for_the_part_on_this_host_alone(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WORKER, host="one")

    assert find_fault(store, Part.WORKER, host="one", now=clock.now()) is None
    assert "no worker on two" in (find_fault(store, Part.WORKER, host="two", now=clock.now()) or "")
    assert "no watcher on one" in (find_fault(store, Part.WATCHER, host="one", now=clock.now()) or "")


def test_health_of_a_worker_means_progress(store: Store, clock: ManualClock) -> None:
    overdue_with_a_live_worker(store, clock)

    assert "have waited" in (find_fault(store, Part.WORKER, host="one", now=clock.now()) or "")
    assert find_fault(store, Part.WATCHER, host="one", now=clock.now()) is None


def test_a_store_that_is_being_rebuilt_is_not_ready(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WATCHER, Part.WORKER, details={"rebuilding": "20 of 60"})

    problems = find_problems(store.presence.present(), store.ledger, store.ledger.balance(), (), now=clock.now())

    assert {each.code for each in problems} == {"rebuilding"}
    assert "20 of 60" in problems[0].message


@pytest.mark.parametrize("arguments", [[], ["broker"]])
def test_health_of_an_unknown_part_is_wrong_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "usage: python -m copytaster.bootstrap.health_check" in capsys.readouterr().err


def test_health_without_a_server_is_bad(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://127.0.0.1:1/0")

    assert main(["worker"]) == 1
    assert "Redis server" in capsys.readouterr().out


def test_a_part_without_a_server_is_alive_as_far_as_anybody_knows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://127.0.0.1:1/0")

    assert main(["worker", "--alive"]) == 0
    assert "Redis server" in capsys.readouterr().out


def test_an_old_message_in_the_broker_is_a_stall_although_the_ledger_sent_it_again(
    store: Store, clock: ManualClock
) -> None:
    old = QueueDepth(name=Work.INGEST, length=7, unacknowledged=0, oldest_seconds=STALL.total_seconds())
    started = clock.now()
    clock.advance(seconds=LATER)
    beat(store, clock, Part.WATCHER, Part.WORKER, started_at=started)

    problems = find_problems(store.presence.present(), store.ledger, store.ledger.balance(), (old,), now=clock.now())

    assert [each.code for each in problems] == ["stalled_ingest"]
    assert "7 ids have waited" in problems[0].message


def test_files_that_stay_in_place_are_a_notice_with_the_cause(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.WATCHER, Part.WORKER, details={"stays": "the inbox is read-only"})

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert status.ready
    assert [(each.code, each.message) for each in status.notices] == [
        ("left_in_place", "files are left in place: the inbox is read-only")
    ]


def test_files_that_cannot_be_claimed_are_a_notice_with_path_and_cause(store: Store, clock: ManualClock) -> None:
    details = {"obstacle": "wire/a.txt: no permission (and 2 more)", "out_of_reach": "wire/locked: Permission denied"}
    beat(store, clock, Part.WATCHER, Part.WORKER, details=details)

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert status.ready
    assert [(each.code, each.message) for each in status.notices] == [
        ("files_blocked", "files cannot be claimed and stay in the inbox: wire/a.txt: no permission (and 2 more)"),
        (
            "files_unreachable",
            "folders or files of the inbox cannot be read and stay there: wire/locked: Permission denied",
        ),
    ]


def test_damage_in_the_archive_is_a_problem_and_an_unnamed_original_a_notice(store: Store, clock: ManualClock) -> None:
    details = {
        "archive_damage": "1 original_damaged (the original ab has changed)",
        "archive_unnamed": "2 original_unnamed (no entry names cd)",
        "archive_checking": "7 of 256 parts",
        "archive_checked_at": clock.now().isoformat(),
        "damage_original_damaged": 1,
        "damage_original_unnamed": 2,
    }
    beat(store, clock, Part.WATCHER, Part.WORKER, details=details)
    beat(store, clock, Part.WATCHER, host="two", details=details)

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert not status.ready
    assert [(each.code, each.message) for each in status.problems] == [
        ("archive_damaged", "the archive is damaged: 1 original_damaged (the original ab has changed)")
    ]
    assert [each.code for each in status.notices] == ["originals_unnamed"]
    assert (status.archive.checking, status.archive.checked_at) == ("7 of 256 parts", clock.now())
    assert {kind: count for kind, count in status.archive.damage.items() if count} == {
        DamageKind.ORIGINAL_DAMAGED: 1,
        DamageKind.ORIGINAL_UNNAMED: 2,
    }


def test_without_a_watcher_nothing_is_known_about_the_archive(store: Store, clock: ManualClock) -> None:
    archive = read_status(store, EmptyQueues(), now=clock.now()).archive

    assert archive == ArchiveState(damage=dict.fromkeys(DamageKind, 0), checking=None, checked_at=None)


def test_a_long_outage_is_a_problem_that_states_since_when_how_many_deliveries_wait_and_what_to_do(
    store: Store, clock: ManualClock
) -> None:
    for number in (1, 2):
        store.ledger.register(a_delivery(number), due_in=timedelta(0), by="watcher@one:1")
        store.ledger.begin(delivery_id(number), owner="w1", lease=SILENCE)
        store.ledger.postpone(
            delivery_id(number), owner="w1", due_in=SILENCE, why="it is not mounted", cause=Resource.ARCHIVE
        )
    beat(store, clock, Part.WATCHER, Part.WORKER)
    short = codes(store, clock)
    clock.advance(seconds=LONG_OUTAGE.total_seconds())

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert short == []
    assert [(each.resource, each.since, each.waiting) for each in status.outages] == [(Resource.ARCHIVE, START, 2)]
    (problem,) = status.problems
    assert problem.code == "outage_archive"
    assert "has failed since 2026-01-01 00:00:00 UTC, and 2 deliveries wait for it" in problem.message
    assert "check that the archive's disk is mounted" in problem.message


def test_an_intake_that_is_interrupted_is_a_notice_with_the_cause(store: Store, clock: ManualClock) -> None:
    why = "cannot write to the archive: no space left on device"
    beat(store, clock, Part.WATCHER, Part.WORKER, details={"interrupted": why})

    (notice,) = read_status(store, EmptyQueues(), now=clock.now()).notices

    assert (notice.code, why in notice.message) == ("intake_interrupted", True)


def test_a_status_gives_the_oldest_records_and_what_was_removed(store: Store, clock: ManualClock) -> None:
    before = read_status(store, EmptyQueues(), now=clock.now()).retention
    store.articles.create(an_article(received_at=clock.now()), owner=delivery_id(1))
    store.ledger.register(a_delivery(received_at=clock.now()), due_in=timedelta(0), by="watcher@test:1")
    store.retention.note_run()
    store.retention.report(Removal(EventKind.ARTICLE_EXPIRED, "memory", article_ids=(ArticleId("a9"),)))

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert (before.oldest_article_at, before.oldest_delivery_at, before.last_run_at) == (None, None, None)
    found = status.retention
    assert [found.oldest_article_at, found.oldest_delivery_at, found.last_run_at] == [clock.now()] * 3
    assert (found.articles_removed, found.deliveries_removed) == (1, 0)
    assert "memory_short" in [each.code for each in status.notices]
    later = read_status(store, EmptyQueues(), now=clock.now() + timedelta(hours=1, seconds=1))
    assert "memory_short" not in [each.code for each in later.notices]


def test_a_clock_that_moved_by_days_is_a_notice_for_a_day(store: Store, clock: ManualClock) -> None:
    def notices() -> list[str]:
        return [each.message for each in read_status(store, EmptyQueues(), now=clock.now()).notices]

    store.retention.note_run()
    clock.advance(seconds=10 * 86_400)
    before_the_run = notices()
    store.retention.note_run()
    clock.advance(seconds=86_399)
    (message,) = notices()
    clock.advance(seconds=1)

    assert "moved by 10 days" in before_the_run[0]
    assert message == before_the_run[0]
    assert notices() == []


def test_a_shortage_is_a_notice_for_an_hour_whatever_is_removed_since_for_other_reasons(
    store: Store, clock: ManualClock
) -> None:
    def shortages() -> set[str]:
        notices = read_status(store, EmptyQueues(), now=clock.now()).notices
        return {each.code for each in notices} & {"memory_short", "disk_short"}

    store.retention.report(Removal(EventKind.ARTICLE_EXPIRED, "memory", article_ids=(ArticleId("a9"),)))
    store.retention.report(Removal(EventKind.ORIGINALS_EXPIRED, "disk", originals=3))
    clock.advance(seconds=3_600)
    store.retention.report(Removal(EventKind.ARTICLE_EXPIRED, "age", article_ids=(ArticleId("a8"),)))
    store.retention.report(Removal(EventKind.ARTICLE_DELETED, "by Anna", article_ids=(ArticleId("a7"),)))
    store.retention.report(Removal(EventKind.ORIGINALS_EXPIRED, "age", originals=1))
    within_the_hour = shortages()
    clock.advance(seconds=1)

    assert within_the_hour == {"memory_short", "disk_short"}
    assert shortages() == set()


def test_removals_by_age_are_no_shortage_of_memory(store: Store, clock: ManualClock) -> None:
    store.retention.report(Removal(EventKind.ARTICLE_EXPIRED, "age", article_ids=(ArticleId("a9"),)))

    assert "memory_short" not in [each.code for each in read_status(store, EmptyQueues(), now=clock.now()).notices]


@pytest.mark.parametrize(
    ("details", "state", "notice"),
    [
        ({}, SearchState(), None),
        (
            {"search_articles": 7, "search_lag_seconds": 0.5},
            SearchState(articles=7, lag_seconds=0.5),
            None,
        ),
        (
            {"search_articles": 7, "search_lag_seconds": 90.0},
            SearchState(articles=7, lag_seconds=90),
            "lacks the changes of the last 90 s",
        ),
        ({"search_building": 3}, SearchState(building=3), "has 3 articles so far; searches find nothing until then"),
        (
            {"search_articles": 7, "search_lag_seconds": 0.0, "search_building": 3},
            SearchState(articles=7, lag_seconds=0, building=3),
            "searches use the former one",
        ),
    ],
)
def test_a_search_index_that_lacks_articles_is_a_notice(
    details: dict[str, float], state: SearchState, notice: str | None, store: Store, clock: ManualClock
) -> None:
    beat(store, clock, Part.WATCHER, Part.WORKER)
    beat(store, clock, Part.API, details=details)

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert status.ready
    assert status.search == state
    assert [each.code for each in status.notices] == (["search_incomplete"] if notice else [])
    assert all((notice or "") in each.message for each in status.notices)


def test_the_status_shows_the_index_that_is_the_furthest_behind(store: Store, clock: ManualClock) -> None:
    beat(store, clock, Part.API, details={"search_articles": 9, "search_lag_seconds": 0.0})
    beat(store, clock, Part.API, host="two", details={"search_articles": 7, "search_lag_seconds": 4.0})

    assert read_status(store, EmptyQueues(), now=clock.now()).search == SearchState(articles=7, lag_seconds=4.0)


def test_a_part_looks_for_its_own_stall_now_and_then(store: Store, clock: ManualClock) -> None:
    watch = StallWatch(store, Part.WORKER, clock)
    healthy = watch.is_found()
    overdue_with_a_live_worker(store, clock, host=socket.gethostname())

    assert not healthy
    assert watch.is_found()
