from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.errors import RefusedError
from copytaster.explain import Explainer, Explanation
from copytaster.model.article import ArticleStatus, RelationKind
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.reading import ParsingReader
from copytaster.parsing.registry import ParserRegistry
from copytaster.tagging.rule_tagger import RuleTagger
from copytaster.tagging.rules.active_rules import ActiveRules
from copytaster.tagging.tagger import PlainTagger
from tests.factories import POLICY, START, Desk, JsonParser, a_desk, an_item, prose

if TYPE_CHECKING:
    from tests.conftest import RealServer

WORDS, OTHER_WORDS = prose(1), prose(5)
EDITED = WORDS[:100] + prose(2, count=10)
URL = "https://example.org/story"
EARLY, LATE = "2026-01-01T08:00:00+00:00", "2026-01-01T09:00:00+00:00"


@pytest.fixture
def client(server: RealServer) -> Iterator[redis.Redis]:
    with server.client() as client:
        yield client


@pytest.fixture
def desk(client: redis.Redis, clock: ManualClock) -> Desk:
    """Return a pipeline that has processed two versions of one story."""
    desk = a_desk(redis_store(client, clock=clock, window=timedelta(days=30)), clock)
    first = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    second = desk.deliver_items(an_item(OTHER_WORDS, url=URL, modified_at=LATE))
    desk.ingest(first, second)
    return desk


def stored_values(client: redis.Redis) -> dict[Any, Any]:
    return {key: client.dump(key) for key in client.keys("*")}


def explain(
    tmp_path: Path,
    item: dict[str, Any],
    desk: Desk | None,
    *,
    source: str | None = "wire",
    tagger: RuleTagger | PlainTagger | None = None,
) -> Explanation:
    file = tmp_path / "story.json"
    file.write_text(json.dumps([item, an_item(prose(9))]))
    explainer = Explainer(
        reader=ParsingReader(ParserRegistry([JsonParser()])),
        tagger=tagger or PlainTagger(),
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


def test_further_items_of_the_file_are_mentioned(tmp_path: Path) -> None:
    what, why = next(
        (each.what, each.why) for each in explain(tmp_path, an_item(WORDS), None).decisions if "items" in each.what
    )

    assert (what, why) == ("the first article of 2 items", "each other item is an article of its own")


def test_items_that_cannot_be_read_are_mentioned_with_the_first_fault(tmp_path: Path) -> None:
    file = tmp_path / "stories.jsonl"
    file.write_text('{"title": "Lock", "text": "It opened at dawn."}\n{"number": 1}\n')
    reader = ParsingReader(default_parsers())
    explainer = Explainer(reader=reader, tagger=PlainTagger(), policy=POLICY, clock=ManualClock(), store=None)

    decisions = explainer.explain(file, source=None).decisions

    (why,) = [each.why for each in decisions if "items" in each.what]
    assert "; 1 cannot be read, the first: stories.jsonl: line 2 holds no article" in why


def test_a_status_that_a_rule_sets_is_that_of_the_article(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("rules:\n  - {id: hold, when: {term: made}, then: {status: withheld}}\n")
    tagger = RuleTagger(PlainTagger(), ActiveRules(rules, {}, seconds=lambda: 0.0), "v1")

    explanation = explain(tmp_path, an_item(WORDS), None, tagger=tagger)

    assert explanation.article.status is ArticleStatus.WITHHELD
    assert ("tag", "status: withheld") in {(each.stage, each.what) for each in explanation.decisions}


def test_a_rule_makes_no_status_less_strict(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("rules:\n  - {id: hold, when: {term: made}, then: {status: withheld}}\n")
    tagger = RuleTagger(PlainTagger(), ActiveRules(rules, {}, seconds=lambda: 0.0), "v1")

    explanation = explain(tmp_path, an_item(WORDS, status="canceled"), None, tagger=tagger)

    assert explanation.article.status is ArticleStatus.CANCELED


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (an_item(prose(7)), None),
        (an_item(WORDS, url="https://other.example/"), RelationKind.EXACT),
        (an_item(EDITED), RelationKind.NEAR),
        (an_item(OTHER_WORDS, url=URL), RelationKind.EXACT),
        (an_item(WORDS, url=URL), RelationKind.EXACT),
        (an_item(EDITED, url=URL), RelationKind.UPDATE),
        (an_item(WORDS, url=URL, status="canceled"), RelationKind.UPDATE),
        (an_item(WORDS, url="https://other.example/", status="canceled"), None),
    ],
    ids=["new", "copy", "near", "same", "old version", "update", "kill", "kill of an unknown article"],
)
def test_the_relation_equals_the_pipelines_and_nothing_is_written(
    tmp_path: Path, desk: Desk, client: redis.Redis, item: dict[str, Any], expected: RelationKind | None
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


QUAKE = "An earthquake of magnitude 6.1 struck Port Hadley, damaged 240 houses and closed the harbour bridge."


def placed(explanation: Explanation) -> list[tuple[str, str]]:
    return [(each.what, each.why) for each in explanation.decisions if each.stage == "place"]


def of_a_quake(desk: Desk, text: str) -> str:
    """Process an article, place it, and return its story."""
    (article_id,) = desk.settled(delivered(desk, text)).article_ids
    article = desk.store.articles.get(article_id)
    assert article
    desk.deps.placing.place([article.model_copy(update={"topics": ()})])
    return desk.store.stories.ids([article_id])[article_id]


def delivered(desk: Desk, text: str) -> DeliveryId:
    delivery = desk.deliver_items({"title": "Earthquake strikes Port Hadley", "text": text})
    desk.ingest(delivery)
    return delivery


def test_the_story_that_an_article_would_join_is_named_with_the_evidence(
    tmp_path: Path, desk: Desk, client: redis.Redis
) -> None:
    story = of_a_quake(desk, QUAKE)
    before = stored_values(client)

    text = "In Port Hadley, 240 houses and the harbour bridge were damaged when an earthquake of magnitude 6.1 struck."
    item = {"title": "Port Hadley earthquake damaged houses and bridge", "text": text}
    (joined,) = placed(explain(tmp_path, item, desk))

    assert joined[0] == f"joins the story {story}"
    assert "in common: " in joined[1]
    assert "hadley" in joined[1].casefold()
    assert stored_values(client) == before


def test_an_edited_copy_of_a_canceled_article_is_shown_as_withheld(tmp_path: Path, desk: Desk) -> None:
    kill = desk.deliver_items(an_item(prose(8), url=URL, modified_at="2026-01-01T10:00:00+00:00", status="canceled"))
    desk.ingest(kill)
    (killed,) = desk.settled(kill).article_ids

    explanation = explain(tmp_path, an_item(EDITED), desk)

    assert (explanation.article.status, explanation.article.relation) == (ArticleStatus.WITHHELD, None)
    (why,) = [each.why for each in explanation.decisions if each.what == "new, withheld"]
    assert why == f"near copy of {killed}, which is canceled"


def test_an_article_without_a_near_story_founds_one(tmp_path: Path, desk: Desk) -> None:
    of_a_quake(desk, QUAKE)

    decisions = placed(explain(tmp_path, an_item(prose(7)), desk))

    assert decisions[0] == ("founds a story", "no story is near enough")


def test_a_known_article_stays_in_its_story(tmp_path: Path, desk: Desk) -> None:
    story = of_a_quake(desk, QUAKE)

    decisions = placed(explain(tmp_path, {"title": "Earthquake strikes Port Hadley", "text": QUAKE}, desk))

    assert [what for what, _ in decisions] == [f"is in the story {story}"]
