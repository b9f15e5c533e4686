"""A server that was restarted after a power cut lacks its last writes: the decisions among them are made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.recovery.redecide import redecide
from copytaster.store.ports.stories import StoryId
from copytaster.store.store import Store
from copytaster.stories.decisions import StoryDesk
from tests.factories import an_article, delivery_id, put_into_one_story

if TYPE_CHECKING:
    from tests.conftest import MakeStore

ARTICLES = [ArticleId(f"a{number:020x}") for number in range(6)]
S0, S3 = (StoryId(f"s{number:020x}") for number in (0, 3))
S1 = StoryId(f"s{1:020x}")

Decide = Callable[[StoryDesk], object]


@dataclass(slots=True)
class Newsroom:
    """The stories S0 (the articles 0, 1, 2) and S3 (3, 4, 5), as often as wanted, and one archive."""

    make_store: MakeStore
    clock: ManualClock
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)

    def desk(self, *made: Decide, decisions: MemoryDecisions | None = None) -> StoryDesk:
        """Return a desk over a new store, in which these decisions have been made."""
        store = self.make_store(self.clock)
        articles = [an_article(each, topics=(), received_at=self.clock.now()) for each in ARTICLES]
        for number, each in enumerate(articles):
            store.articles.create(each, owner=delivery_id(number))
        put_into_one_story(store, *articles[:3])
        put_into_one_story(store, *articles[3:])
        desk = StoryDesk(store=store, decisions=self.decisions if decisions is None else decisions, clock=self.clock)
        for decide in made:
            self.clock.advance(seconds=60)
            decide(desk)
        return desk


@pytest.fixture
def newsroom(make_store: MakeStore, clock: ManualClock) -> Newsroom:
    return Newsroom(make_store, clock)


def merge(desk: StoryDesk) -> None:
    desk.merge(S3, S0, by="Anna")


def split(desk: StoryDesk) -> None:
    desk.split(S0, [ARTICLES[1]], by="Anna")


def move(desk: StoryDesk) -> None:
    desk.move(S0, ARTICLES[2], S3, by="Anna")


def move_on(desk: StoryDesk) -> None:
    desk.move(S3, ARTICLES[2], S1, by="Anna")


def pin(desk: StoryDesk) -> None:
    desk.pin_headline(S0, "Ferry burns", by="Anna")


def undo(desk: StoryDesk) -> None:
    desk.undo(S0, None, by="Ben")


def state(store: Store) -> dict[str, object]:
    places = store.stories.ids(ARTICLES)
    records = store.stories.records(list(places.values()))
    return {"places": places, "headlines": {each: record.headline for each, record in records.items()}}


@pytest.mark.parametrize(
    ("kept", "lost"),
    [
        ([], [merge]),
        ([], [split]),
        ([], [move]),
        ([], [pin]),
        ([], [split, move, move_on]),
        ([merge], [undo]),
        ([split], [undo]),
        ([move], [undo]),
        ([pin], [undo]),
        ([split, move], [move_on, pin]),
        ([split, merge], []),
    ],
)
def test_decisions_that_the_server_has_lost_are_made_again(
    newsroom: Newsroom, kept: list[Decide], lost: list[Decide]
) -> None:
    wanted = state(newsroom.desk(*kept, *lost).store)
    # The archive has all decisions, the store lacks the last ones.
    desk = newsroom.desk(*kept, decisions=MemoryDecisions())
    after_the_cut = StoryDesk(store=desk.store, decisions=newsroom.decisions, clock=newsroom.clock)

    for _ in range(2):
        redecide(after_the_cut, since=None)

    assert state(desk.store) == wanted


def test_earlier_decisions_are_not_compared(newsroom: Newsroom) -> None:
    newsroom.desk(merge)
    desk = newsroom.desk()
    before = state(desk.store)

    redecide(desk, since=newsroom.clock.now() + timedelta(seconds=1))

    assert state(desk.store) == before


def test_a_decision_about_a_story_that_is_gone_is_left_as_it_is(newsroom: Newsroom) -> None:
    newsroom.desk(split)
    lacking = newsroom.desk(lambda desk: desk.merge(S0, S3, by="Ben"), decisions=MemoryDecisions())
    before = state(lacking.store)

    redecide(StoryDesk(store=lacking.store, decisions=newsroom.decisions, clock=newsroom.clock), since=None)

    assert state(lacking.store) == before
