from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition
from copytaster.pipeline.dependencies import Dependencies
from tests.factories import POLICY, Desk, a_desk, an_item, prose

WORDS = prose(1)
EDITED = WORDS[:100] + prose(2, count=10)
URL = "https://example.org/story"
EARLY, LATE = "2026-01-01T08:00:00+00:00", "2026-01-01T09:00:00+00:00"


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


class KilledError(BaseException):
    """Stands for `kill -9`: nothing in the program can catch it."""


class Mortal:
    """A port at which the process dies: before its call of a given number, or after it, before the answer is used."""

    def __init__(self, port: Any, calls: itertools.count[int], dies_at: int, *, after: bool) -> None:
        self._port, self._calls, self._dies_at, self._after = port, calls, dies_at, after

    def __getattr__(self, name: str) -> Any:
        """Return the port's method with death in it."""
        real = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:
            fatal = next(self._calls) == self._dies_at
            if fatal and not self._after:
                raise KilledError
            answer = real(*arguments, **named)
            if fatal:
                raise KilledError
            return answer

        return call


class MortalAtTheEnd:
    """A ledger at which the process dies before it can record the end of a delivery."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        """Return the ledger's method."""
        return getattr(self._ledger, name)

    def settle(self, *arguments: Any, **named: Any) -> bool:
        """Die."""
        del arguments, named
        raise KilledError


def mortal(desk: Desk, dies_at: int, *, after: bool) -> Dependencies:
    calls = itertools.count()
    store: Any = {
        name: Mortal(getattr(desk.store, name), calls, dies_at, after=after)
        for name in ("ledger", "known_files", "articles", "near")
    }
    others: Any = {
        name: Mortal(getattr(desk.deps, name), calls, dies_at, after=after) for name in ("archive", "quarantine")
    }
    return replace(desk.deps, store=replace(desk.store, **store), **others)


STORIES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], Disposition]] = {
    "new": ([], an_item(WORDS), Disposition.STORED),
    "copy": ([an_item(WORDS, url=URL)], an_item(WORDS, url=URL, summary="other bytes"), Disposition.DUPLICATE),
    "near": ([an_item(WORDS)], an_item(EDITED), Disposition.DUPLICATE),
    "update": (
        [an_item(WORDS, url=URL, modified_at=EARLY)],
        an_item(prose(5), url=URL, modified_at=LATE),
        Disposition.NEW_VERSION,
    ),
    "near a canceled one": (
        [an_item(WORDS, url=URL, modified_at=EARLY), an_item(prose(5), url=URL, modified_at=LATE, status="canceled")],
        an_item(EDITED),
        Disposition.STORED,
    ),
    "refused": ([], {"title": "no text"}, Disposition.QUARANTINED),
}


def outcome_of(desk: Desk, delivery: DeliveryId) -> tuple[Any, ...]:
    """Return what the store says in the end, without times and attempts."""
    record = desk.settled(delivery)
    articles: list[Article] = [each for one in record.article_ids for each in desk.store.articles.versions(one)]
    assert desk.store.ledger.balance().closed
    return record.disposition, record.relation, record.article_ids, articles, sorted(desk.quarantine.reports)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_and_delivered_again_it_ends_as_if_undisturbed(*, story: str, after: bool) -> None:
    earlier, item, expected = STORIES[story]

    def run(dies_at: int) -> tuple[bool, tuple[Any, ...]]:
        clock = ManualClock()
        desk = a_desk(memory_store(clock), clock)
        desk.ingest(*(desk.deliver_items(each) for each in earlier))
        delivery, survived = desk.deliver_items(item), True
        try:
            desk.ingest(delivery, deps=mortal(desk, dies_at, after=after))
        except KilledError:
            survived = False
        clock.advance(seconds=POLICY.lease.total_seconds())
        desk.ingest(delivery)
        return survived, outcome_of(desk, delivery)

    undisturbed = run(dies_at=-1)
    assert undisturbed[1][0] is expected
    for dies_at in itertools.count():
        survived, outcome = run(dies_at)
        assert outcome == undisturbed[1], f"killed at call {dies_at}"
        if survived:
            assert dies_at >= 4
            break


def test_a_copy_that_overtakes_an_interrupted_original_does_not_make_it_a_duplicate(desk: Desk) -> None:
    original = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    update = desk.deliver_items(an_item(prose(5), url=URL, modified_at=LATE))
    copy = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    store: Any = replace(desk.store, ledger=MortalAtTheEnd(desk.store.ledger))

    with pytest.raises(KilledError):
        desk.ingest(original, deps=replace(desk.deps, store=store))
    desk.ingest(copy, update)
    desk.clock.advance(seconds=POLICY.lease.total_seconds())
    desk.ingest(original)

    assert desk.dispositions([original, update, copy]) == [
        Disposition.STORED,
        Disposition.NEW_VERSION,
        Disposition.DUPLICATE,
    ]
