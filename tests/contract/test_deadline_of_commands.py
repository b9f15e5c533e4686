"""Past the deadline of a request, the client of a process that reports sends nothing more to the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.clock import Deadline, ManualClock, present_deadline
from copytaster.errors import DeadlineError
from copytaster.model.article import ArticleId
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.redis.client import connect
from copytaster.store.store import Store

if TYPE_CHECKING:
    from tests.conftest import RealServer

WINDOW = timedelta(days=30)


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    deadline = Deadline(seconds)
    token = present_deadline.set(deadline)
    try:
        yield deadline
    finally:
        present_deadline.reset(token)


@contextmanager
def a_store(server: RealServer, clock: ManualClock, *, reader: bool) -> Iterator[Store]:
    client = connect(server.address, name="contract", reader=reader)
    yield redis_store(client, clock=clock, window=WINDOW)
    client.close()


def test_no_command_is_sent_past_the_deadline(server: RealServer, clock: ManualClock) -> None:
    with a_store(server, clock, reader=True) as store:
        with within(0):
            with pytest.raises(DeadlineError, match="too long"):
                store.articles.get(ArticleId("a1"))  # a pipeline
            with pytest.raises(DeadlineError):
                store.articles.count()  # a command
            with pytest.raises(DeadlineError):
                store.ledger.balance()  # a transaction
        with within(60):
            assert store.articles.find(ArticleQuery()).articles == ()
        assert store.articles.count() == 0


def test_a_lifted_deadline_and_a_process_that_works_are_not_held_up(server: RealServer, clock: ManualClock) -> None:
    with a_store(server, clock, reader=True) as store, within(0) as deadline:
        deadline.lift()
        assert store.articles.count() == 0
    with a_store(server, clock, reader=False) as store, within(0):
        assert store.articles.count() == 0
