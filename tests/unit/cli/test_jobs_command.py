"""``copytaster jobs`` over a store in memory, from the server and through an API."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from copytaster.model.job import JobAction, JobState
from copytaster.model.work import EmptyQueues
from copytaster.recovery.jobs import LEASE
from copytaster.store.ports.jobs import Jobs
from copytaster_api.app import ApiDependencies, create_app
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies

with warnings.catch_warnings():
    # Starlette wants httpx2 where httpx serves as well.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

Captured = pytest.CaptureFixture[str]

URL = "http://127.0.0.1:8000"


@pytest.fixture(params=["server", "api"])
def dependencies(tmp_path: Path, request: pytest.FixtureRequest) -> MemoryDependencies:
    """Give a system whose commands use the server, or an API over the same store."""
    environ = {"COPYTASTER_DATA": str(tmp_path / "data"), "USER": "anna"}
    made = MemoryDependencies(environ | ({"COPYTASTER_URL": URL} if request.param == "api" else {}))
    api = ApiDependencies(store=made.store(), queues=EmptyQueues(), clock=made.clock, registry=CollectorRegistry())
    client = TestClient(create_app(api), base_url=URL)

    def answer(request: httpx2.Request) -> httpx2.Response:
        headers = dict(request.headers)
        response = client.request(request.method, str(request.url), headers=headers, content=request.content)
        return httpx2.Response(response.status_code, content=response.content)

    made.transport = httpx2.MockTransport(answer)
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
    assert job.order.by == "anna"
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
