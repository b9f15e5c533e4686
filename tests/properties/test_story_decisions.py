"""Whatever people decide and take back while articles arrive, a rebuilt store has the same stories."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.placements import MemoryPlacements
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.recovery.recall import recall_placements
from copytaster.store.ports.stories import Assignment, Placed, StoryChange, StoryEntry, StoryId, founded_story
from copytaster.store.store import Store
from copytaster.stories.decided import Decided
from copytaster.stories.decisions import StoryConflictError, StoryDesk, UnknownStoryError
from copytaster.stories.placing import Placing
from copytaster.stories.recording import recorded
from copytaster.stories.records import absorbing, emptied, with_article
from tests.factories import an_article, delivery_id

ARTICLES = 7

ARRIVALS = {"arrive", "join"}

NUMBERS = st.integers(0, ARTICLES - 1)

STEPS = st.one_of(
    st.tuples(st.just("arrive"), NUMBERS, NUMBERS),
    st.tuples(st.just("join"), NUMBERS, NUMBERS),
    st.tuples(st.just("merge"), NUMBERS, NUMBERS),
    st.tuples(st.just("split"), NUMBERS, NUMBERS),
    st.tuples(st.just("move"), NUMBERS, NUMBERS),
    st.tuples(st.just("undo"), NUMBERS, NUMBERS),
)


def name(number: int) -> ArticleId:
    return ArticleId(f"a{number:020x}")


def story(number: int) -> StoryId:
    return founded_story(name(number))


@dataclass(slots=True)
class Newsroom:
    """Stories in memory, with everything that the archive has about them."""

    clock: ManualClock = field(default_factory=ManualClock)
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    placements: MemoryPlacements = field(default_factory=MemoryPlacements)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        """Begin with an empty store."""
        self.store = memory_store(self.clock)

    def do(self, what: str, one: int, other: int) -> None:
        """Let an article arrive, or let a person decide; decisions that make no sense are refused."""
        self.clock.advance(seconds=60)
        desk = StoryDesk(store=self.store, decisions=self.decisions, clock=self.clock)
        present = self.store.stories.ids([name(one), name(other)])
        own, others = (present.get(name(each), story(each)) for each in (one, other))
        with suppress(StoryConflictError, UnknownStoryError):
            match what:
                case "arrive":
                    self.store.stories.assign([Assignment(name(one), others)])
                    self.place(one)
                case "join":
                    self.join(one, other, (other + 1) % ARTICLES)
                case "merge":
                    desk.merge(own, others, by="Anna")
                case "split":
                    desk.split(own, list(dict.fromkeys([name(one), name(other)])), by="Anna")
                case "move":
                    desk.move(own, name(one), others, by="Anna")
                case _:
                    made = self.decisions.about_story(own)
                    desk.undo(own, made[other % len(made)].id if made else None, by="Anna")

    def join(self, number: int, one: int, other: int) -> None:
        """Let an article arrive that shows the clustering that two stories are one, unless a person has split them."""
        stories = self.store.stories
        present = stories.ids([name(each) for each in (number, one, other)])
        records = stories.records([each for each in (present.get(name(one)), present.get(name(other))) if each])
        if name(number) in present or len(records) < 2:
            return
        into, gone = records.values()
        if into.id in gone.apart or gone.id in into.apart:
            return
        article = an_article(name(number), topics=(), text=f"Something happened at place{number}.")
        self.store.articles.create(article, owner=delivery_id(number))
        grown = with_article(absorbing(into, gone), article, article.received_at)
        entry = Placed(into.id, StoryEntry(article.id, article.received_at))
        change = StoryChange(records=(grown, emptied(gone)), placed=(entry,), merged={gone.id: into.id})
        self.placements.record(recorded([change], at=self.clock.now()))
        assert stories.commit([change]) == [True]

    def place(self, number: int) -> None:
        article = an_article(name(number), topics=(), text=f"Something happened at place{number}.")
        self.store.articles.create(article, owner=delivery_id(number))
        Placing(store=self.store, placements=self.placements, clock=self.clock).place([article])

    def rebuild(self, order: Sequence[int]) -> None:
        """Empty the store, and place the articles again in this order."""
        ids = self.stories()
        self.store = memory_store(self.clock)
        recall_placements(self.placements, self.store.stories, Decided.of(self.decisions.about_stories()), since=None)
        for number in order:
            if name(number) in ids:
                self.place(number)

    def stories(self) -> dict[ArticleId, StoryId]:
        return dict(self.store.stories.ids([name(each) for each in range(ARTICLES)]))


@given(st.lists(STEPS, max_size=25), st.permutations(range(ARTICLES)))
def test_a_rebuild_gives_the_stories_that_people_decided(steps: list[tuple[str, int, int]], order: list[int]) -> None:
    newsroom = Newsroom()
    for step in steps:
        newsroom.do(*step)
    before = newsroom.stories()
    apart = {each: set(record.apart) for each, record in newsroom.store.stories.records(list(before.values())).items()}

    newsroom.rebuild(order)

    after = newsroom.store.stories.records(list(before.values()))
    assert newsroom.stories() == before
    assert {each: set(record.apart) for each, record in after.items()} == apart


@given(st.lists(STEPS, max_size=25))
def test_every_article_is_in_one_story_and_each_record_counts_its_members(steps: list[tuple[str, int, int]]) -> None:
    newsroom = Newsroom()
    for step in steps:
        newsroom.do(*step)

    stories = newsroom.store.stories
    placed = newsroom.stories()
    for story_id, record in stories.records(list(placed.values())).items():
        entries = stories.entries(story_id, limit=100).entries
        assert record.id == story_id
        assert {each.article_id for each in entries} == {each for each, own in placed.items() if own == story_id}
        assert (record.articles, record.copies, len(record.leads)) == (len(entries), 0, min(4, len(entries)))


@given(st.lists(STEPS, max_size=15))
def test_what_is_undone_from_the_last_to_the_first_leaves_every_article_where_it_arrived(
    steps: list[tuple[str, int, int]],
) -> None:
    newsroom = Newsroom()
    arrivals = [step for step in steps if step[0] in ARRIVALS]
    for step in arrivals:
        newsroom.do(*step)
    before = newsroom.stories()
    for step in steps:
        if step[0] not in ARRIVALS:
            newsroom.do(*step)

    desk = StoryDesk(store=newsroom.store, decisions=newsroom.decisions, clock=newsroom.clock)
    for each in reversed(newsroom.decisions.about_stories()):
        desk.undo(StoryId(each.story_id), each.id, by="Ben")

    assert newsroom.stories() == before
