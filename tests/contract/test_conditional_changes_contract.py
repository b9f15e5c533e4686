"""A change by a person may depend on the state that the person has read; of two at once, one is made."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.articles.exclusive_change import OtherStateError, exclusive_change
from copytaster.articles.pins import PinRequest, Pins
from copytaster.articles.removal import remove_article
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, Duplicate, RelationKind, Tagging
from copytaster.model.pin import Pin
from copytaster.model.release import Release
from copytaster.store.ports.articles import ChangeStart
from copytaster.store.store import Store
from tests.conftest import wait_until
from tests.factories import START, an_article, delivery_id

NAME = ArticleId("a1")
MINUTE = timedelta(minutes=1)
LABELS = Tagging(language="en", topics=(), entities=(), keywords=(), provenance={})


@pytest.fixture
def article(store: Store) -> Article:
    found = an_article(NAME)
    store.articles.create(found, owner=delivery_id(1))
    return found


def link(store: Store, _: Article) -> None:
    copy = Duplicate(
        delivery_id=delivery_id(3),
        kind=RelationKind.EXACT,
        score=1,
        name="a.txt",
        source=None,
        article_id=NAME,
        received_at=START,
    )
    store.articles.add_duplicate(NAME, copy)


def release(store: Store, article: Article) -> None:
    store.articles.release(NAME, article.origin, Release(by="Ann", decided_at=START))


CHANGES: dict[str, Callable[[Store, Article], object]] = {
    "a version": lambda store, article: store.articles.add_version(
        article.model_copy(update={"text": "Another text."}), owner=delivery_id(2)
    ),
    "labels": lambda store, _: store.articles.annotate(NAME, 1, LABELS),
    "a copy": link,
    "a release": release,
    "its removal": lambda store, _: remove_article(NAME, store, before=None),
}


def test_the_state_of_an_unknown_article_is_empty(store: Store) -> None:
    assert store.articles.state(NAME) == ""


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_makes_another_state(store: Store, article: Article, change: str) -> None:
    states = [store.articles.state(NAME), store.articles.state(NAME)]
    CHANGES[change](store, article)
    states.append(store.articles.state(NAME))

    assert states[0] == states[1] != states[2]
    assert store.articles.begin_change(NAME, owner="ann", lease=MINUTE, state=states[0]) is ChangeStart.OTHER_STATE


def test_a_change_begins_once_and_its_end_makes_another_state(store: Store, article: Article) -> None:
    state = store.articles.state(article.id)
    begun = [store.articles.begin_change(NAME, owner=each, lease=MINUTE, state=state) for each in ("ann", "ben")]
    store.articles.end_change(NAME, owner="ben")
    begun.append(store.articles.begin_change(NAME, owner="ben", lease=MINUTE))
    store.articles.end_change(NAME, owner="ann")

    assert begun == [ChangeStart.BEGUN, ChangeStart.BUSY, ChangeStart.BUSY]
    assert store.articles.begin_change(NAME, owner="ben", lease=MINUTE, state=state) is ChangeStart.OTHER_STATE
    assert store.articles.begin_change(NAME, owner="ben", lease=MINUTE) is ChangeStart.BEGUN


def test_a_change_whose_process_has_died_does_not_block_others_for_ever(store: Store, article: Article) -> None:
    store.articles.begin_change(article.id, owner="ann", lease=timedelta(milliseconds=50))

    wait_until(lambda: store.articles.begin_change(NAME, owner="ben", lease=MINUTE) is ChangeStart.BEGUN, seconds=10)


def test_an_article_that_is_deleted_in_a_change_leaves_nothing(
    store: Store, article: Article, clock: ManualClock
) -> None:
    with exclusive_change(article.id, store, clock):
        remove_article(article.id, store, before=None)

    assert store.articles.state(NAME) == ""
    assert store.articles.ids(0)[1] == []


@pytest.mark.parametrize("change", CHANGES)
def test_what_happens_between_reading_and_changing_refuses_the_change(
    store: Store, article: Article, clock: ManualClock, change: str
) -> None:
    def expected(_: Article) -> bool:
        CHANGES[change](store, article)
        return True

    with (
        pytest.raises(OtherStateError, match="a1 is not in the state"),
        exclusive_change(article.id, store, clock, expected=expected),
    ):
        pytest.fail("the change was made")


def test_of_many_changes_of_the_same_state_one_is_made(store: Store, article: Article, clock: ManualClock) -> None:
    pins = Pins(store=store, decisions=MemoryDecisions(), clock=clock)
    together = threading.Barrier(8)

    def pin(number: int) -> Pin | None:
        together.wait(timeout=20)
        try:
            return pins.decide(article.id, PinRequest(by=str(number)), expected=lambda each: each.pin is None).pin
        except OtherStateError:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [each for each in pool.map(pin, range(8)) if each]

    assert len(made) == 1
    assert store.articles.pins([NAME]) == {NAME: made[0]}


def test_changes_without_a_condition_are_all_made_one_after_another(
    store: Store, article: Article, clock: ManualClock
) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def change(_: int) -> None:
        nonlocal inside, most
        with exclusive_change(article.id, store, clock):
            with lock:
                inside += 1
                most = max(most, inside)
            store.articles.state(article.id)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, range(8)))

    assert most == 1
