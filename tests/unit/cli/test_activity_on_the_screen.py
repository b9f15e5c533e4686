from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import Event
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.heartbeat import HeartbeatSender
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster_cli.activity import LINES_PER_SUMMARY, MAX_LINES, PROBLEM_INTERVAL, QUIET, Activity
from tests.factories import START, a_delivery, an_article

ADDRESS = "http://127.0.0.1:8000/"


@pytest.fixture
def store(clock: ManualClock) -> Store:
    store = memory_store(clock)
    send_heartbeats(store, clock)
    return store


@pytest.fixture
def activity(store: Store, clock: ManualClock) -> Activity:
    made = Activity(store, EmptyQueues(), clock, address=ADDRESS, unnamed=["seeds/one.txt"])
    made.last_event = "0-0"  # the ids of events in memory contain no time
    return made


def send_heartbeats(store: Store, clock: ManualClock) -> None:
    for part, queues in ((Part.WATCHER, ""), (Part.WORKER, "ingest,tag,retag,suspect,backfill")):
        HeartbeatSender(store.presence, clock, part=part, name=f"{part}@host:1").beat(queues=queues)


def settle(store: Store, number: int, path: str, outcome: Outcome) -> None:
    delivery = a_delivery(number, path=path)
    store.ledger.register(delivery, due_in=timedelta(seconds=10), by="test")
    store.ledger.settle(delivery.id, outcome, by="test")


def stored(store: Store, number: int, path: str = "wire/ferry.txt", title: str = "Ferry returns") -> None:
    article = an_article(f"a{number}", title=title)
    store.articles.create(article, owner=a_delivery(number).id)
    settle(store, number, path, Outcome(disposition=Disposition.STORED, article_ids=(article.id,)))


def without_times(lines: list[str]) -> list[str]:
    return [line[10:] if line[2] == ":" else line for line in lines]


def test_a_stored_file_is_shown_with_its_title(store: Store, activity: Activity) -> None:
    stored(store, 1)

    assert without_times(list(activity.lines())) == ['stored       wire/ferry.txt  "Ferry returns"']
    assert list(activity.lines()) == []


def test_a_line_has_the_local_time(store: Store, activity: Activity) -> None:
    stored(store, 1)

    (line,) = activity.lines()

    assert line.startswith(f"{START.astimezone():%H:%M:%S}  ")


def test_a_failed_file_is_shown_with_its_reason_and_message(store: Store, activity: Activity) -> None:
    failure = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="wire/a.txt is empty (0 bytes)")
    settle(store, 1, "wire/a.txt", failure)
    other = Outcome(disposition=Disposition.QUARANTINED, reason=Reason.PARSE_FAILED, message="a tag is\nnot closed")
    settle(store, 2, "wire/b.xml", other)

    assert without_times(list(activity.lines())) == [
        "rejected     wire/a.txt is empty (0 bytes) (empty)",
        "quarantined  wire/b.xml  parse_failed: a tag is not closed",
    ]


def test_a_burst_is_counted_and_failures_get_lines_first(store: Store, activity: Activity) -> None:
    for number in range(2 * MAX_LINES):
        stored(store, number, f"wire/{number}.txt", title=f"Story {number}")
    settle(store, 99, "wire/bad.txt", Outcome(disposition=Disposition.REJECTED, reason=Reason.NO_TEXT))

    *lines, more = without_times(list(activity.lines()))

    assert len(lines) == MAX_LINES
    assert any(line.startswith("rejected     wire/bad.txt") for line in lines)
    assert more == f"and          {MAX_LINES + 1} more: {MAX_LINES + 1} stored"


def test_sample_files_get_no_lines(store: Store, activity: Activity) -> None:
    stored(store, 1, "seeds/one.txt")

    assert list(activity.lines()) == []


def test_the_address_is_repeated_before_it_has_scrolled_away(store: Store, activity: Activity) -> None:
    lines = list[str]()
    for number in range(LINES_PER_SUMMARY):
        stored(store, number)
        lines += activity.lines()

    assert len(lines) == LINES_PER_SUMMARY + 1
    assert lines[-1] == f"--- {LINES_PER_SUMMARY} files so far: {LINES_PER_SUMMARY} stored.  Dashboard {ADDRESS}"


def test_the_address_follows_a_few_lines_after_a_while(store: Store, activity: Activity, clock: ManualClock) -> None:
    stored(store, 1)
    list(activity.lines())
    clock.advance(seconds=QUIET.total_seconds())
    send_heartbeats(store, clock)

    assert list(activity.lines()) == [f"--- 1 files so far: 1 stored.  Dashboard {ADDRESS}"]
    assert list(activity.lines()) == []


def test_a_lasting_problem_is_shown_once_and_its_end_too(store: Store, activity: Activity, clock: ManualClock) -> None:
    list(activity.lines())
    clock.advance(seconds=30)  # without a heartbeat
    shown = list[list[str]]()
    for _ in range(3):
        shown.append(without_times(list(activity.lines())))
        clock.advance(seconds=PROBLEM_INTERVAL.total_seconds())
    send_heartbeats(store, clock)
    end = without_times(list(activity.lines()))

    assert [len(lines) for lines in shown] == [0, 2, 0]
    assert shown[1][0].startswith("problem      no watcher has sent a heartbeat")
    assert end == ["ready        the system is ready again"]


class HangingEvents(MemoryEvents):
    """The events of a server that answers or hangs."""

    hangs = False

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        if self.hangs:
            raise ServerUnavailableError("the server hangs; restart it")
        return super().read(after=after, limit=limit)


def test_a_server_that_hangs_is_reported_once_and_its_recovery_too(store: Store, clock: ManualClock) -> None:
    events = HangingEvents(clock)
    activity = Activity(replace(store, events=events), EmptyQueues(), clock, address=ADDRESS)

    events.hangs = True
    reported = [without_times(list(activity.lines())) for _ in range(4)]
    events.hangs = False

    assert reported == [[], ["problem      the server hangs; restart it"], [], []]
    assert without_times(list(activity.lines())) == ["ready        the Redis server answers again"]
    assert list(activity.lines()) == []


def test_control_characters_of_a_name_do_not_reach_the_terminal(store: Store, activity: Activity) -> None:
    stored(store, 1, title="Ferry\x1b[31m returns")

    assert "\x1b" not in next(iter(activity.lines()))
