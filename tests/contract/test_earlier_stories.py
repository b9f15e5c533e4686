"""Articles that an earlier release has stored keep their stories."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis

from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.earlier_stories import EarlierStories
from copytaster.clock import ManualClock, milliseconds
from copytaster.errors import ServerUnavailableError
from copytaster.model.article import Article, ArticleId, Relation, RelationKind
from copytaster.recovery.recall import recall_placements
from copytaster.store.ports.layout import LAYOUT
from copytaster.store.ports.stories import StoryId, Wanted
from copytaster.store.store import Store
from copytaster.stories.decided import Decided
from tests.contract.test_retention_contract import a_tagging
from tests.factories import START, an_article, delivery_id

A1, A2, A3, A4, A5 = (ArticleId(f"a{number:020x}") for number in range(1, 6))
MORE_THAN_A_PAGE = 300
NEAR = Relation(kind=RelationKind.NEAR, of=A1, score=0.9)


@pytest.fixture
def store(server_store: Store) -> Store:
    return server_store


@pytest.fixture
def placements() -> MemoryPlacements:
    return MemoryPlacements()


@pytest.fixture
def earlier(store: Store, client: Redis, placements: MemoryPlacements, clock: ManualClock) -> EarlierStories:
    """Store articles as an earlier release did: two and a copy that are tied, one by itself, one not tagged yet."""
    articles = [an_article(each, received_at=START + timedelta(hours=n)) for n, each in enumerate((A1, A2, A4, A5))]
    copy = an_article(A3, received_at=START + timedelta(hours=9), relation=NEAR)
    for number, each in enumerate((*articles, copy)):
        store.articles.create(each, owner=delivery_id(number + 1))
        if each.id in (A1, A2, A4):
            store.articles.annotate(each.id, 1, a_tagging("harbour"))
    for each in (articles[0], articles[1], copy):
        own, born = f"s{each.id[1:]}", f"{milliseconds(each.received_at):015}"
        client.hset("ct:{stories}:into", own, f"s{A1[1:]}:{born}")
        client.zadd("ct:{stories}:members", {f"s{A1[1:]}:{born}:{own}": 0})
    client.hset("ct:{stories}:relations", f"s{A3[1:]}", NEAR.model_dump_json())
    return EarlierStories(store, placements, clock)


def walk(earlier: EarlierStories) -> None:
    for _ in range(10):
        if earlier.step():
            return
    raise AssertionError("the walk does not end")


def story(article_id: str) -> StoryId:
    return StoryId(f"s{article_id[1:]}")


def test_articles_keep_the_stories_in_which_an_earlier_release_had_them(
    store: Store, client: Redis, earlier: EarlierStories
) -> None:
    walk(earlier)

    assert store.stories.ids([A1, A2, A3, A4, A5]) == {A1: story(A1), A2: story(A1), A3: story(A1), A4: story(A4)}
    records = store.stories.records([story(A1), story(A2), story(A4)])
    assert [(each.id, each.articles, each.copies, each.closed) for each in records.values()] == [
        (story(A1), 2, 1, True),
        (story(A1), 2, 1, True),
        (story(A4), 1, 0, True),
    ]
    assert [each.article_id for each in store.stories.entries(story(A1), limit=9).entries] == [A1, A2, A3]
    assert client.exists("ct:{stories}:into", "ct:{stories}:members", "ct:{stories}:relations") == 0


def test_the_walk_may_be_interrupted_and_made_by_several(
    store: Store, earlier: EarlierStories, placements: MemoryPlacements, clock: ManualClock
) -> None:
    walk(earlier)
    before = store.stories.records([story(A1), story(A4)])

    walk(EarlierStories(store, placements, clock))

    assert store.stories.records([story(A1), story(A4)]) == before
    store.layout.record(LAYOUT)
    again = EarlierStories(store, placements, clock)
    assert again.step()


@pytest.mark.parametrize("command", ["ids", "earlier", "records", "redirect", "commit", "remove_earlier"])
def test_an_outage_in_the_middle_of_the_walk_loses_no_article_and_no_former_id_of_a_story(
    store: Store, client: Redis, earlier: EarlierStories, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    more = [an_article(f"a{number:020x}") for number in range(100, 100 + MORE_THAN_A_PAGE)]
    for number, each in enumerate(more, 100):
        store.articles.create(each, owner=delivery_id(number))
        store.articles.annotate(each.id, 1, a_tagging("harbour"))
    carry_out, calls = getattr(store.stories, command), list[object]()

    def fail_once(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            raise ServerUnavailableError("away")
        return carry_out(*arguments)

    monkeypatch.setattr(store.stories, command, fail_once)
    with pytest.raises(ServerUnavailableError):
        walk(earlier)
    walk(earlier)

    assert store.stories.ids([A1, A2, A3, A4]) == {A1: story(A1), A2: story(A1), A3: story(A1), A4: story(A4)}
    assert store.stories.records([story(A2)])[story(A2)].id == story(A1)
    assert len(store.stories.ids([each.id for each in more])) == MORE_THAN_A_PAGE
    assert client.exists("ct:{stories}:into", "ct:{stories}:members", "ct:{stories}:relations") == 0


def test_a_rebuild_gives_the_same_stories_as_the_walk(
    store: Store, client: Redis, earlier: EarlierStories, placements: MemoryPlacements
) -> None:
    walk(earlier)
    client.flushall()

    recall_placements(placements, store.stories, Decided(), since=None)

    found = store.stories.situations([Wanted(each, ()) for each in (A1, A2, A4)])
    assert [each.assigned and each.assigned.story_id for each in found] == [story(A1), story(A1), story(A4)]


def test_an_article_that_is_not_tagged_yet_is_placed_by_its_tagging(store: Store, earlier: EarlierStories) -> None:
    untagged: Article | None = store.articles.get(A5)

    walk(earlier)

    assert untagged
    assert not untagged.tagged
    assert store.stories.ids([A5]) == {}
