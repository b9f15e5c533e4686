"""A rebuild has the articles that are kept for longer than the age of their files, in the state that they had."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.expired_days import MemoryExpiredDays
from copytaster.archive.journal import MemoryJournal, journal_entry
from copytaster.archive.old_files import MemoryOldFilesList, OldFiles
from copytaster.archive.originals import MemoryArchive
from copytaster.archive.placements import MemoryPlacements
from copytaster.archive.retention_limit import MemoryRetentionLimits
from copytaster.articles.releases import ReleaseRequest, Releases
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.delivery import Delivery
from copytaster.model.work import RecordingPublisher
from copytaster.recovery.age_limits import AgeLimits
from copytaster.recovery.old_files import PASS_EVERY, OldFilesSearch
from copytaster.recovery.replay import Replay
from copytaster.stories.decisions import StoryDesk
from tests.factories import START, Desk, a_desk, an_item, complete_data_of, prose

DAY = timedelta(days=1)
AGE = 90 * DAY
GUID = "urn:quay:budget"
MOST_STEPS = 20
"""A pass over the few articles of a test takes fewer."""


@dataclass(slots=True)
class Scene:
    """A pipeline, the archive beside it, and the search for old files."""

    desk: Desk
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    limits: MemoryRetentionLimits = field(default_factory=MemoryRetentionLimits)
    listed: MemoryOldFilesList = field(default_factory=MemoryOldFilesList)

    def take(self, seed: int = 1, **fields: Any) -> Delivery:
        """Process a file of one article, and journal it."""
        # No two files are the same, so that each is a delivery of its own to the archive.
        item = an_item(prose(seed), **{"guid": GUID, "byline": f"By {self.desk.count}"} | fields)
        settled = self.desk.deliver_items(item)
        self.journal.append(journal_entry(self.desk.record(settled), None))
        self.desk.ingest(settled)
        return self.desk.settled(settled)

    def article(self, record: Delivery) -> Article | None:
        return self.desk.store.articles.get(record.article_ids[0])

    def age_limits(self) -> AgeLimits:
        return AgeLimits(
            articles=AGE,
            deliveries=30 * DAY,
            limits=self.limits,
            expired=MemoryExpiredDays(),
            originals=MemoryArchive(),
            old_files=self.listed,
        )

    def search(self) -> OldFilesSearch:
        return OldFilesSearch(store=self.desk.store, age_limits=self.age_limits(), clock=self.desk.clock)

    def list_files(self) -> frozenset[str]:
        """Do a whole pass, and return the files that are listed then."""
        search = self.search()
        for _ in range(MOST_STEPS):
            search.step()
        found = self.listed.read()
        return found.all if found else frozenset()

    def to_day(self, days: float) -> None:
        self.desk.clock.advance(seconds=(START + days * DAY - self.desk.clock.now()).total_seconds())

    def rebuild(self) -> None:
        """Empty the server, and process what the archive has for it, in the order of receipt."""
        self.desk = Desk(replace(self.desk.deps, store=memory_store(self.desk.clock)), count=self.desk.count)
        store, publisher = self.desk.store, RecordingPublisher()

        def work(seconds: float) -> None:
            self.desk.clock.advance(seconds=seconds)
            self.desk.ingest(*(each for _, each in publisher.published))

        replay = Replay(
            journal=self.journal,
            decisions=self.decisions,
            placements=MemoryPlacements(),
            ledger=store.ledger,
            articles=store.articles,
            stories=store.stories,
            story_desk=StoryDesk(store=store, decisions=self.decisions, clock=self.desk.clock),
            files=store.files,
            publisher=publisher,
            clock=self.desk.clock,
            by="replay",
            at_once=1,
            age_limits=self.age_limits(),
            pause=work,
        )
        assert replay.run(since=None, in_order=True, emptied=True).unsettled == 0

    def release(self, article_id: ArticleId, request: ReleaseRequest) -> None:
        Releases(store=self.desk.store, decisions=self.decisions, clock=self.desk.clock, by="cli").decide(
            article_id, request
        )


@pytest.fixture
def scene(clock: ManualClock) -> Scene:
    scene = Scene(a_desk(memory_store(clock), clock))
    complete_data_of(scene.desk.store, clock)
    return scene


def test_an_embargo_that_ends_after_the_age_ends_after_a_rebuild_too(scene: Scene) -> None:
    end = START + 200 * DAY
    record = scene.take(embargoed_until=end.isoformat())
    scene.to_day(100)
    scene.list_files()

    scene.rebuild()

    article = scene.article(record)
    assert article
    assert article.embargoed_until == end
    assert article.at(end - DAY).status is ArticleStatus.WITHHELD
    assert article.at(end).status is ArticleStatus.USABLE
    assert scene.desk.store.articles.unchanged(before=end, limit=1) == []


def test_an_article_that_was_killed_stays_killed_though_copies_of_its_text_are_younger_than_the_kill(
    scene: Scene,
) -> None:
    first = scene.take()
    scene.desk.clock.advance(seconds=60)
    scene.take(status="canceled")
    scene.to_day(80)
    scene.take()
    before = scene.article(first)
    scene.to_day(100)
    scene.list_files()

    scene.rebuild()

    after = scene.article(first)
    assert before
    assert after
    assert (before.status, after.status) == (ArticleStatus.CANCELED, ArticleStatus.CANCELED)


@pytest.mark.parametrize("days_later", [0, 40], ids=["at once", "at a later time"])
def test_a_released_article_is_released_after_a_rebuild_too(scene: Scene, days_later: int) -> None:
    record = scene.take(status="withheld")
    scene.to_day(80)
    at = START + 120 * DAY if days_later else None
    scene.release(record.article_ids[0], ReleaseRequest(by="Anna", at=at))
    scene.to_day(100)
    assert scene.desk.store.articles.unchanged(before=START + 10 * DAY, limit=1) == []
    scene.list_files()

    scene.rebuild()

    article = scene.article(record)
    assert article
    assert article.at(START + 100 * DAY).status is (ArticleStatus.WITHHELD if at else ArticleStatus.USABLE)
    assert article.at(START + 121 * DAY).status is ArticleStatus.USABLE


def test_files_of_young_articles_are_not_listed(scene: Scene) -> None:
    scene.take()
    scene.to_day(80)

    assert scene.list_files() == frozenset()


def test_files_are_listed_before_they_are_too_old(scene: Scene) -> None:
    record = scene.take()
    scene.to_day(89.5)

    assert scene.list_files() == {record.sha256}


def test_files_are_listed_that_are_older_than_the_articles_that_were_removed_for_memory(scene: Scene) -> None:
    old = scene.take(embargoed_until=(START + 10 * DAY).isoformat())
    scene.to_day(3)
    scene.take(seed=2, guid="urn:quay:other")
    scene.limits.raise_to(START + 2 * DAY)

    assert scene.list_files() == {old.sha256}


def test_a_file_that_no_article_needs_any_more_is_listed_for_one_more_pass(scene: Scene) -> None:
    record = scene.take(embargoed_until=(START + 200 * DAY).isoformat())
    scene.to_day(100)
    first = scene.list_files()
    scene.desk.store.articles.remove_many(list(record.article_ids), before=None)
    scene.desk.store.articles.end_removals(list(record.article_ids), before=None)

    second, third = scene.list_files(), scene.list_files()

    assert [set(first), set(second), set(third)] == [{record.sha256}, {record.sha256}, set()]


def test_nothing_is_listed_while_the_data_may_be_incomplete(scene: Scene, clock: ManualClock) -> None:
    known = OldFiles(at=START, files=("ab" * 32,))
    scene.listed.write(known)
    scene.desk = a_desk(memory_store(clock), clock)

    scene.list_files()

    assert scene.listed.read() == known


def test_a_server_that_is_emptied_during_a_pass_changes_nothing(scene: Scene) -> None:
    record = scene.take(embargoed_until=(START + 200 * DAY).isoformat())
    scene.to_day(100)
    known = scene.list_files()
    search = scene.search()
    search.step()
    assert scene.desk.store.articles.remove_many(list(record.article_ids), before=None)

    search.store.epoch.acquire("other", lease=DAY)
    search.store.epoch.mark_complete("e2", owner="other", run="another", until=START)
    for _ in range(MOST_STEPS):
        search.step()

    assert known == {record.sha256}
    assert scene.listed.read() == OldFiles(at=START + 100 * DAY, files=tuple(known))


def test_a_pass_follows_the_one_before_after_an_interval(scene: Scene) -> None:
    search = scene.search()
    for _ in range(MOST_STEPS):
        search.step()
    record = scene.take(embargoed_until=(START + 200 * DAY).isoformat())
    scene.desk.clock.advance(seconds=PASS_EVERY.total_seconds() - 1)
    search.step()
    before = scene.listed.read()
    scene.to_day(100)
    for _ in range(MOST_STEPS):
        search.step()
    after = scene.listed.read()

    assert before
    assert after
    assert [set(before.all), set(after.all)] == [set(), {record.sha256}]
