from __future__ import annotations

from copytaster.article import ArticleId
from copytaster.deps import Store
from tests.factories import START, a_signature, prose

A1, A2, A3 = ArticleId("a1"), ArticleId("a2"), ArticleId("a3")
WORDS = prose(1)
ORIGINAL = a_signature(WORDS)
EDITED = a_signature(WORDS[:100] + prose(2, count=10))
OTHER = a_signature(prose(3))


def test_numbers_rise_in_the_order_of_adding(store: Store) -> None:
    numbers = [
        store.near.add(each, signature, at=START) for each, signature in ((A1, ORIGINAL), (A2, OTHER), (A3, EDITED))
    ]

    assert numbers == sorted(set(numbers))


def test_adding_again_changes_nothing(store: Store) -> None:
    first = store.near.add(A1, ORIGINAL, at=START)
    store.near.add(A2, EDITED, at=START)

    again = store.near.add(A1, ORIGINAL, at=START)

    assert again == first
    assert [each.article_id for each in store.near.alike(ORIGINAL)] == [A1, A2]


def test_only_earlier_articles_that_are_alike_are_found(store: Store) -> None:
    store.near.add(A1, ORIGINAL, at=START)
    store.near.add(A2, OTHER, at=START)
    store.near.add(A3, EDITED, at=START)

    found = store.near.earlier(A3, EDITED)

    assert [(each.article_id, each.signature) for each in found] == [(A1, ORIGINAL)]
    assert store.near.earlier(A1, ORIGINAL) == store.near.earlier(A2, OTHER) == []


def test_candidates_come_lowest_number_first(store: Store) -> None:
    for each in (A3, A1, A2):
        store.near.add(each, ORIGINAL, at=START)

    assert [each.article_id for each in store.near.alike(ORIGINAL)] == [A3, A1, A2]
    assert [each.article_id for each in store.near.earlier(A2, ORIGINAL)] == [A3, A1]


def test_of_two_that_add_before_either_looks_only_the_later_sees_the_other(store: Store) -> None:
    store.near.add(A1, ORIGINAL, at=START)
    store.near.add(A2, EDITED, at=START)

    assert store.near.earlier(A1, ORIGINAL) == []
    assert [each.article_id for each in store.near.earlier(A2, EDITED)] == [A1]


def test_looking_adds_nothing(store: Store) -> None:
    nothing = store.near.alike(ORIGINAL)

    store.near.add(A1, EDITED, at=START)

    assert nothing == []
    assert store.near.earlier(A1, EDITED) == []


def test_an_article_is_found_by_the_text_of_each_of_its_versions_and_keeps_its_number(store: Store) -> None:
    number = store.near.add(A1, ORIGINAL, at=START)
    store.near.add(A2, OTHER, at=START)

    again = store.near.add(A1, a_signature(prose(4)), at=START)

    assert again == number
    for signature in (ORIGINAL, a_signature(prose(4))):
        found = store.near.alike(signature)
        assert {each.article_id for each in found} == {A1}
        assert signature in {each.signature for each in found}
    assert store.near.earlier(A1, a_signature(prose(4))) == []
