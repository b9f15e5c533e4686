from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from copytaster.model.article import ArticleId
from copytaster.store.ports.near_index import Signed
from copytaster.store.store import Store
from tests.factories import START, a_signature, prose

A1, A2, A3 = ArticleId("a1"), ArticleId("a2"), ArticleId("a3")
WORDS = prose(1)
ORIGINAL = a_signature(WORDS)
EDITED = a_signature(WORDS[:100] + prose(2, count=10))
OTHER = a_signature(prose(3))
WINDOW = timedelta(days=30)


def test_numbers_increase_in_the_order_of_adding(store: Store) -> None:
    numbers = [
        store.near.add(each, signature, at=START) for each, signature in ((A1, ORIGINAL), (A2, OTHER), (A3, EDITED))
    ]

    assert numbers == sorted(set(numbers))


def test_adding_again_changes_nothing(store: Store) -> None:
    first = store.near.add(A1, ORIGINAL, at=START)
    store.near.add(A2, EDITED, at=START)

    again = store.near.add(A1, ORIGINAL, at=START)

    assert again == first
    assert [each.article_id for each in store.near.find_similar(ORIGINAL, at=START)] == [A1, A2]


def test_only_earlier_similar_articles_are_found(store: Store) -> None:
    store.near.add(A1, ORIGINAL, at=START)
    store.near.add(A2, OTHER, at=START)
    store.near.add(A3, EDITED, at=START)

    found = store.near.find_earlier(A3, EDITED, at=START)

    assert [(each.article_id, each.signature, each.at) for each in found] == [(A1, ORIGINAL, START)]
    assert store.near.find_earlier(A1, ORIGINAL, at=START) == store.near.find_earlier(A2, OTHER, at=START) == []


def test_an_article_is_added_and_searched_in_one_call(store: Store) -> None:
    store.near.add(A1, ORIGINAL, at=START)

    found = store.near.add_and_find(A3, EDITED, at=START)
    again = store.near.add_and_find(A3, EDITED, at=START)

    assert [each.article_id for each in found] == [A1]
    assert again == found == store.near.find_earlier(A3, EDITED, at=START)
    assert store.near.add_and_find(A2, OTHER, at=START) == []


def test_an_excerpt_finds_the_whole_text_and_the_other_way_round(store: Store) -> None:
    quarter = a_signature(WORDS[:30])
    store.near.add(A1, ORIGINAL, at=START)

    below = store.near.add_and_find(A2, quarter, at=START)
    above = store.near.add_and_find(A3, a_signature([*prose(5, count=60), *WORDS[:30]]), at=START)

    assert [each.article_id for each in below] == [A1]
    assert [each.article_id for each in above] == [A1, A2]


def test_candidates_are_ordered_by_number(store: Store) -> None:
    for each in (A3, A1, A2):
        store.near.add(each, ORIGINAL, at=START)

    assert [each.article_id for each in store.near.find_similar(ORIGINAL, at=START)] == [A3, A1, A2]
    assert [each.article_id for each in store.near.find_earlier(A2, ORIGINAL, at=START)] == [A3, A1]


def test_of_two_that_add_before_either_searches_only_the_later_finds_the_other(store: Store) -> None:
    store.near.add(A1, ORIGINAL, at=START)
    store.near.add(A2, EDITED, at=START)

    assert store.near.find_earlier(A1, ORIGINAL, at=START) == []
    assert [each.article_id for each in store.near.find_earlier(A2, EDITED, at=START)] == [A1]


def test_a_search_adds_nothing(store: Store) -> None:
    nothing = store.near.find_similar(ORIGINAL, at=START)

    store.near.add(A1, EDITED, at=START)

    assert nothing == []
    assert store.near.find_earlier(A1, EDITED, at=START) == []


def test_an_article_is_found_by_the_text_of_each_of_its_versions_and_keeps_its_number(store: Store) -> None:
    number = store.near.add(A1, ORIGINAL, at=START)
    store.near.add(A2, OTHER, at=START)

    again = store.near.add(A1, a_signature(prose(4)), at=START)

    assert again == number
    for signature in (ORIGINAL, a_signature(prose(4))):
        found = store.near.find_similar(signature, at=START)
        assert {each.article_id for each in found} == {A1}
        assert signature in {each.signature for each in found}
    assert store.near.find_earlier(A1, a_signature(prose(4)), at=START) == []


def test_articles_find_each_other_within_a_window_of_article_time_in_both_directions(store: Store) -> None:
    store.near.add(A1, ORIGINAL, at=START)

    found = {days: store.near.find_similar(EDITED, at=START + timedelta(days=days)) for days in (-31, -29, 29, 31)}

    assert {days for days, candidates in found.items() if candidates} == {-29, 29}


def test_an_article_keeps_its_number_when_a_version_comes_a_window_later(store: Store) -> None:
    number = store.near.add(A1, ORIGINAL, at=START)
    later = START + timedelta(days=29)

    again = store.near.add(A1, OTHER, at=later)

    assert again == number
    assert [each.sequence for each in store.near.find_similar(OTHER, at=later + timedelta(days=29))] == [number]


def test_sixty_copies_all_find_the_first(store: Store) -> None:
    """More than one field of the index contains; a newsroom's alert is delivered a few dozen times."""
    ids = [ArticleId(f"c{number}") for number in range(60)]

    for each in ids:
        store.near.add(each, ORIGINAL, at=START)

    found = [store.near.find_earlier(each, ORIGINAL, at=START) for each in ids]

    assert [each[0].article_id for each in found[1:]] == [ids[0]] * 59
    assert all(len({each.article_id for each in one}) == len(one) for one in found)


def test_articles_are_found_and_removed_also_if_more_of_them_have_a_bucket_than_it_contains(store: Store) -> None:
    """The lowest 16 bits of a posting choose the bucket."""
    signatures = {
        ArticleId(f"c{number}"): replace(OTHER, postings=tuple((3 * number + each) << 16 | each for each in range(3)))
        for number in range(70)
    }
    for name, signature in signatures.items():
        store.near.add(name, signature, at=START)

    found = [store.near.find_similar(signature, at=START) for signature in signatures.values()]
    for name, signature in signatures.items():
        store.near.remove(name, [(signature, START)])

    assert [[each.article_id for each in one] for one in found] == [[name] for name in signatures]
    assert store.near.contained(list(signatures)) == set()


def test_an_article_without_words_finds_only_others_without_words(store: Store) -> None:
    nothing, other = a_signature(["…"]), a_signature(["!"])
    store.near.add(A1, nothing, at=START)

    assert [each.article_id for each in store.near.add_and_find(A2, other, at=START)] == [A1]
    assert store.near.add_and_find(A3, ORIGINAL, at=START) == []


def test_of_articles_added_together_each_finds_those_before_it(store: Store) -> None:
    store.near.add(A3, OTHER, at=START)

    found = store.near.add_and_find_many([Signed(A1, ORIGINAL, START), Signed(A2, EDITED, START)])
    again = store.near.add_and_find_many([Signed(A2, EDITED, START), Signed(A3, OTHER, START)])

    assert [[each.article_id for each in one] for one in found] == [[], [A1]]
    assert [[each.article_id for each in one] for one in again] == [[A1], []]
    assert found[1] == store.near.find_earlier(A2, EDITED, at=START)
    assert store.near.add_and_find_many([]) == []
