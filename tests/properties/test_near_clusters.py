"""However the work of several workers interleaves, and however often a message comes, the clusters are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from copytaster.dedup.relations import COPIES, copy_relations, judge
from copytaster.model.article import ArticleId, Relation
from copytaster.store.keys import Keys
from copytaster.store.memory.near_index import MemoryNearIndex
from copytaster.store.ports.near_index import NearIndex
from copytaster.store.redis.near_index import RedisNearIndex
from tests.factories import POLICY, START, a_signature, prose

if TYPE_CHECKING:
    from tests.conftest import RealServer

WINDOW = timedelta(days=30)
Clusters = set[frozenset[int]]


def a_text(number: int) -> list[str]:
    """Return one of three stories: whole, edited, or the better half of it."""
    story, state = number % 3, number // 3
    words = prose(story)
    return words[: 120 - 15 * (state % 4)] + prose(100 + number, count=state % 5)


SIGNATURES = [a_signature(a_text(number)) for number in range(12)]
IDS = [ArticleId(f"a{number}") for number in range(12)]


@pytest.fixture(scope="module")
def client(shared_server: RealServer) -> Iterator[redis.Redis]:
    with shared_server.client() as client:
        yield client


@st.composite
def interleavings(draw: Callable[..., Any]) -> list[int]:
    """Return whose turn it is, again and again; each article takes two turns for each of its one to three messages."""
    articles = draw(st.lists(st.integers(0, 11), min_size=2, max_size=8, unique=True))
    turns = [article for article in articles for _ in range(2 * draw(st.integers(1, 3)))]
    return list(draw(st.permutations(turns)))


def played(turns: list[int], index: NearIndex) -> dict[int, list[Relation]]:
    """Let each article add at its odd turns and look at its even ones; return what it last found."""
    found: dict[int, list[Relation]] = {}
    added: set[int] = set()
    for number in turns:
        if number not in added:
            index.add(IDS[number], SIGNATURES[number], at=START)
            added.add(number)
        else:
            candidates = index.find_earlier(IDS[number], SIGNATURES[number], at=START)
            found[number] = judge(candidates, SIGNATURES[number], threshold=POLICY.near_threshold)
            added.remove(number)
    return found


def clusters(found: dict[int, list[Relation]]) -> Clusters:
    merged = {number: frozenset({number}) for number in found}
    for number, relations in found.items():
        for each in relations:
            if each.kind in COPIES:
                both = merged[number] | merged[IDS.index(each.of)]
                merged.update(dict.fromkeys(both, both))
    return set(merged.values())


def stories_of(turns: list[int]) -> Clusters:
    return {frozenset(number for number in turns if number % 3 == story) for story in range(3)} - {frozenset()}


@given(interleavings())
def test_every_interleaving_ends_with_the_same_clusters(turns: list[int]) -> None:
    found = played(turns, MemoryNearIndex())

    assert clusters(found) == stories_of(turns)


@given(interleavings())
def test_every_interleaving_leaves_one_original_a_cluster(turns: list[int]) -> None:
    found = played(turns, MemoryNearIndex())

    originals = [number for number, relations in found.items() if not copy_relations(relations)]
    assert sorted(number % 3 for number in originals) == sorted({number % 3 for number in turns})


@given(interleavings())
def test_the_server_finds_what_memory_finds(client: redis.Redis, turns: list[int]) -> None:
    client.flushall()

    on_server = played(turns, RedisNearIndex(client, Keys(), WINDOW))

    assert on_server == played(turns, MemoryNearIndex(WINDOW))


@given(st.permutations(range(9)))
def test_the_order_of_arrival_does_not_change_the_clusters(order: list[int]) -> None:
    index = MemoryNearIndex()

    found = {
        number: judge(
            index.add_and_find(IDS[number], SIGNATURES[number], at=START),
            SIGNATURES[number],
            threshold=POLICY.near_threshold,
        )
        for number in order
    }

    assert clusters(found) == stories_of(list(order))


@given(st.lists(st.integers(0, 11), min_size=1, max_size=6, unique=True))
def test_adding_twice_leaves_the_server_as_adding_once(client: redis.Redis, numbers: list[int]) -> None:
    client.flushall()
    index = RedisNearIndex(client, Keys(), WINDOW)
    for number in numbers:
        index.add(IDS[number], SIGNATURES[number], at=START)
    once = contents(client)

    for number in numbers:
        index.add_and_find(IDS[number], SIGNATURES[number], at=START)

    assert contents(client) == once


def contents(client: redis.Redis) -> dict[object, object]:
    """Return the values of all keys; the order of a hash's fields changes while the server moves them."""
    return {key: client.hgetall(key) if client.type(key) == b"hash" else client.get(key) for key in client.keys("*")}
