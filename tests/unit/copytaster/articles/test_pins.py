from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from copytaster.archive.decisions import Decision, DecisionKind, MemoryDecisions
from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.pins import PinRequest, Pins
from copytaster.articles.views import show_article, show_versions
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.pin import Pin
from copytaster.store.store import Store
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import START, an_article, delivery_id

A1 = ArticleId("a1")
ANNA = PinRequest(by="Anna", reason="anniversary")


@pytest.fixture
def store(clock: ManualClock) -> Store:
    store = memory_store(clock)
    store.articles.create(an_article("a1", sha256="a" * 64), owner=delivery_id(1))
    return store


def test_a_pin_is_shown_and_recorded_and_the_first_one_counts(store: Store, clock: ManualClock) -> None:
    decisions = MemoryDecisions()
    pins = Pins(store=store, decisions=decisions, clock=clock)

    pins.decide(A1, ANNA)
    clock.advance(seconds=1)
    again = pins.decide(A1, PinRequest(by="Ben"))

    pin = Pin(at=START, by="Anna", reason="anniversary")
    shown = show_article(A1, store, now=clock.now())
    assert shown
    assert shown.pin == again.pin == show_versions(A1, store, now=clock.now(), limit=1).versions[0].pin == pin
    (decision,) = decisions.all()
    assert (decision.kind, decision.pin, decision.files) == (DecisionKind.PIN, pin, ("a" * 64,))
    assert pins.files() == {"a" * 64}


def test_an_unpinned_article_is_not_kept_any_more(store: Store, clock: ManualClock) -> None:
    decisions = MemoryDecisions()
    pins = Pins(store=store, decisions=decisions, clock=clock)
    pins.decide(A1, ANNA)

    unpinned = pins.decide(A1, PinRequest(by="Ben", undo=True))

    assert (unpinned.pin, store.articles.pins([A1]), pins.files()) == (None, {}, frozenset())
    assert [each.pin for each in decisions.all()] == [Pin(by="Ben")]


class DecidedMeanwhile(MemoryDecisions):
    """Calls each of ``meanwhile`` once after the decisions were read."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []

    def pins(self) -> list[Decision]:
        found = super().pins()
        while self.meanwhile:
            self.meanwhile.pop()()
        return found


def test_an_article_that_is_unpinned_while_files_of_later_versions_are_added_stays_unpinned(
    store: Store, clock: ManualClock
) -> None:
    decisions = DecidedMeanwhile()
    pins = Pins(store=store, decisions=decisions, clock=clock)
    pins.decide(A1, ANNA)
    store.articles.add_version(an_article("a1", text="More.", sha256="b" * 64), owner=delivery_id(2))
    decisions.meanwhile.append(lambda: pins.decide(A1, PinRequest(by="Ben", undo=True)))

    pins.refresh()

    assert [each.pin for each in decisions.all()] == [Pin(by="Ben")]
    assert (store.articles.pins([A1]), pins.files()) == ({}, frozenset())


def test_files_of_later_versions_are_added_to_a_pin(store: Store, clock: ManualClock) -> None:
    pins = Pins(store=store, decisions=MemoryDecisions(), clock=clock)
    pins.decide(A1, ANNA)
    store.articles.add_version(an_article("a1", text="More.", sha256="b" * 64), owner=delivery_id(2))

    pins.refresh()

    assert pins.files() == {"a" * 64, "b" * 64}


def test_an_unknown_article_is_not_pinned(store: Store, clock: ManualClock) -> None:
    decisions = MemoryDecisions()

    with pytest.raises(UnknownArticleError):
        Pins(store=store, decisions=decisions, clock=clock).decide(ArticleId("a9"), ANNA)

    assert decisions.all() == []


def test_the_commands_pin_and_unpin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    dependencies.store().articles.create(an_article(), owner=delivery_id(1))

    statuses = [run(each, dependencies) for each in (["pin", "a1", "--by", "Anna"], ["unpin", "a1"], ["pin", "a9"])]

    assert statuses == [0, 0, 1]
    assert capsys.readouterr().out.splitlines() == ["a1 is pinned by Anna", "a1 is not pinned any more"]
