"""The tag stage places articles, whatever dies between its steps, and however often it is repeated."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.placements import MemoryPlacements
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId
from copytaster.model.events import EventKind
from copytaster.model.outage import Resource
from copytaster.model.work import Work
from copytaster.pipeline.tag import tag
from copytaster.store.ports.stories import Stories, founded_story
from tests.factories import Desk, a_desk, an_item, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore


@pytest.fixture
def desk(make_store: MakeStore, clock: ManualClock) -> Desk:
    return a_desk(make_store(clock), clock)


class Failing:
    """Does what another object does, but one method fails once: before its work, or after it."""

    def __init__(self, inner: object, method: str, *, after: bool) -> None:
        self._inner = inner
        self._method = method
        self._after = after
        self.failed = False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._fail(found) if name == self._method and not self.failed else found

    def _fail(self, method: Any) -> Any:
        def failing(*arguments: Any, **named: Any) -> Any:
            self.failed = True
            if self._after:
                method(*arguments, **named)
            raise TransientError("the server is away", resource=Resource.SERVER)

        return failing


def ingest(desk: Desk, *seeds: int) -> list[ArticleId]:
    """Store articles of which those of neighbouring seeds (0 and 1, 2 and 3) are about one event."""
    deliveries = []
    for seed in seeds:
        desk.clock.advance(seconds=1)
        title, text = prose(seed // 2, count=5), [*prose(seed // 2, count=40), *prose(100 + seed, count=15)]
        deliveries.append(desk.deliver_items(an_item(text, title=" ".join(title))))
    desk.ingest(*deliveries)
    return [desk.settled(each).article_ids[0] for each in deliveries]


def tag_due(desk: Desk, **changed: Any) -> None:
    """Tag what is due, now and after the pause that follows a failure."""
    due = desk.store.ledger.take_overdue(
        Work.TAG, overdue_by=-timedelta(hours=1), postpone_by=timedelta(minutes=1), limit=9
    )
    tag(due, deps=replace(desk.deps, **changed))


def stories(desk: Desk, ids: list[ArticleId]) -> list[str | None]:
    found = desk.store.stories.ids(ids)
    return [found.get(each) for each in ids]


def reported(desk: Desk) -> list[EventKind]:
    desk.store.stories.report(limit=99, again_in=timedelta(minutes=1))
    kinds = [each.kind for each in desk.store.events.read(after=None, limit=99)]
    return [each for each in kinds if each.startswith("story.")]


def test_articles_of_one_message_are_placed_together(desk: Desk) -> None:
    ids = ingest(desk, 0, 1, 2)

    tag_due(desk)

    first, third = founded_story(ids[0]), founded_story(ids[2])
    assert stories(desk, ids) == [first, first, third]
    assert sorted(reported(desk)) == [EventKind.STORY_CREATED, EventKind.STORY_CREATED, EventKind.STORY_GROWN]
    assert desk.store.ledger.waiting(Work.TAG) == 0


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["situations", "commit"])
def test_a_worker_that_dies_while_it_places_leaves_nothing_half_done(desk: Desk, method: str, after: bool) -> None:
    ids = ingest(desk, 0, 1, 2)
    failing: Any = Failing(desk.store.stories, method, after=after)
    placing = replace(desk.deps.placing, store=replace(desk.store, stories=failing))

    with pytest.raises(TransientError):
        tag_due(desk, placing=placing)
    due = desk.store.ledger.waiting(Work.TAG)
    desk.clock.advance(seconds=600)
    tag_due(desk)

    first, third = founded_story(ids[0]), founded_story(ids[2])
    assert due == len(ids)
    assert stories(desk, ids) == [first, first, third]
    assert sorted(reported(desk)) == [EventKind.STORY_CREATED, EventKind.STORY_CREATED, EventKind.STORY_GROWN]
    assert desk.store.ledger.waiting(Work.TAG) == 0


def test_a_worker_that_dies_before_the_tagging_ends_places_nothing_twice(desk: Desk) -> None:
    ids = ingest(desk, 0, 1)
    ledger: Any = Failing(desk.store.ledger, "settle_tagging", after=False)

    with pytest.raises(TransientError):
        tag_due(desk, store=replace(desk.store, ledger=ledger))
    before = desk.store.stories.records([founded_story(ids[0])])
    desk.clock.advance(seconds=600)
    tag_due(desk)

    assert desk.store.stories.records([founded_story(ids[0])]) == before
    assert reported(desk) == [EventKind.STORY_CREATED, EventKind.STORY_GROWN]
    assert desk.store.ledger.waiting(Work.TAG) == 0


def test_an_archive_that_is_away_leaves_the_tagging_due_and_nothing_placed(desk: Desk) -> None:
    ids = ingest(desk, 0, 1)
    placements: Any = Failing(MemoryPlacements(), "record", after=False)

    with pytest.raises(TransientError):
        tag_due(desk, placing=replace(desk.deps.placing, placements=placements))

    assert stories(desk, ids) == [None, None]
    assert desk.store.ledger.waiting(Work.TAG) == len(ids)


class Contended:
    """Stories that have always changed when a change is to be made."""

    def __init__(self, inner: Stories) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return (lambda changes: [False for _ in changes]) if name == "commit" else getattr(self._inner, name)


def test_an_article_that_lost_every_race_is_placed_later(desk: Desk) -> None:
    ids = ingest(desk, 0)
    contended: Any = Contended(desk.store.stories)

    tag_due(desk, placing=replace(desk.deps.placing, store=replace(desk.store, stories=contended)))
    postponed = stories(desk, ids), desk.store.ledger.waiting(Work.TAG)
    desk.clock.advance(seconds=600)
    tag_due(desk)

    assert postponed == ([None], 1)
    assert stories(desk, ids) == [founded_story(ids[0])]
    assert desk.store.ledger.waiting(Work.TAG) == 0


def test_tagging_again_leaves_an_article_in_its_story(desk: Desk) -> None:
    ids = ingest(desk, 0, 1)
    tag_due(desk)
    before = desk.store.stories.records([founded_story(ids[0])])

    desk.store.ledger.request_tagging(ids, due_in=timedelta(0))
    tag(ids, deps=desk.deps)

    assert desk.store.stories.records([founded_story(ids[0])]) == before
    assert reported(desk) == [EventKind.STORY_CREATED, EventKind.STORY_GROWN]
