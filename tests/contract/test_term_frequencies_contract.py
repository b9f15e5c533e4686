from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from copytaster.clock import ManualClock
from copytaster.store.keys import Keys
from copytaster.store.memory.term_frequencies import MemoryTermFrequencies
from copytaster.store.ports.term_frequencies import Frequencies, ReadOnlyTermFrequencies, TermFrequencies, Terms
from copytaster.store.redis.client import connect
from copytaster.store.redis.term_frequencies import RedisTermFrequencies
from copytaster.store.store import Store

SMALL_GENERATION = 3


def seen(number: int, *terms: str, language: str = "en", new: bool = True) -> Terms:
    return Terms(version=f"a{number}:1", language=language, terms=terms, new=new)


@pytest.fixture(params=["memory", "valkey"])
def forgetful(request: pytest.FixtureRequest) -> Iterator[TermFrequencies]:
    if request.param == "memory":
        yield MemoryTermFrequencies(SMALL_GENERATION)
        return
    client = connect(request.getfixturevalue("server").address, name="contract")
    yield RedisTermFrequencies(client, Keys(), ManualClock(), SMALL_GENERATION)
    client.close()


def test_an_article_is_counted_with_each_of_its_terms(store: Store) -> None:
    store.terms.count([seen(1, "glacier", "ice")])

    (found,) = store.terms.count([seen(2, "ice", "otter")])

    assert found == Frequencies(articles=2, counts=(2, 1))


def test_each_article_of_a_batch_includes_those_before_it(store: Store) -> None:
    first, second = store.terms.count([seen(1, "ice"), seen(2, "ice", "melt")])

    assert first == Frequencies(1, (1,))
    assert second == Frequencies(2, (2, 1))


def test_a_redelivered_version_is_counted_once(store: Store) -> None:
    store.terms.count([seen(1, "ice"), seen(1, "ice")])

    (again,) = store.terms.count([seen(1, "ice")])

    assert again == Frequencies(1, (1,))


def test_versions_that_are_not_new_are_only_read(store: Store) -> None:
    store.terms.count([seen(1, "ice")])

    (known,) = store.terms.count([seen(2, "ice", "otter", new=False)])
    (dry,) = ReadOnlyTermFrequencies(store.terms).count([seen(3, "ice")])

    assert known == Frequencies(1, (1, 0))
    assert dry == Frequencies(1, (1,))


def test_languages_are_counted_separately(store: Store) -> None:
    store.terms.count([seen(1, "is", language="en")])

    (found,) = store.terms.count([seen(2, "is", language="nl")])

    assert found == Frequencies(1, (1,))


def test_an_empty_batch_has_no_frequencies(store: Store) -> None:
    assert store.terms.count([]) == []


def test_an_article_may_have_more_terms_than_one_command_accepts(store: Store) -> None:
    terms = tuple(f"term{number}" for number in range(5000))

    (found,) = store.terms.count([seen(1, *terms)])

    assert found.articles == 1
    assert len(found.counts) == len(terms)
    assert min(found.counts) == 1


def test_the_articles_of_a_batch_may_have_more_terms_than_one_command_accepts(store: Store) -> None:
    batch = [seen(number, "ice", *(f"term{number}.{place}" for place in range(999))) for number in range(10)]

    found = store.terms.count(batch)

    assert [(each.articles, len(each.counts)) for each in found] == [(number + 1, 1_000) for number in range(10)]
    # Terms may share a counter, but a term of all articles is counted in each.
    assert all(each.counts[0] >= number + 1 for number, each in enumerate(found))


def test_a_counter_that_has_reached_its_limit_stays_there_for_all_articles_of_a_batch(
    client: Redis, server_store: Store
) -> None:
    server_store.terms.count([seen(1, "ice")])
    (counters,) = client.keys("*present*")
    client.setrange(counters, 2, b"\xff" * (int(client.strlen(counters)) - 2))  # all but that of the articles

    found = server_store.terms.count([seen(2, "ice"), seen(3, "ice")])

    assert [each.articles for each in found] == [2, 3]
    assert min(each.counts[0] for each in found) >= 65_535


def test_old_counts_are_removed_one_generation_at_a_time(forgetful: TermFrequencies) -> None:
    for number in range(SMALL_GENERATION):
        forgetful.count([seen(number, "old")])
    (still_known,) = forgetful.count([seen(10, "old", "new", new=False)])
    for number in range(20, 20 + SMALL_GENERATION):
        forgetful.count([seen(number, "new")])

    (later,) = forgetful.count([seen(30, "old", "new", new=False)])

    assert still_known == Frequencies(SMALL_GENERATION, (SMALL_GENERATION, 0))
    assert later == Frequencies(SMALL_GENERATION, (0, SMALL_GENERATION))
