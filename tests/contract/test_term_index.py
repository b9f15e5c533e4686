"""The index of terms on the server, compared with lists."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest
from redis import Redis

from copytaster.model.article import ArticleId
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.redis.posting_lists import BUCKET_NAME, IN_BLOCK, TERM, hashed
from copytaster.store.redis.term_index import WIDTH, Edit, TermIndex, articles_of
from tests.contract.metered_server import metered

TERMS = ("language:en", "topic:harbours", "entity:ada lind")
KEYS = Keys()


def position(number: int, *, at: int | None = None) -> Cursor:
    """Return the position of an article whose id does not have the order of its receipt."""
    return Cursor(number if at is None else at, ArticleId(f"a{number * 7_919 % 100_003:020x}"))


def index_of(client: Redis, numbers: range) -> TermIndex:
    """Return an index in which one term has articles."""
    index = TermIndex(client, KEYS)
    index.edit([Edit(position(each), frozenset({TERMS[0]})) for each in numbers])
    return index


@pytest.mark.parametrize("seed", range(4))
def test_the_index_has_the_articles_that_were_added_and_not_removed_in_order(client: Redis, seed: int) -> None:
    chance, index = random.Random(seed), TermIndex(client, KEYS)
    expected: defaultdict[str, set[Cursor]] = defaultdict(set)
    for step in range(60):
        edits = []
        for _ in range(chance.randrange(1, 20)):
            # Mostly in order, as articles arrive; some late, some at the same time, some again.
            at = step * 20 + chance.randrange(20) if chance.random() < 0.8 else chance.randrange(1_200)
            where = position(chance.randrange(2_000), at=at)
            added = frozenset(each for each in TERMS if chance.random() < 0.7)
            removed = frozenset(TERMS) - added if chance.random() < 0.3 else frozenset[str]()
            edits.append(Edit(where, added, removed))
            for each in TERMS:
                expected[each] = (expected[each] | ({where} if each in added else set())) - (
                    {where} if each in removed else set()
                )
        index.edit(edits)
        term, before = chance.choice(TERMS), position(0, at=chance.randrange(step * 20 + 20))
        ordered = sorted(expected[term], reverse=True)

        assert list(index.positions(term, before=None)) == ordered
        assert list(index.positions(term, before=before)) == [each for each in ordered if each < before]
    for term in TERMS:
        for where in chance.sample(sorted(expected[term]), len(expected[term])):
            index.edit([Edit(where, frozenset(), frozenset({term}))])

    assert client.keys("*") == []


def test_the_index_has_the_articles_of_rare_terms_also_if_their_bucket_is_full(client: Redis) -> None:
    """With so many terms some buckets of the small set are full."""
    chance, index = random.Random(1), TermIndex(client, KEYS)
    names = [f"entity:{number}" for number in range(30_000)]
    expected: defaultdict[str, set[Cursor]] = defaultdict(set)
    for number in range(600):
        terms = frozenset(chance.sample(names, 100))
        index.edit([Edit(position(number), terms)])
        for each in terms:
            expected[each].add(position(number))

    fields: Any = client.hgetall(KEYS.term_index())
    found: defaultdict[bytes, set[Cursor]] = defaultdict(set)
    for field in fields.items():
        for term, where in articles_of(*field):
            found[term].add(where)
    checked = chance.sample(sorted(expected), 200)

    assert found == {hashed(name): positions for name, positions in expected.items()}
    assert {name[:1] for name in fields if len(name) == BUCKET_NAME} == {b"1", b"2"}
    assert max(len(value) for name, value in fields.items() if len(name) == BUCKET_NAME) == 16 * (TERM + WIDTH)
    assert all(list(index.positions(each, before=None)) == sorted(expected[each], reverse=True) for each in checked)
    for name in names[:50]:
        index.lists.remove_term(name)
    assert not any(list(index.positions(name, before=None)) for name in names[:50])
    for name in checked:
        index.edit([Edit(where, frozenset(), frozenset({name})) for where in expected[name]])
    assert not any(list(index.positions(name, before=None)) for name in checked)


def test_a_late_article_costs_the_same_among_few_and_among_many(client: Redis) -> None:
    costs = []
    for count in (200, 200, 5_000):  # the first round also loads the script
        client.flushall()
        index = index_of(client, range(100, 100 + count))
        with metered(client) as cost:
            index.edit([Edit(position(90), frozenset({TERMS[0]}))])
            index.edit([Edit(position(150, at=155), frozenset({TERMS[0]}))])
        costs.append(cost)

    assert costs[2].commands <= costs[1].commands
    assert abs(costs[2].read - costs[1].read) < WIDTH  # numbers with more digits
    assert costs[2].written <= costs[1].written


def test_a_page_costs_the_same_wherever_it_is_and_however_many_articles_follow(client: Redis) -> None:
    costs = []
    for count in (2_000, 2_000, 8_000):
        client.flushall()
        index = index_of(client, range(count))
        with metered(client) as cost:
            page = list(zip(range(50), index.positions(TERMS[0], before=position(1_000)), strict=False))
        costs.append(cost)
        assert [each.received for _, each in page] == list(range(999, 949, -1))

    assert costs[2].commands <= costs[1].commands
    assert costs[2].read < costs[1].read + WIDTH  # numbers with more digits


def test_no_value_has_more_postings_than_two_blocks(client: Redis) -> None:
    chance = random.Random(1)
    numbers = chance.sample(range(3_000), 3_000)
    index = TermIndex(client, KEYS)
    for each in numbers:
        index.edit([Edit(position(each), frozenset({TERMS[0]}))])

    values = [len(each) for each in client.hvals(KEYS.term_index())]

    assert max(values) <= 2 * IN_BLOCK * WIDTH + 1
    assert sum(each // WIDTH for each in values) == len(numbers)


def test_the_size_of_a_term_is_known_within_a_block(client: Redis) -> None:
    index = index_of(client, range(1_000))
    pipe = client.pipeline(transaction=False)
    index.lists.count([TERMS[0], TERMS[1]], pipe)

    many, none = index.lists.sizes(pipe.execute())

    assert abs(many - 1_000) <= IN_BLOCK
    assert none == 0


def test_terms_with_the_same_beginning_of_their_names_are_apart(client: Redis) -> None:
    index = TermIndex(client, KEYS)
    names = [f"entity:{number}" for number in range(200)]
    index.edit([Edit(position(number), frozenset({name})) for number, name in enumerate(names)])

    assert len(set(map(hashed, names))) == len(names)
    assert all(list(index.positions(name, before=None)) == [position(number)] for number, name in enumerate(names))
