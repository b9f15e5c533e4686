"""Two hosts with nothing in common but a Redis server and a bucket: one dies, and no file is lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hosts.network import unavailable

REPOSITORY = Path(__file__).parents[2]

SOUND = {"lost": [], "doubled": [], "stuck": [], "balanced": True, "wrong": []}


def play(files: int, *, seconds: float) -> dict[str, Any]:
    """Run the benchmark; the test is skipped, with the reason, where it cannot run."""
    if why := unavailable():
        pytest.skip(why)
    command = [sys.executable, "-m", "benchmarks.hosts", "--files", str(files), "--json"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            out, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.terminate()  # SIGTERM rather than SIGKILL: it then removes what it has made
            out, errors = process.communicate()
    assert out, errors
    found: dict[str, Any] = json.loads(out)
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
