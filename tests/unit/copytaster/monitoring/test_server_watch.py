from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.clock import ManualClock
from copytaster.errors import CommandRefusedError, ServerUnavailableError
from copytaster.monitoring.server_watch import ServerWatch


class Server:
    """A server that answers until it hangs."""

    def __init__(self) -> None:
        self.hangs = False

    def ping(self) -> None:
        if self.hangs:
            raise ServerUnavailableError("Timeout reading from socket: it hangs; restart it")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def watch(server: Server, clock: ManualClock) -> ServerWatch:
    return ServerWatch(server.ping, clock)


def test_an_outage_begins_at_the_last_answer_and_ends_with_the_next(
    server: Server, watch: ServerWatch, clock: ManualClock
) -> None:
    clock.advance(seconds=5)
    watch.check()
    last_answer = clock.now()
    assert not watch.outage

    server.hangs = True
    for _ in range(3):
        clock.advance(seconds=1)
        watch.check()
    during = watch.outage
    assert during
    assert during.since == last_answer

    server.hangs = False
    watch.check()
    assert not watch.outage


def test_the_problem_says_since_when_why_and_what_to_do(server: Server, watch: ServerWatch, clock: ManualClock) -> None:
    server.hangs = True
    clock.advance(seconds=14)
    watch.check()

    assert watch.outage is not None
    problem = watch.outage.problem

    assert (problem.code, problem.since) == ("no_redis", clock.now() - timedelta(seconds=14))
    assert "has not answered since 2026-01-01 00:00:00 UTC: Timeout reading" in problem.message
    assert "it hangs; restart it" in problem.message


def test_an_error_before_the_first_check_is_described_with_the_last_answer(
    watch: ServerWatch, clock: ManualClock
) -> None:
    clock.advance(seconds=1)

    outage = watch.describe(ServerUnavailableError("connection refused"))

    assert (outage.since, outage.cause) == (clock.now() - timedelta(seconds=1), "connection refused")
    assert watch.outage is None


def test_a_server_that_answers_and_refuses_a_change_is_not_said_to_be_silent(
    watch: ServerWatch, clock: ManualClock
) -> None:
    clock.advance(seconds=1)

    problem = watch.describe(CommandRefusedError("MISCONF: the disk is full; free some space")).problem

    assert (
        problem.message == "the Redis server answers, and refuses commands: MISCONF: the disk is full; free some space"
    )
    assert (problem.code, problem.since) == ("no_redis", None)


def test_a_server_that_refuses_the_watch_itself_is_not_said_to_be_silent(clock: ManualClock) -> None:
    def refuse() -> None:
        raise CommandRefusedError("LOADING: it loads its data; wait")

    watch, start = ServerWatch(refuse, clock), clock.now()
    clock.advance(seconds=9)
    watch.check()

    assert watch.outage is not None
    problem = watch.outage.problem
    assert problem.message == "the Redis server answers, and refuses commands: LOADING: it loads its data; wait"
    assert problem.since == start
