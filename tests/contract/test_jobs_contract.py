from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.clock import ManualClock
from copytaster.model.job import Job, JobAction, JobId, JobOrder, JobState
from copytaster.store.ports.jobs import TooManyJobsError
from copytaster.store.store import Store

LEASE, NONE = timedelta(seconds=30), timedelta(0)


def a_job(clock: ManualClock, number: int = 1) -> Job:
    return Job(id=JobId(f"j{number:022x}"), order=JobOrder(action=JobAction.RETRY), created_at=clock.now())


def ended(job: Job) -> Job:
    return job.model_copy(update={"state": JobState.ENDED, "ended_at": job.created_at, "done": 3})


def test_a_job_is_stored_and_listed_the_newest_first(store: Store, clock: ManualClock) -> None:
    jobs = [a_job(clock, number) for number in (1, 2, 3)]
    for each in jobs:
        store.jobs.add(each)

    assert store.jobs.get(jobs[0].id) == jobs[0]
    assert store.jobs.get(JobId("j" + "f" * 22)) is None
    assert store.jobs.latest(limit=2) == [jobs[2], jobs[1]]


def test_the_oldest_open_job_is_taken_by_one_owner_at_a_time(store: Store, clock: ManualClock) -> None:
    first, second = a_job(clock, 1), a_job(clock, 2)
    for each in (second, first):
        store.jobs.add(each)

    taken = [store.jobs.take(owner=owner, lease=LEASE) for owner in ("one", "two", "one")]

    assert taken == [first, None, first]


def test_a_job_does_not_wait_for_a_lease_of_a_clock_that_was_set_back(store: Store, clock: ManualClock) -> None:
    store.jobs.add(a_job(clock))
    store.jobs.take(owner="one", lease=LEASE)
    clock.advance(seconds=-86_400)

    assert store.jobs.take(owner="two", lease=LEASE)
    assert store.jobs.take(owner="one", lease=LEASE) is None


def test_nothing_is_taken_without_a_job_and_the_lease_stays_free(store: Store, clock: ManualClock) -> None:
    before = store.jobs.take(owner="one", lease=LEASE)
    store.jobs.add(a_job(clock))

    assert before is None
    assert store.jobs.take(owner="two", lease=LEASE) == a_job(clock)


def test_progress_is_saved_and_extends_the_lease(store: Store, clock: ManualClock) -> None:
    store.jobs.add(a_job(clock))
    store.jobs.take(owner="one", lease=LEASE)
    later = a_job(clock).model_copy(update={"done": 1, "current": "d1"})
    clock.advance(seconds=20)
    saved = store.jobs.save(later, owner="one", lease=LEASE)
    clock.advance(seconds=20)

    assert saved
    assert store.jobs.take(owner="two", lease=LEASE) is None
    assert store.jobs.get(later.id) == later


def test_a_lease_that_has_ended_is_taken_over_and_its_former_owner_saves_nothing(
    store: Store, clock: ManualClock
) -> None:
    job = a_job(clock)
    store.jobs.add(job)
    store.jobs.take(owner="one", lease=LEASE)
    clock.advance(seconds=30)

    taken = store.jobs.take(owner="two", lease=LEASE)
    late = store.jobs.save(ended(job), owner="one", lease=LEASE)

    assert (taken, late) == (job, False)
    assert store.jobs.get(job.id) == job


def test_a_job_that_has_ended_makes_room_for_the_next(store: Store, clock: ManualClock) -> None:
    first, second = a_job(clock, 1), a_job(clock, 2)
    for each in (first, second):
        store.jobs.add(each)
    store.jobs.take(owner="one", lease=LEASE)
    store.jobs.save(ended(first), owner="one", lease=NONE)

    assert store.jobs.take(owner="two", lease=LEASE) == second
    assert store.jobs.latest(limit=5) == [second, ended(first)]


def test_the_number_of_open_and_of_ended_jobs_is_bounded(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("memory", "redis"):
        monkeypatch.setattr(f"copytaster.store.{kind}.jobs.MAX_WAITING", 2)
        monkeypatch.setattr(f"copytaster.store.{kind}.jobs.KEPT", 1)
    for number in (1, 2):
        store.jobs.add(a_job(clock, number))
    with pytest.raises(TooManyJobsError):
        store.jobs.add(a_job(clock, 3))
    for number in (1, 2):
        store.jobs.take(owner="one", lease=LEASE)
        store.jobs.save(ended(a_job(clock, number)), owner="one", lease=NONE)
    store.jobs.add(a_job(clock, 4))

    assert store.jobs.latest(limit=9) == [a_job(clock, 4), ended(a_job(clock, 2))]
