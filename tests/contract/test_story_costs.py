"""What stories cost the server: round trips, commands and bytes, whatever the number and the size of the stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis

from benchmarks.pipeline.counters import ServerCounter
from copytaster.archive.placements import MemoryPlacements
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Entity, EntityType, Relation, RelationKind
from copytaster.model.batches import batched
from copytaster.store.ports.stories import IndexKey, Placed, StoryChange, StoryEntry, StoryId, founded_story
from copytaster.store.store import Store
from copytaster.stories.evidence import Evidence
from copytaster.stories.placing import Placing
from copytaster.stories.reading import PAGE, list_stories, read_story
from copytaster.stories.recording import evidence_bytes
from copytaster.stories.records import with_copy
from tests.contract.metered_server import Cost, metered
from tests.factories import START, an_article, delivery_id, prose

GROUP = 20
"""Articles of one message."""

MOST_ROUND_TRIPS = 4
"""Frequencies and stories are read, the placements committed, and the words of the group counted."""

MOST_COMMANDS = 17
"""Of the server for an article that founds a story, those inside scripts too."""

MOST_BYTES = 1_300
"""Of the server's memory for an article that founds a story and shares hardly any word with others, which is the
dearest kind: each of its index keys is a new one. An article of a day's news takes 500 to 800 bytes."""

DIGITS = 300
"""Bytes by which two equal pieces of work may differ: numbers with more digits."""


@pytest.fixture
def store(server_store: Store) -> Store:
    return server_store


@pytest.fixture
def placing(store: Store, clock: ManualClock) -> Placing:
    return Placing(store=store, placements=MemoryPlacements(), clock=clock)


def article_id(number: int) -> ArticleId:
    return ArticleId(f"a{number:020x}")


def unlike(number: int) -> Article:
    """Return an article with words and names of its own and two names that many have, as an article of news has."""
    names = (f"Mira Kestrel{number}", "Rotterdam", f"Harbour {number % 40}")
    return an_article(
        article_id(number),
        title=" ".join(prose(number, count=8)),
        text=" ".join([*prose(number, count=60), "Rotterdam", f"Harbour {number % 40}"]),
        received_at=START + timedelta(seconds=number),
        source="wire",
        word_count=60,
        language="en",
        topics=(),
        entities=tuple(Entity(name=each, type=EntityType.PLACE, count=1, spans=()) for each in names),
    )


def fill(placing: Placing, numbers: range) -> None:
    for start in range(numbers.start, numbers.stop, GROUP):
        placing.place([unlike(number) for number in range(start, min(start + GROUP, numbers.stop))])


def add_stories(store: Store, numbers: range) -> None:
    """Add stories with the keys of other ones, without comparing articles."""
    known = list(store.stories.records([founded_story(article_id(number)) for number in range(200)]).values())
    changes = []
    for number in numbers:
        pattern, at = known[number % len(known)], START + timedelta(seconds=number)
        new = [IndexKey(each + number) for each in pattern.keys[len(pattern.keys) // 2 :]]
        record = replace(
            pattern,
            id=founded_story(article_id(number)),
            revision=0,
            last_seen=at,
            keys=(*pattern.keys[: len(pattern.keys) // 2], *new),
        )
        entry = StoryEntry(article_id(number), at)
        changes.append(StoryChange(records=(record,), placed=(Placed(record.id, entry),), keys=record.keys))
    for page in batched(changes, 500):
        assert all(store.stories.commit(page))


def cost_of(client: Redis, placing: Placing, articles: Sequence[Article]) -> Cost:
    with metered(client) as cost:
        assert placing.place(articles) == {each.id for each in articles}
    return cost


def test_a_group_of_articles_is_placed_in_four_round_trips(client: Redis, placing: Placing) -> None:
    fill(placing, range(GROUP))
    counter = ServerCounter(client)

    before = counter.counts()
    placing.place([unlike(100)])
    few = counter.counts()
    cost = cost_of(client, placing, [unlike(number) for number in range(200, 200 + GROUP)])

    assert few.round_trips - before.round_trips <= MOST_ROUND_TRIPS
    assert cost.commands / GROUP <= MOST_COMMANDS


def test_placing_again_reads_and_writes_nothing_new(client: Redis, store: Store, placing: Placing) -> None:
    group = [unlike(number) for number in range(GROUP)]
    placing.place(group)
    before = {key: client.dump(key) for key in client.keys("ct:{stories}:*")}

    placing.place(group)

    assert {key: client.dump(key) for key in client.keys("ct:{stories}:*")} == before
    assert store.stories.open_count() == GROUP
    assert len(placing.placements.read("2026/01/01")) == 1


def test_an_article_costs_the_same_among_few_and_among_many_stories(
    client: Redis, store: Store, placing: Placing
) -> None:
    fill(placing, range(200))
    add_stories(store, range(200, 1_000))
    few = cost_of(client, placing, [unlike(number) for number in range(50_000, 50_000 + GROUP)])
    add_stories(store, range(1_000, 10_000))
    many = cost_of(client, placing, [unlike(number) for number in range(60_000, 60_000 + GROUP)])

    assert store.stories.open_count() == 10_000 + 2 * GROUP
    assert many.commands <= few.commands
    assert many.read <= few.read + DIGITS
    assert many.written <= few.written + DIGITS


def test_a_story_takes_a_bounded_number_of_bytes(client: Redis, store: Store, placing: Placing) -> None:
    count = 2_000
    fill(placing, range(count))
    while store.stories.report(limit=count, again_in=timedelta(minutes=1)):
        pass

    used = [client.memory_usage(key, samples=0) or 0 for key in client.keys("ct:{stories}:*")]

    assert sum(used) / count <= MOST_BYTES


def grow(store: Store, original: Article, numbers: range) -> None:
    """Store copies of an article, and put them into its story at once."""
    story_id = founded_story(original.id)
    relation = Relation(kind=RelationKind.NEAR, of=original.id, score=0.9)
    evidence = evidence_bytes(Evidence(score=relation.score, relation=relation))
    record, placed = store.stories.records([story_id])[story_id], []
    for number in numbers:
        copy = unlike(number).model_copy(update={"text": original.text, "relation": relation})
        store.articles.create(copy, owner=delivery_id(number))
        record = with_copy(record, copy.source, copy.received_at)
        placed.append(Placed(story_id, StoryEntry(copy.id, copy.received_at, is_copy=True, evidence=evidence)))
    assert store.stories.commit([StoryChange(records=(record,), placed=tuple(placed))]) == [True]


def test_a_copy_costs_the_same_in_a_story_of_few_and_of_many(client: Redis, store: Store, placing: Placing) -> None:
    original = unlike(0)
    placing.place([original])
    relation = Relation(kind=RelationKind.NEAR, of=original.id, score=0.9)
    grow(store, original, range(100, 120))
    with metered(client) as few:
        placing.place_copy(unlike(7_000), relation)
    grow(store, original, range(1_000, 3_000))
    with metered(client) as many:
        placing.place_copy(unlike(8_000), relation)

    record = store.stories.records([founded_story(original.id)])[founded_story(original.id)]
    assert (record.articles, record.copies) == (1, 2_022)
    assert many.commands <= few.commands
    assert many.read <= few.read + DIGITS
    assert many.written <= few.written + DIGITS


def test_a_page_of_a_story_of_two_thousand_members_costs_what_one_of_a_small_story_does(
    client: Redis, store: Store, placing: Placing, clock: ManualClock
) -> None:
    for number in (0, 1):
        store.articles.create(unlike(number), owner=delivery_id(number + 1))
        placing.place([unlike(number)])
    small, large = founded_story(article_id(0)), founded_story(article_id(1))
    grow(store, unlike(0), range(100, 100 + PAGE))
    grow(store, unlike(1), range(1_000, 3_000))

    def read(story_id: StoryId, cursor: str | None = None) -> tuple[Cost, str | None]:
        with metered(client) as cost:
            story = read_story(story_id, store, now=clock.now(), cursor=cursor)
        assert story
        assert len(story.members) == PAGE
        return cost, story.next_cursor

    read(small)
    few, _ = read(small)
    many, cursor = read(large)
    later, _ = read(large, cursor)

    assert many.commands <= few.commands
    assert later.commands <= few.commands + 5  # the position of the cursor, and the lead, which is on no later page
    assert max(many.read, later.read) <= 1.1 * few.read
    with metered(client) as one:
        list_stories(store, now=clock.now(), limit=1)
    assert one.read <= few.read / 5
