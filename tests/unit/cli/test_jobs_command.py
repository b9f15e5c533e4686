"""``copytaster jobs`` over a store in memory, from the server and through an API."""

from __future__ import annotations

import json
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from copytaster.model.job import JobAction, JobState
from copytaster.recovery.jobs import LEASE
from copytaster.store.ports.jobs import Jobs
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from copytaster_cli.users import user_name
from tests.api_transport import URL, serve_api

Captured = pytest.CaptureFixture[str]


@pytest.fixture(params=["server", "api"])
def dependencies(tmp_path: Path, request: pytest.FixtureRequest) -> MemoryDependencies:
    """Give a system whose commands use the server, or an API over the same store."""
    environ = {"COPYTASTER_DATA": str(tmp_path / "data")}
    made = MemoryDependencies(environ | ({"COPYTASTER_URL": URL} if request.param == "api" else {}))
    serve_api(made)
    return made


def document(dependencies: MemoryDependencies, capsys: Captured, *arguments: str) -> Any:
    assert run(["jobs", *arguments, "--json"], dependencies) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out.splitlines()[0])


def test_a_job_is_ordered_with_its_conditions_and_who_ordered_it(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    made = document(dependencies, capsys, "retry", "--reason", "parse_failed", "--source", "wire", "--dry-run")

    (job,) = dependencies.store().jobs.latest(limit=10)
    assert (job.id, job.order.action, job.order.reason, job.order.source) == (
        made["id"],
        "retry",
        "parse_failed",
        "wire",
    )
    assert job.order.dry_run
    assert job.order.by == user_name(dependencies.environ)
    assert (
        document(dependencies, capsys, "show", job.id)["id"] == document(dependencies, capsys, "list")["id"] == job.id
    )


def test_a_release_has_its_reason(dependencies: MemoryDependencies, capsys: Captured) -> None:
    document(dependencies, capsys, "release", "--name", "harbour", "--reason", "the desk asked")

    (job,) = dependencies.store().jobs.latest(limit=10)
    assert (job.order.action, job.order.name, job.order.why) == (JobAction.RELEASE, "harbour", "the desk asked")


@pytest.mark.parametrize("options", [[], ["--all", "--source", "wire"]])
def test_all_has_to_be_meant(dependencies: MemoryDependencies, capsys: Captured, options: list[str]) -> None:
    assert run(["jobs", "dismiss", *options], dependencies) == 2
    assert "exactly one of the two" in capsys.readouterr().err
    assert dependencies.store().jobs.latest(limit=10) == []


def test_a_job_that_is_followed_ends_with_what_it_did(dependencies: MemoryDependencies, capsys: Captured) -> None:
    document(dependencies, capsys, "dismiss", "--all")
    jobs = dependencies.store().jobs
    end(jobs, done=2, failed=1)
    (job,) = jobs.latest(limit=1)

    assert run(["jobs", "show", job.id, "--wait"], dependencies) == 1

    printed = capsys.readouterr()
    assert "2 of 3 done, 1 failed, 0 left out" in printed.out
    assert "1 failed" in printed.err


def test_a_job_of_which_the_server_has_lost_the_record_is_not_waited_for_for_ever(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    document(dependencies, capsys, "dismiss", "--all")
    jobs = dependencies.store().jobs
    (job,) = jobs.latest(limit=1)
    jobs.get = Mock(side_effect=chain([job], repeat(None)))  # type: ignore[method-assign]

    assert run(["jobs", "show", job.id, "--wait"], dependencies) == 1

    assert "the server has lost it" in capsys.readouterr().err


def test_a_job_whose_conditions_nothing_meets_says_so(dependencies: MemoryDependencies, capsys: Captured) -> None:
    job_id = document(dependencies, capsys, "retry", "--source", "kestrl")["id"]
    end(dependencies.store().jobs)

    assert run(["jobs", "show", job_id, "--wait"], dependencies) == 0

    assert "nothing meets the conditions of the job: retry: source kestrl" in capsys.readouterr().err


def end(jobs: Jobs, **counts: int) -> None:
    """Let a watcher end the job."""
    job = jobs.take(owner="watcher", lease=LEASE)
    assert job
    ended = job.model_copy(update={"state": JobState.ENDED, "total": sum(counts.values()), **counts})
    assert jobs.save(ended, owner="watcher", lease=LEASE)


def test_an_unknown_job_is_an_error_and_no_jobs_are_said(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["jobs", "show", "j" + "0" * 22], dependencies) == 1
    assert "there is no job" in capsys.readouterr().err
    assert run(["jobs", "list"], dependencies) == 0
    assert capsys.readouterr().out == "there are no jobs\n"
