from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import fakeredis
import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.errors import RefusedError
from copytaster.explain import Explainer, Explanation
from copytaster.model.article import RelationKind
from copytaster.model.disposition import Reason
from copytaster.parsing.reading import ParsingReader
from copytaster.parsing.registry import ParserRegistry
from copytaster.tagging.tagger import PlainTagger
from tests.factories import POLICY, START, Desk, JsonParser, a_desk, an_item, prose

WORDS, OTHER_WORDS = prose(1), prose(5)
EDITED = WORDS[:100] + prose(2, count=10)
URL = "https://example.org/story"
EARLY, LATE = "2026-01-01T08:00:00+00:00", "2026-01-01T09:00:00+00:00"


@pytest.fixture
def client() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis(version=(7,))


@pytest.fixture
def desk(client: fakeredis.FakeRedis, clock: ManualClock) -> Desk:
    """Return a pipeline that has processed two versions of one story."""
    desk = a_desk(redis_store(client, clock=clock, window=timedelta(days=30)), clock)
    first = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    second = desk.deliver_items(an_item(OTHER_WORDS, url=URL, modified_at=LATE))
    desk.ingest(first, second)
    return desk


def stored_values(client: fakeredis.FakeRedis) -> dict[Any, Any]:
    return {key: client.dump(key) for key in client.keys("*")}


def explain(tmp_path: Path, item: dict[str, Any], desk: Desk | None, *, source: str | None = "wire") -> Explanation:
    file = tmp_path / "story.json"
    file.write_text(json.dumps([item, an_item(prose(9))]))
    explainer = Explainer(
        reader=ParsingReader(ParserRegistry([JsonParser()])),
        tagger=PlainTagger(),
        policy=POLICY,
        clock=ManualClock(),
        store=desk.store if desk else None,
    )
    return explainer.explain(file, source=source)


def test_without_a_store_the_article_is_shown_but_not_compared(tmp_path: Path) -> None:
    explanation = explain(tmp_path, an_item(WORDS), None)

    article = explanation.article
    assert explanation.items == 2
    assert (article.text, article.source, article.received_at) == (" ".join(WORDS), "wire", START)
    assert article.tagged
    assert article.provenance.keys() >= {"title", "source", "language", "topics"}
    assert ("dedupe", "not compared") in {(each.stage, each.what) for each in explanation.decisions}
    assert {each.stage for each in explanation.decisions} == {"parse", "dedupe", "tag"}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (an_item(prose(7)), None),
        (an_item(WORDS, url="https://other.example/"), RelationKind.EXACT),
        (an_item(EDITED), RelationKind.NEAR),
        (an_item(OTHER_WORDS, url=URL), RelationKind.EXACT),
        (an_item(WORDS, url=URL), RelationKind.EXACT),
        (an_item(EDITED, url=URL), RelationKind.UPDATE),
    ],
    ids=["new", "copy", "near", "same", "old version", "update"],
)
def test_the_relation_equals_the_pipelines_and_nothing_is_written(
    tmp_path: Path, desk: Desk, client: fakeredis.FakeRedis, item: dict[str, Any], expected: RelationKind | None
) -> None:
    before = stored_values(client)

    explanation = explain(tmp_path, item, desk)

    assert stored_values(client) == before
    delivery = desk.deliver_items(item)
    desk.ingest(delivery)
    assert explanation.article.relation == desk.settled(delivery).relation
    assert (explanation.article.relation.kind if explanation.article.relation else None) is expected


@pytest.mark.parametrize(("content", "reason"), [(b"", Reason.EMPTY), (b"x" * 100_001, Reason.TOO_LARGE)])
def test_a_file_refused_by_admission_is_refused_with_its_reason(tmp_path: Path, content: bytes, reason: Reason) -> None:
    file = tmp_path / "story.json"
    file.write_bytes(content)
    explainer = Explainer(
        reader=ParsingReader(ParserRegistry([])), tagger=PlainTagger(), policy=POLICY, clock=ManualClock(), store=None
    )

    with pytest.raises(RefusedError) as caught:
        explainer.explain(file, source=None)

    assert caught.value.reason is reason
