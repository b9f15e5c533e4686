from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from copytaster.archive.placements import MemoryPlacements
from copytaster.archive.retention_limit import MemoryRetentionLimits
from copytaster.articles.retention import AT_ONCE, Expired, RetentionDependencies, RetentionJob, RetentionRules
from copytaster.articles.source_ages import SourceAges
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.metrics import WatcherMetrics
from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.delivery import DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import EventKind
from copytaster.model.pin import Pin
from copytaster.model.retention_settings import MOST_DAYS
from copytaster.parsing.draft_builder import LATEST_EMBARGO
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.quarantine.port import Report
from copytaster.store.ports.memory_gauge import MemoryUse
from copytaster.store.store import Store
from tests.factories import START, a_delivery, an_article, delivery_id

DAY = timedelta(days=1)
DAY_SECONDS = DAY.total_seconds()
RULES = RetentionRules(articles=90 * DAY, deliveries=30 * DAY, failed_files=60 * DAY, memory_share=0.72)
STORED = Outcome(disposition=Disposition.STORED)
FAILED = Outcome(disposition=Disposition.QUARANTINED, reason=Reason.PARSE_FAILED, message="broken")


@dataclass(slots=True)
class Gauge:
    """A memory gauge whose share a test sets."""

    share: float = 0.0

    def read(self) -> MemoryUse:
        return MemoryUse(used=int(self.share * 1000), limit=1000)


@dataclass(slots=True)
class Scene:
    """A store in memory and a retention that works on it."""

    clock: ManualClock
    store: Store
    gauge: Gauge
    quarantine: MemoryQuarantine
    limits: MemoryRetentionLimits
    registry: CollectorRegistry
    job: RetentionJob

    def store_article(self, name: str, source: str = "wire") -> ArticleId:
        article = an_article(name, received_at=self.clock.now(), source=source)
        self.store.articles.create(article, owner=new_delivery_id(self.clock.now()))
        return article.id

    def settle(self, outcome: Outcome | None = STORED, path: str = "wire/story.txt") -> DeliveryId:
        now = self.clock.now()
        delivery = a_delivery(path=path, received_at=now).model_copy(update={"id": new_delivery_id(now)})
        self.store.ledger.register(delivery, due_in=timedelta(0), by="watcher@test:1")
        if outcome:
            self.store.ledger.settle(delivery.id, outcome, by="worker@test:2")
        return delivery.id

    def let_days_pass(self, count: int) -> None:
        """Advance the clock, with a run of the retention each day."""
        for _ in range(count):
            self.clock.advance(seconds=DAY_SECONDS)
            self.store.retention.note_run()

    def removed(self, kind: str, why: str) -> float:
        return self.registry.get_sample_value("copytaster_expired_total", {"kind": kind, "why": why}) or 0

    def job_with(self, rules: RetentionRules) -> RetentionJob:
        return RetentionJob(
            RetentionDependencies(
                store=self.store,
                quarantine=self.quarantine,
                limits=self.limits,
                placements=MemoryPlacements(),
                rules=rules,
                metrics=WatcherMetrics(self.registry if rules is RULES else CollectorRegistry()),
                clock=self.clock,
            )
        )


@pytest.fixture
def scene(clock: ManualClock) -> Scene:
    gauge = Gauge()
    store = replace(memory_store(clock), memory=gauge)
    limits, registry, quarantine = MemoryRetentionLimits(), CollectorRegistry(), MemoryQuarantine()
    deps = RetentionDependencies(
        store=store,
        quarantine=quarantine,
        limits=limits,
        placements=MemoryPlacements(),
        rules=RULES,
        metrics=WatcherMetrics(registry),
        clock=clock,
    )
    return Scene(clock, store, gauge, quarantine, limits, registry, RetentionJob(deps))


def test_an_article_is_removed_at_its_age(scene: Scene) -> None:
    old = scene.store_article("a1")
    scene.clock.advance(seconds=DAY_SECONDS)
    young = scene.store_article("a2")

    scene.clock.advance(seconds=89 * DAY_SECONDS)
    assert scene.job.step() == 0
    scene.clock.advance(seconds=1)
    assert scene.job.step() == 1

    assert [each.id for each in scene.store.articles.get_many([old, young])] == [young]
    (event,) = scene.store.events.read(after=None, limit=10)
    assert (event.kind, event.article_ids) == (EventKind.ARTICLE_EXPIRED, (old,))
    totals = scene.store.retention.totals()
    assert (totals.articles_removed, totals.last_removed_why, totals.last_run_at) == (1, "age", scene.clock.now())
    assert scene.removed("article", "age") == 1


def test_an_article_with_a_later_version_is_kept(scene: Scene) -> None:
    article_id = scene.store_article("a1")
    scene.clock.advance(seconds=89 * DAY_SECONDS)
    later = an_article("a1", text="More.", received_at=scene.clock.now())
    scene.store.articles.add_version(later, owner=new_delivery_id(scene.clock.now()))

    scene.clock.advance(seconds=2 * DAY_SECONDS)

    assert scene.job.step() == 0
    assert scene.store.articles.get(article_id)


def test_a_step_removes_a_limited_number_and_two_runners_report_each_article_once(scene: Scene) -> None:
    for number in range(AT_ONCE + 10):
        scene.store_article(f"a{number}")
    scene.clock.advance(seconds=91 * DAY_SECONDS)
    other = scene.job_with(replace(RULES))

    assert [scene.job.step(), other.step(), scene.job.step()] == [AT_ONCE, 10, 0]
    named = [each for event in scene.store.events.read(after=None, limit=10) for each in event.article_ids]
    assert len(named) == len(set(named)) == AT_ONCE + 10


def test_a_settled_delivery_is_removed_at_its_age_and_the_balance_stays_closed(scene: Scene) -> None:
    old, in_flight = scene.settle(), scene.settle(None)
    scene.clock.advance(seconds=31 * DAY_SECONDS)
    young = scene.settle()

    assert scene.job.step() == 1

    assert scene.store.ledger.states([old, in_flight, young]).keys() == {in_flight, young}
    balance = scene.store.ledger.balance()
    assert (balance.seen, balance.in_flight, balance.closed) == (3, 1, True)
    assert scene.removed("delivery", "age") == 1


def test_a_delivery_that_was_settled_lately_is_kept_for_a_day(scene: Scene) -> None:
    late = scene.settle(None)
    scene.clock.advance(seconds=31 * DAY_SECONDS)
    scene.store.ledger.settle(late, STORED, by="worker@test:2")

    assert scene.job.step() == 0
    scene.clock.advance(seconds=DAY_SECONDS)
    assert scene.job.step() == 1


def test_a_failed_file_and_its_delivery_are_kept_longer_and_removed_together(scene: Scene) -> None:
    failed = scene.settle(FAILED, path="wire/broken.xml")
    record = scene.store.ledger.get(failed)
    assert record
    report = Report(
        delivery_id=failed,
        path=record.path,
        sha256=None,
        size=1,
        disposition=Disposition.QUARANTINED,
        reason=Reason.PARSE_FAILED,
        stage="parse",
        message="broken",
        attempts=1,
        at=START,
        advice="read it",
    )
    scene.quarantine.reports[record.path] = report

    scene.clock.advance(seconds=59 * DAY_SECONDS)
    kept = scene.job.step(), dict(scene.quarantine.reports)
    scene.clock.advance(seconds=2 * DAY_SECONDS)

    assert kept == (0, {"wire/broken.xml": report})
    assert scene.job.step() == 1
    assert scene.quarantine.reports == {}
    assert scene.store.ledger.get(failed) is None


def test_deliveries_that_are_kept_longer_do_not_hide_later_ones(scene: Scene) -> None:
    for number in range(AT_ONCE):
        scene.settle(FAILED, path=f"wire/{number}.xml")
    scene.clock.advance(seconds=1)
    later = scene.settle()
    scene.clock.advance(seconds=31 * DAY_SECONDS)

    assert [scene.job.step(), scene.job.step()] == [0, 1]
    assert scene.store.ledger.get(later) is None


def test_an_age_of_none_keeps_everything(scene: Scene) -> None:
    job = scene.job_with(RetentionRules(articles=None, deliveries=None, failed_files=None, memory_share=0.72))
    scene.store_article("a1")
    scene.settle()
    scene.settle(FAILED)
    scene.clock.advance(seconds=4_000 * DAY_SECONDS)

    assert job.step() == 0


def test_the_oldest_are_removed_before_the_intake_pauses_for_memory(scene: Scene) -> None:
    scene.settle()
    for number in range(AT_ONCE + 1):
        scene.store_article(f"a{number}")
    scene.clock.advance(seconds=3600)
    young = scene.store_article("a999")
    scene.settle()
    scene.clock.advance(seconds=3600)

    scene.gauge.share = 0.72
    assert scene.job.step() == 0
    scene.gauge.share = 0.73
    scene.job.step()
    assert scene.removed("article", "memory") == AT_ONCE
    assert scene.limits.read() == START
    scene.job.step()

    assert scene.store.articles.unchanged(before=scene.clock.now(), limit=10) == [young]
    assert scene.limits.read() == START + timedelta(hours=1)
    assert scene.removed("delivery", "memory") == 1
    assert scene.store.ledger.balance().closed
    assert scene.store.retention.totals().last_removed_why == "memory"


def test_nothing_younger_than_an_hour_is_removed_for_memory(scene: Scene) -> None:
    scene.gauge.share = 0.9
    scene.store_article("a1")
    scene.settle()
    scene.clock.advance(seconds=3599)

    assert scene.job.step() == 0


def left(scene: Scene) -> list[str]:
    return sorted(scene.store.articles.ids(0)[1])


def test_after_a_clock_moved_by_years_nothing_is_removed_by_its_age_for_a_day(scene: Scene) -> None:
    scene.store_article("a1")
    scene.settle()
    scene.job.step()
    scene.clock.advance(seconds=800 * DAY_SECONDS)

    due, at_once = scene.job.due(), scene.job.prune()
    scene.clock.advance(seconds=DAY_SECONDS - 1)
    later = scene.job.prune()
    scene.clock.advance(seconds=1)
    a_day_later = scene.job.prune()

    assert due == at_once == later == Expired(articles=0, deliveries=0)
    assert a_day_later == Expired(articles=1, deliveries=1)


def test_while_ages_are_held_the_oldest_are_removed_for_memory(scene: Scene) -> None:
    scene.store_article("a1")
    scene.job.step()
    scene.clock.advance(seconds=800 * DAY_SECONDS)
    scene.gauge.share = 0.9

    assert scene.job.prune().articles == 1


def test_a_source_with_a_longer_age_does_not_hold_up_the_others(scene: Scene) -> None:
    job = scene.job_with(replace(RULES, sources={"The Harbour Wire": 365 * DAY, "Kept": None}))
    for number in range(AT_ONCE + 1):
        scene.store_article(f"a{number}", "harbour wire")
    scene.store_article("a998", "Kept")
    scene.store_article("a999")

    scene.clock.advance(seconds=91 * DAY_SECONDS)
    due, removed = job.due().articles, job.prune().articles
    after_91 = left(scene)
    scene.let_days_pass(365 - 91)
    at_365 = job.prune().articles
    scene.clock.advance(seconds=1)

    assert (due, removed, len(after_91), "a999" in after_91, at_365) == (1, 1, AT_ONCE + 2, False, 0)
    assert job.due().articles == job.prune().articles == AT_ONCE + 1
    assert left(scene) == ["a998"]


@pytest.mark.parametrize("default", [90 * DAY, None])
def test_articles_of_a_source_with_a_shorter_age_are_found_among_all(scene: Scene, default: timedelta | None) -> None:
    job = scene.job_with(replace(RULES, articles=default, sources={"City Blog": 7 * DAY}))
    scene.store_article("a1", "city blog")
    scene.store_article("a2", "city blog")
    scene.store_article("a3")
    scene.store.articles.pin(ArticleId("a2"), Pin(at=START, by="Anna"))

    scene.clock.advance(seconds=7 * DAY_SECONDS)
    before = job.prune().articles, left(scene)
    scene.clock.advance(seconds=1)

    assert before == (0, ["a1", "a2", "a3"])
    assert job.due().articles == job.prune().articles == 1
    assert left(scene) == ["a2", "a3"]


def test_articles_of_a_source_with_a_shorter_age_are_reported_in_events_of_a_hundred(scene: Scene) -> None:
    job = scene.job_with(replace(RULES, articles=None, sources={"City Blog": 7 * DAY}))
    for number in range(AT_ONCE + 1):
        scene.store_article(f"a{number}", "city blog")
    scene.clock.advance(seconds=8 * DAY_SECONDS)

    assert job.prune().articles == AT_ONCE + 1
    events = scene.store.events.read(after=None, limit=10)
    assert [len(each.article_ids) for each in events] == [AT_ONCE, 1]


def test_an_article_of_a_short_lived_source_that_still_arrives_is_kept(scene: Scene) -> None:
    job = scene.job_with(replace(RULES, sources={"City Blog": 7 * DAY}))
    scene.store_article("a1", "city blog")
    scene.clock.advance(seconds=6 * DAY_SECONDS)
    later = an_article("a1", text="More.", received_at=scene.clock.now(), source="city blog")
    scene.store.articles.add_version(later, owner=new_delivery_id(scene.clock.now()))
    scene.clock.advance(seconds=6 * DAY_SECONDS)

    assert job.prune().articles == 0


@pytest.mark.parametrize("default", [90 * DAY, None])
def test_an_older_state_that_arrives_late_postpones_a_short_age_and_does_not_end_it(
    scene: Scene, default: timedelta | None
) -> None:
    job = scene.job_with(replace(RULES, articles=default, sources={"City Blog": 7 * DAY}))
    current = an_article("a1", guid_version=2, received_at=scene.clock.now(), source="city blog")
    scene.store.articles.create(current, owner=new_delivery_id(scene.clock.now()))
    scene.clock.advance(seconds=DAY_SECONDS)
    late = an_article("a1", text="Less.", guid_version=1, received_at=scene.clock.now(), source="city blog")
    scene.store.articles.add_version(late, owner=new_delivery_id(scene.clock.now()))
    assert [each.received_at for each in scene.store.articles.get_many([late.id])] == [START]

    scene.clock.advance(seconds=7 * DAY_SECONDS)
    assert job.due().articles == job.prune().articles == 0
    scene.clock.advance(seconds=1)
    assert job.due().articles == job.prune().articles == 1
    assert left(scene) == []


def test_an_interrupted_removal_of_an_article_with_a_short_age_is_completed(scene: Scene) -> None:
    job = scene.job_with(replace(RULES, articles=None, sources={"City Blog": 7 * DAY}))
    article_id = scene.store_article("a1", "city blog")
    scene.clock.advance(seconds=8 * DAY_SECONDS)
    scene.store.articles.remove_many([article_id], before=scene.clock.now())

    assert job.due().articles == job.prune().articles == 1
    assert (left(scene), job.prune().articles) == ([], 0)
    (event,) = scene.store.events.read(after=None, limit=10)
    assert (event.kind, event.article_ids) == (EventKind.ARTICLE_EXPIRED, (article_id,))


def test_failed_files_do_not_hide_later_deliveries_when_memory_is_short(scene: Scene) -> None:
    for number in range(AT_ONCE + 1):
        scene.settle(FAILED, f"wire/{number}.txt")
    scene.clock.advance(seconds=1)
    stored = [scene.settle(), scene.settle()]
    scene.clock.advance(seconds=2 * DAY_SECONDS)
    scene.gauge.share = 0.9

    removed = [scene.job.step() for _ in range(4)]

    assert removed == [0, 2, 0, 0]
    assert scene.store.ledger.states(stored) == {}
    assert scene.store.ledger.balance().in_flight == 0


def test_the_longest_age_that_can_be_set_removes_nothing(scene: Scene) -> None:
    longest = timedelta(days=MOST_DAYS)
    ages = RetentionRules(
        articles=90 * DAY, deliveries=longest, failed_files=longest, memory_share=1, sources={"City Blog": longest}
    )
    embargoed = an_article("a1", source="city blog", embargoed_until=LATEST_EMBARGO, status=ArticleStatus.WITHHELD)
    scene.store.articles.create(embargoed, owner=delivery_id(1))
    scene.store_article("a2", "city blog")
    scene.settle()
    scene.settle(FAILED)
    scene.clock.advance(seconds=91 * DAY_SECONDS)

    for rules in (ages, replace(ages, articles=longest), replace(ages, articles=None)):
        assert scene.job_with(rules).prune() == scene.job_with(rules).due() == Expired(articles=0, deliveries=0)


def test_the_longest_age_is_that_of_a_source() -> None:
    assert SourceAges(90 * DAY, {"a": 365 * DAY, "b": 7 * DAY}).longest == 365 * DAY
    assert SourceAges(90 * DAY, {"a": None}).longest is None
    assert SourceAges(None, {"a": 7 * DAY}).longest is None
