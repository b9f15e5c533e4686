"""Two hosts with nothing in common but a Redis server and a bucket: one dies, and no file is lost or doubled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.hosts.network import unavailable
from tests.chaos.programs import run_benchmark

SOUND = {"lost": [], "doubled": [], "stuck": [], "balanced": True, "wrong": []}


def play(files: int, *, seconds: float) -> dict[str, Any]:
    """Run the benchmark; the test is skipped, with the reason, where it cannot run."""
    if why := unavailable():
        pytest.skip(why)
    completed = run_benchmark("benchmarks.hosts", "--files", str(files), "--json", seconds=seconds)
    assert completed.stdout, completed.stderr
    found: dict[str, Any] = json.loads(completed.stdout)
    return found


def test_one_of_two_hosts_dies_and_each_file_is_one_article() -> None:
    found = play(100, seconds=280)

    assert found["verdict"] == SOUND
    assert found["dispositions"] == {"stored": 100}
    assert sum(found["by_host"].values()) == 100
    assert found["ended_at_death"] < 100


@pytest.mark.engine
@pytest.mark.timeout(1500)
def test_one_of_two_hosts_dies_among_two_thousand_files() -> None:
    found = play(2000, seconds=1400)

    assert found["verdict"] == SOUND
    assert found["dispositions"] == {"stored": 2000}
    assert min(found["by_host"]["first"], found["by_host"]["second"], found["taken_over"]) > 0
