"""The index of terms on the server, compared with lists."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from math import ceil
from typing import Any

import pytest
from redis import Redis

from copytaster.model.article import ArticleId
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.redis.posting_lists import BLOCK_BYTES, BUCKET_NAME, TERM, hashed, in_block
from copytaster.store.redis.posting_names import AT_ONCE
from copytaster.store.redis.term_index import WIDTH, Edit, TermIndex
from tests.contract.metered_server import metered

TERMS = ("language:en", "topic:harbours", "entity:ada lind")
KEYS = Keys()


def position(number: int, *, at: int | None = None) -> Cursor:
    """Return the position of an article whose id does not have the order of its receipt."""
    time = number if at is None else at
    return Cursor(time, ArticleId(f"a{number * 7_919 % 100_003:08x}{time:012x}"))


def edit(client: Redis, index: TermIndex, edits: Sequence[Edit]) -> None:
    """Edit the index; the articles are in the listing of all, as those of a store are."""
    client.zadd(KEYS.listing(), {each.at.article_id: each.at.received for each in edits})
    index.edit(edits)


def index_of(client: Redis, numbers: range) -> TermIndex:
    """Return an index in which one term has articles."""
    index = TermIndex(client, KEYS)
    edit(client, index, [Edit(position(each), frozenset({TERMS[0]})) for each in numbers])
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
        edit(client, index, edits)
        term, before = chance.choice(TERMS), position(0, at=chance.randrange(step * 20 + 20))
        ordered = sorted(expected[term], reverse=True)

        assert list(index.positions(term, before=None)) == ordered
        assert list(index.positions(term, before=before)) == [each for each in ordered if each < before]
    for term in TERMS:
        for where in chance.sample(sorted(expected[term]), len(expected[term])):
            index.edit([Edit(where, frozenset(), frozenset({term}))])

    assert client.keys("*") == [KEYS.listing().encode()]


def test_the_index_has_the_articles_of_rare_terms_also_if_their_bucket_is_full(client: Redis) -> None:
    """With so many terms some buckets of the small set are full."""
    chance, index = random.Random(1), TermIndex(client, KEYS)
    names = [f"entity:{number}" for number in range(30_000)]
    expected: defaultdict[str, set[Cursor]] = defaultdict(set)
    for number in range(600):
        terms = frozenset(chance.sample(names, 100))
        edit(client, index, [Edit(position(number), terms)])
        for each in terms:
            expected[each].add(position(number))

    fields: Any = client.hgetall(KEYS.term_index())
    found: defaultdict[bytes, set[Cursor]] = defaultdict(set)
    after, entries = index.sweep(0, count=len(fields))
    times: Any = client.zrange(KEYS.listing(), 0, -1, withscores=True)
    received = {each: int(score) for each, score in times}
    for entry in entries:
        (article_id,) = entry.article_ids
        found[entry.term].add(Cursor(received[article_id.encode()], article_id))
    checked = chance.sample(sorted(expected), 200)

    assert after == 0
    assert found == {hashed(name): positions for name, positions in expected.items()}
    assert {name[:1] for name in fields if len(name) == BUCKET_NAME} == {b"1", b"2"}
    assert max(len(value) for name, value in fields.items() if len(name) == BUCKET_NAME) == 22 * (TERM + WIDTH)
    assert all(list(index.positions(each, before=None)) == sorted(expected[each], reverse=True) for each in checked)
    for name in names[:50]:
        index.lists.remove_terms([name])
    assert not any(list(index.positions(name, before=None)) for name in names[:50])
    for name in checked:
        index.edit([Edit(where, frozenset(), frozenset({name})) for where in expected[name]])
    assert not any(list(index.positions(name, before=None)) for name in checked)


def test_a_sweep_looks_up_a_hundred_postings_at_a_time_so_that_the_server_answers_others(client: Redis) -> None:
    index = TermIndex(client, KEYS)
    edit(client, index, [Edit(position(each), frozenset({f"entity:{each}"})) for each in range(300)])
    client.config_resetstat()

    _, entries = index.sweep(0, count=1_000)

    calls: dict[str, Any] = client.info("commandstats")
    assert len(entries) == 300
    assert calls["cmdstat_evalsha"]["calls"] == ceil(300 / AT_ONCE)


def test_a_late_article_costs_the_same_among_few_and_among_many(client: Redis) -> None:
    costs = []
    for count in (200, 200, 5_000):  # the first round also loads the script
        client.flushall()
        index = index_of(client, range(100, 100 + count))
        with metered(client) as cost:
            edit(client, index, [Edit(position(90), frozenset({TERMS[0]}))])
            edit(client, index, [Edit(position(150, at=155), frozenset({TERMS[0]}))])
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
        edit(client, index, [Edit(position(each), frozenset({TERMS[0]}))])

    values = [len(each) for each in client.hvals(KEYS.term_index())]

    assert max(values) <= 2 * BLOCK_BYTES + 1
    assert sum(each // WIDTH for each in values) == len(numbers)


def test_the_size_of_a_term_is_known_within_a_block(client: Redis) -> None:
    index = index_of(client, range(1_000))
    pipe = client.pipeline(transaction=False)
    index.lists.count([TERMS[0], TERMS[1]], pipe)

    many, none = index.lists.sizes(pipe.execute())

    assert abs(many - 1_000) <= in_block(WIDTH)
    assert none == 0


def test_terms_with_the_same_beginning_of_their_names_are_apart(client: Redis) -> None:
    index = TermIndex(client, KEYS)
    names = [f"entity:{number}" for number in range(200)]
    edit(client, index, [Edit(position(number), frozenset({name})) for number, name in enumerate(names)])

    assert len(set(map(hashed, names))) == len(names)
    assert all(list(index.positions(name, before=None)) == [position(number)] for number, name in enumerate(names))


def test_of_thousands_of_articles_received_at_one_time_each_page_has_the_next_ones_at_the_same_cost(
    client: Redis,
) -> None:
    """As with a feed that is read for the first time; every fourth article has the term."""
    costs = []
    for count in (2_000, 2_000, 8_000):  # the first round also loads the script
        client.flushall()
        index = TermIndex(client, KEYS)
        terms = frozenset({TERMS[0]}), frozenset[str](), frozenset[str](), frozenset[str]()
        everything = sorted((position(each, at=77) for each in range(count)), reverse=True)
        edit(
            client,
            index,
            [Edit(each, terms[number % 4]) for number, each in enumerate(everything)],
        )
        with metered(client) as cost:
            page = [each for _, each in zip(range(50), index.positions(TERMS[0], before=everything[500]), strict=False)]
        costs.append(cost)
        assert page == everything[504:704:4]

    assert costs[2].commands <= 1.2 * costs[1].commands  # two more steps of halving
    assert costs[2].read < costs[1].read + WIDTH


def test_two_articles_with_the_same_posting_are_both_found_after_and_before_each_other(client: Redis) -> None:
    index = TermIndex(client, KEYS)
    pair = [Cursor(5, ArticleId(f"a{'00' * 4}{each * 12}")) for each in "f1"]
    edit(client, index, [Edit(each, frozenset({TERMS[0]})) for each in pair])

    assert list(index.positions(TERMS[0], before=None)) == pair
    assert list(index.positions(TERMS[0], before=pair[0])) == pair[1:]


def test_a_posting_whose_article_the_listing_does_not_have_is_passed_over(client: Redis) -> None:
    index = index_of(client, range(10))
    client.zrem(KEYS.listing(), position(4).article_id)

    found = [each.received for each in index.positions(TERMS[0], before=None)]

    assert found == [9, 8, 7, 6, 5, 3, 2, 1, 0]
