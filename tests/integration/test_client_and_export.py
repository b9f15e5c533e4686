"""The client against a real API process: lists, events across a restart of the process, and the export."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.client import Client, NotFoundError
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleStatus
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.outbound.cloud_event import CloudEvent
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from tests.factories import a_delivery, an_article
from tests.integration.api_process import Api, running

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

ARTICLES = 120
"""More than a page of the list, and than a page of the export."""


@pytest.fixture
def store(own_server: RealServer) -> Iterator[Store]:
    client = connect(own_server.address, name="writer")
    yield redis_store(client, clock=SystemClock(), window=timedelta(days=1))
    client.close()


def arrive(store: Store, number: int, status: ArticleStatus = ArticleStatus.USABLE) -> None:
    delivery = a_delivery(number)
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
    article = an_article(f"a{number:03}", source="wire", status=status)
    store.articles.create(article, owner=delivery.id)
    outcome = Outcome(disposition=Disposition.STORED, article_ids=(article.id,))
    store.ledger.settle(delivery.id, outcome, by="worker")


def test_a_client_reads_lists_events_and_exports_of_a_real_api(
    tmp_path: Path, own_server: RealServer, own_port: int, wait: Waiter, store: Store
) -> None:
    for number in range(ARTICLES):
        arrive(store, number, ArticleStatus.WITHHELD if number == 7 else ArticleStatus.USABLE)
    names = {f"a{number:03}" for number in range(ARTICLES)}

    with Client(f"http://127.0.0.1:{own_port}") as client:
        with running(Api(tmp_path, own_server, own_port), wait) as api:
            assert {each.id for each in client.articles(source="Wire")} == names
            assert client.article("a007").text
            assert client.status().articles == ARTICLES
            with pytest.raises(NotFoundError, match="there is no article a999"):
                client.article("a999")
            status, body = api.get("/api/v1/export")
            exported = {each["id"]: each["text"] for each in map(json.loads, body.splitlines())}
            assert status == 200
            assert set(exported) == names
            assert exported["a007"] is None
            events = client.events(types=["article.*"], after="0")
            first = list(islice(events, 50))
        with running(Api(tmp_path, own_server, own_port), wait):
            rest = list(islice(events, ARTICLES - 50))

    subjects = [each.subject for each in (*first, *rest) if isinstance(each, CloudEvent)]
    assert subjects == sorted(names)  # each once and in order, although the process was another one in between
