from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.exclusive_change import Expected
from copytaster.articles.releases import ReleaseRequest, Releases
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import PermanentError, ServerUnavailableError, TransientError
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.job import MAX_PROBLEMS, Job, JobAction, JobOrder, JobState
from copytaster.recovery.bulk_actions import BulkAction, ReleaseAction, retry_action
from copytaster.recovery.jobs import MAX_TRIES, JobRefusedError, JobRunner, order_job
from copytaster.recovery.retry import NotRetriedError
from copytaster.store.ports.ledger import NO_END
from copytaster.store.store import Store
from tests.factories import START, a_delivery, an_article, delivery_id


class KilledError(BaseException):
    """Stands for the death of the process."""


@dataclass(slots=True)
class Desk:
    """Failed files, and a retry that a test can interrupt."""

    clock: ManualClock
    store: Store = field(init=False)
    retried: list[DeliveryId] = field(default_factory=list)
    faults: dict[DeliveryId, Exception] = field(default_factory=dict)
    commands: int = 0
    dies_at: int = -1
    runners: int = 0
    stopping: bool = False

    def __post_init__(self) -> None:
        self.store = memory_store(self.clock)

    def fail(self, number: int, reason: Reason = Reason.PARSER_TIMEOUT, **fields: Any) -> DeliveryId:
        given = {"path": f"wire/{number}.txt"} | fields
        self.store.ledger.register(a_delivery(number, **given), due_in=timedelta(seconds=1), by="watcher")
        outcome = Outcome(disposition=Disposition.QUARANTINED, reason=reason, message="why")
        self.store.ledger.settle(delivery_id(number), outcome, by="worker")
        return delivery_id(number)

    def live(self) -> None:
        """Die if it is time to."""
        self.commands += 1
        if self.commands == self.dies_at:
            raise KilledError

    def retry(self, failed: DeliveryId, by: str) -> None:
        assert "(job j" in by
        self.live()
        if fault := self.faults.get(failed):
            raise fault
        new = DeliveryId(f"d{int(failed[1:], 16) + 1_000:022x}")
        if self.store.ledger.record_retry(failed, new, by=by) == new and failed in self.retried:
            raise NotRetriedError(f"{failed} was retried already")
        self.retried.append(failed)
        self.live()

    def runner(self) -> JobRunner:
        """Return the runner of another process."""
        self.runners += 1
        actions = {JobAction.RETRY: retry_action(self.store, self.retry)}
        owner = f"runner-{self.runners}"
        return JobRunner(self.store.jobs, actions, self.clock, owner=owner, is_stopping=lambda: self.stopping)

    def order(self, **fields: Any) -> Job:
        self.clock.advance(seconds=60)
        return order_job(JobOrder(action=JobAction.RETRY, **fields), self.store.jobs, self.clock)

    def finish(self, job: Job) -> Job:
        """Let runners work until the job has ended; a dead one is replaced when its lease has ended."""
        runner = self.runner()
        for _ in range(1_000):
            try:
                runner.step()
            except KilledError:
                runner = self.runner()
                self.clock.advance(seconds=30)
            except TransientError:
                self.clock.advance(seconds=2)
            found = self.store.jobs.get(job.id)
            assert found
            if found.state is JobState.ENDED:
                return found
        raise AssertionError(f"{job.id} does not end")


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return Desk(clock)


def counts(job: Job) -> tuple[int, int, int, int]:
    return job.total, job.done, job.failed, job.skipped


def test_failed_files_are_retried_oldest_first_and_counted(desk: Desk) -> None:
    failed = [desk.fail(number) for number in (3, 1, 2)]

    job = desk.finish(desk.order(by="Anna"))

    assert desk.retried == sorted(failed)
    assert counts(job) == (3, 3, 0, 0)
    assert (job.ended_at, job.problems, job.current) == (desk.clock.now(), (), None)


def test_conditions_choose_the_files(desk: Desk) -> None:
    desk.fail(1)
    desk.fail(2, Reason.OUTAGE)
    desk.fail(3, Reason.OUTAGE, path="desk/3.txt", source="desk")

    desk.finish(desk.order(reason=Reason.OUTAGE, source="wire"))

    assert desk.retried == [delivery_id(2)]


def test_what_had_arrived_and_failed_after_the_order_is_not_in_the_job(desk: Desk) -> None:
    desk.fail(1)
    job = desk.order()
    desk.clock.advance(seconds=1)
    later = desk.fail(2)

    assert counts(desk.finish(job)) == (1, 1, 0, 0)
    assert later not in desk.retried


def test_a_job_is_about_what_the_count_before_it_has_counted(desk: Desk) -> None:
    failed = [desk.fail(1), desk.fail(2)]
    counted = desk.finish(desk.order(dry_run=True))
    desk.clock.advance(seconds=1)
    later = desk.fail(3)

    job = desk.finish(desk.order(seen_at=counted.created_at))

    assert counts(counted)[0] == counts(job)[0] == 2
    assert desk.retried == failed
    assert counts(desk.finish(desk.order())) == (1, 1, 0, 0)
    assert desk.retried == [*failed, later]


def test_what_fails_after_the_order_is_left_alone_also_if_it_names_a_later_time(desk: Desk) -> None:
    desk.fail(1)
    job = desk.order(seen_at=desk.clock.now() + timedelta(days=1))
    desk.clock.advance(seconds=1)
    desk.fail(2)

    assert counts(desk.finish(job)) == (1, 1, 0, 0)


def test_what_failed_after_the_order_is_not_in_the_job(desk: Desk) -> None:
    desk.fail(1)
    job = desk.order()
    desk.clock.advance(seconds=60)
    later = desk.fail(int(f"{int(desk.clock.now().timestamp() * 1000):012x}0000000000", 16))

    assert counts(desk.finish(job)) == (1, 1, 0, 0)
    assert later not in desk.retried


def test_a_file_that_a_retry_cannot_change_is_left_out_unless_its_reason_is_named(desk: Desk) -> None:
    desk.fail(1, Reason.NO_TEXT)
    desk.fail(2)

    everything = desk.finish(desk.order())
    by_reason = desk.finish(desk.order(reason=Reason.NO_TEXT))

    assert (counts(everything), counts(by_reason)) == ((2, 1, 0, 1), (1, 1, 0, 0))
    assert "would refuse the unchanged file again" in everything.problems[0].why


def test_a_dry_run_counts_and_lists_what_would_be_left_out_and_changes_nothing(desk: Desk) -> None:
    desk.fail(1, Reason.NO_TEXT)
    desk.fail(2)

    job = desk.finish(desk.order(dry_run=True))

    assert counts(job) == (2, 0, 0, 1)
    assert job.problems[0].name == "wire/1.txt"
    assert desk.retried == []


def test_a_file_that_cannot_be_retried_does_not_stop_the_others(desk: Desk) -> None:
    first, second, third = (desk.fail(number) for number in (1, 2, 3))
    desk.faults = {
        first: PermanentError(Reason.ORIGINAL_MISSING, "it is nowhere"),
        second: NotRetriedError("somebody was quicker"),
    }

    job = desk.finish(desk.order())

    assert desk.retried == [third]
    assert counts(job) == (3, 1, 1, 1)
    assert [(each.id, each.why) for each in job.problems] == [
        (first, "it is nowhere"),
        (second, "somebody was quicker"),
    ]


def test_an_outage_of_the_server_ends_no_attempt_and_another_one_only_that_of_the_file(desk: Desk) -> None:
    first, second = desk.fail(1), desk.fail(2)
    job = desk.order()
    runner = desk.runner()
    desk.faults = {first: ServerUnavailableError("away")}
    for _ in range(2 * MAX_TRIES):
        with pytest.raises(ServerUnavailableError):
            runner.step()
    during = desk.store.jobs.get(job.id)
    desk.faults = {first: TransientError("the disk is full")}
    desk.clock.advance(seconds=30)

    ended = desk.finish(job)

    assert during
    assert (during.failed, during.current) == (0, first)
    assert desk.retried == [second]
    assert counts(ended) == (2, 1, 1, 0)


def test_a_file_with_which_the_program_cannot_deal_stops_neither_the_others_nor_later_jobs(desk: Desk) -> None:
    first, second = desk.fail(1), desk.fail(2)
    desk.faults = {first: ValueError("a record with half a surrogate")}
    job, runner = desk.order(), desk.runner()
    for _ in range(MAX_TRIES - 1):
        with pytest.raises(ValueError, match="surrogate"):
            runner.step()
    desk.clock.advance(seconds=30)

    ended = desk.finish(job)

    assert desk.retried == [second]
    assert counts(ended) == (2, 1, 1, 0)
    assert [(each.id, each.why) for each in ended.problems] == [(first, "ValueError('a record with half a surrogate')")]
    desk.faults = {}
    third = desk.fail(3)
    desk.finish(desk.order())
    assert desk.retried == [second, first, third]


@pytest.mark.parametrize("dies_at", range(1, 21))
def test_a_job_survives_the_death_of_its_process_at_every_point(desk: Desk, dies_at: int) -> None:
    failed = [desk.fail(number) for number in range(1, 11)]
    job = desk.order()
    desk.dies_at = dies_at

    ended = desk.finish(job)

    assert desk.retried == failed
    assert counts(ended) == (10, 10, 0, 0)
    assert desk.runners == 2


def test_a_stopping_process_leaves_the_rest_to_the_next_at_once(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.fail(number)
    job, retry = desk.order(), desk.retry

    def retry_and_stop(failed: DeliveryId, by: str) -> None:
        retry(failed, by)
        desk.stopping = True

    actions = {JobAction.RETRY: retry_action(desk.store, retry_and_stop)}
    JobRunner(desk.store.jobs, actions, desk.clock, owner="a", is_stopping=lambda: desk.stopping).step()
    before = list(desk.retried)
    desk.stopping = False

    assert before == [delivery_id(1)]
    assert counts(desk.finish(job)) == (3, 3, 0, 0)


def test_memory_is_bounded_however_many_files_there_are(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copytaster.recovery.jobs.PAGE", 2)
    for number in range(1, MAX_PROBLEMS + 10):
        desk.fail(number, Reason.NO_TEXT)

    job = desk.finish(desk.order())

    assert counts(job) == (MAX_PROBLEMS + 9, 0, 0, MAX_PROBLEMS + 9)
    assert len(job.problems) == MAX_PROBLEMS


def test_there_are_not_any_number_of_jobs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copytaster.store.memory.jobs.MAX_WAITING", 1)
    desk.order()

    with pytest.raises(JobRefusedError, match="wait until one has"):
        desk.order()


def test_an_order_about_articles_has_no_reason() -> None:
    with pytest.raises(ValueError, match="withheld articles have none"):
        JobOrder(action=JobAction.RELEASE, reason=Reason.EMPTY)


def test_withheld_articles_are_released_by_source_and_title(desk: Desk) -> None:
    released = list[ArticleId]()

    def decide(
        article_id: ArticleId, request: ReleaseRequest, *, expected: Callable[[Article], bool] | None = None
    ) -> Article:
        assert expected is None
        if article_id == "a3":
            raise UnknownArticleError(article_id)
        assert (request.by.startswith("Anna (job j"), request.reason) == (True, "confirmed")
        released.append(article_id)
        desk.store.ledger.set_embargo(article_id, until=None)
        found = desk.store.articles.get(article_id)
        assert found
        return found

    for number, source in enumerate(("wire", "desk", "wire", "wire", "wire"), start=1):
        title = "Budget" if number == 5 else f"Harbour {number}"
        article = an_article(f"a{number}", source=source, title=title, status=ArticleStatus.WITHHELD)
        desk.store.articles.create(article, owner=delivery_id(number))
        desk.store.ledger.set_embargo(article.id, until=NO_END)
    order = JobOrder(action=JobAction.RELEASE, source="The Wire", name="harbour", by="Anna", why="confirmed")
    job = order_job(order, desk.store.jobs, desk.clock)
    actions = {JobAction.RELEASE: ReleaseAction(desk.store, decide)}
    JobRunner(desk.store.jobs, actions, desk.clock, owner="a", is_stopping=lambda: False).step()
    ended = desk.store.jobs.get(job.id)

    assert ended
    assert released == ["a1", "a4"]
    assert counts(ended) == (3, 2, 0, 1)


def a_step(desk: Desk, actions: Mapping[JobAction, BulkAction], *, owner: str) -> None:
    JobRunner(desk.store.jobs, actions, desk.clock, owner=owner, is_stopping=lambda: False).step()


@pytest.mark.parametrize(
    ("receipt", "why"),
    [(timedelta(hours=1), "version 2 of a1 arrived after"), (timedelta(0), "without an end any more")],
)
def test_a_version_that_is_stored_while_a_job_releases_its_article_stays_withheld(
    desk: Desk, receipt: timedelta, why: str
) -> None:
    """The job had begun with the article when its process died; its next version came before another one went on."""
    read = an_article("a1", status=ArticleStatus.WITHHELD)
    desk.store.articles.create(read, owner=delivery_id(1))
    desk.store.ledger.set_embargo(read.id, until=NO_END)
    job = order_job(JobOrder(action=JobAction.RELEASE, by="Anna"), desk.store.jobs, desk.clock)

    def release(article_id: ArticleId, request: ReleaseRequest, *, expected: Expected | None = None) -> Article:
        desk.live()
        decisions = MemoryDecisions()
        releases = Releases(store=desk.store, decisions=decisions, clock=desk.clock, by="test")
        return releases.decide(article_id, request, expected=expected)

    actions = {JobAction.RELEASE: ReleaseAction(desk.store, release)}
    desk.dies_at = 1
    with pytest.raises(KilledError):
        a_step(desk, actions, owner="one")
    desk.clock.advance(seconds=3_600)
    embargo = desk.clock.now() + timedelta(days=1)
    fields = {"status": ArticleStatus.WITHHELD, "embargoed_until": embargo, "received_at": START + receipt}
    desk.store.articles.add_version(an_article("a1", text="New.", **fields), owner=delivery_id(2))
    a_step(desk, actions, owner="two")

    current, ended = desk.store.articles.get(read.id), desk.store.jobs.get(job.id)
    assert current
    assert ended
    assert (current.version, current.at(desk.clock.now()).status) == (2, ArticleStatus.WITHHELD)
    assert counts(ended) == (1, 0, 0, 1)
    assert why in ended.problems[0].why


def test_what_a_person_withholds_again_after_the_order_stays_withheld(desk: Desk) -> None:
    desk.store.articles.create(an_article("a1", status=ArticleStatus.WITHHELD), owner=delivery_id(1))
    desk.store.ledger.set_embargo(ArticleId("a1"), until=NO_END)
    releases = Releases(store=desk.store, decisions=MemoryDecisions(), clock=desk.clock, by="test")
    releases.decide(ArticleId("a1"), ReleaseRequest(by="Ben"))
    job = order_job(JobOrder(action=JobAction.RELEASE, by="Anna"), desk.store.jobs, desk.clock)
    desk.clock.advance(seconds=1)
    releases.decide(ArticleId("a1"), ReleaseRequest(by="Ben", undo=True))

    a_step(desk, {JobAction.RELEASE: ReleaseAction(desk.store, releases.decide)}, owner="one")

    article, ended = desk.store.articles.get(ArticleId("a1")), desk.store.jobs.get(job.id)
    assert article
    assert article.at(desk.clock.now()).status is ArticleStatus.WITHHELD
    assert ended
    assert "Ben decided about a1 after" in ended.problems[0].why


def test_a_release_that_was_interrupted_is_completed(desk: Desk) -> None:
    desk.store.articles.create(an_article("a1", status=ArticleStatus.WITHHELD), owner=delivery_id(1))
    desk.store.ledger.set_embargo(ArticleId("a1"), until=NO_END)
    job = order_job(JobOrder(action=JobAction.RELEASE, by="Anna"), desk.store.jobs, desk.clock)
    releases = Releases(store=desk.store, decisions=MemoryDecisions(), clock=desk.clock, by="test")

    def release(article_id: ArticleId, request: ReleaseRequest, *, expected: Expected | None = None) -> Article:
        found = releases.decide(article_id, request, expected=expected)
        desk.live()
        return found

    actions = {JobAction.RELEASE: ReleaseAction(desk.store, release)}
    desk.dies_at = 1
    with pytest.raises(KilledError):
        a_step(desk, actions, owner="one")
    desk.clock.advance(seconds=3_600)
    a_step(desk, actions, owner="two")

    ended = desk.store.jobs.get(job.id)
    assert ended
    assert counts(ended) == (1, 1, 0, 0)
