"""The store that ``benchmarks.api`` fills: what it writes directly is as consistent as what the stages write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.api.filled_store import fill
from benchmarks.growth.owners import without_owner
from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.matching import is_listed
from copytaster.store.ports.articles import ArticleQuery
from tests.conftest import RealServer

MODELS, ARTICLES, COPIES = 20, 70, 5


def test_variants_are_articles_with_deliveries_labels_and_stories(
    server: RealServer, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    with server.client() as client:
        fill(client, articles=ARTICLES, copies=COPIES, seed=1, models=MODELS)

        store = redis_store(client, clock=ManualClock(now), window=timedelta(days=1))
        newest = store.articles.find(ArticleQuery(limit=ARTICLES - MODELS)).articles
        balance = store.ledger.balance()
        assert balance.closed
        assert balance.seen == ARTICLES + COPIES
        assert balance.dispositions[Disposition.STORED] >= ARTICLES - MODELS
        assert store.ledger.waiting(Work.TAG) == 0
        assert without_owner(client, store)["without_owner"] == 0
    assert len(newest) == ARTICLES - MODELS
    assert all(each.tagged and is_listed(each) for each in newest)
    assert now - newest[0].received_at < timedelta(minutes=1)
    assert {each.id for each in newest} == store.stories.ids([each.id for each in newest]).keys()
    assert f"{ARTICLES} of {ARTICLES} articles" in capsys.readouterr().err
