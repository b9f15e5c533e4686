"""Short slices of the fault kit, each on a separate system: nothing is lost, doubled or stuck.

The whole of it is ``python -m benchmarks.chaos``; kills of worker, watcher and server, and SIGTERM, are in
``tests/integration``.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.chaos.programs import run_benchmark

FILES = 20

SECONDS = 2

RESTARTS = 2

SOUND = {"lost": [], "doubled": [], "stuck": [], "balanced": True, "wrong": []}

LIMIT_SECONDS = 200
"""Below the limit of a test, so that the kit's own words are seen; a slice takes some ten seconds."""


def chaos(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_benchmark("benchmarks.chaos", *arguments, seconds=LIMIT_SECONDS)


def play(fault: str) -> dict[str, Any]:
    """Play one fault and return its only run; the test is skipped, with the kit's reason, where it cannot be played."""
    size = ("--files", str(FILES), "--copies", "20", "--seconds", str(SECONDS), "--restarts", str(RESTARTS))
    done = chaos("--faults", fault, *size, "--json")
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    if fault in found["skipped"]:
        pytest.skip(found["skipped"][fault])
    assert done.returncode == 0, done.stderr + done.stdout
    (run,) = found["runs"]
    return dict(run)


@pytest.mark.parametrize(
    "fault",
    [
        "everything",
        "half-open",
        "maxmemory",
        "tag-kill",
        "aof-middle",
        "password-change",
        "fd-limit",
        "stale-code",
        "readonly",
        "inodes",
        "away",
        "copies",
        "half-written",
        "slow-writer",
        "renamed",
        "two-watchers",
        "clock",
        "restarts",
        "outage",
        "oom-child",
        "archive-rot",
        "journal-rot",
        "late-writer",
        "watcher-bomb",
        "retention",
    ],
)
def test_a_fault_loses_doubles_and_strands_nothing(fault: str) -> None:
    run = play(fault)

    assert run["verdict"] == SOUND
    assert run["ended_seconds"] is not None


def test_a_child_that_is_killed_with_a_delivery_in_its_hands_costs_that_delivery_a_retry_and_no_more() -> None:
    run = play("child")

    assert run["notes"] == ["killed with a delivery in progress"]
    assert run["verdict"] == SOUND
    assert run["died"] == []


def test_nobody_notices_that_the_api_was_killed() -> None:
    run = play("api")

    assert run["verdict"] == SOUND
    assert run["died"] == []


def test_files_wait_in_the_inbox_while_the_archives_disk_is_full() -> None:
    run = play("disk-full")

    assert run["verdict"] == SOUND
    assert "0 files waited in the inbox for room" not in run["notes"]


def test_a_poison_file_kills_its_readers_a_few_times_and_nobody_else_is_the_worse_for_it() -> None:
    run = play("poison")

    assert run["verdict"] == SOUND
    assert f"{FILES} files had ended" in run["notes"][0]
    assert "ended as parser_crash" in run["notes"][1]


def test_an_unknown_fault_is_wrong_use_and_the_known_ones_are_named() -> None:
    done = chaos("--faults", "earthquake")

    assert done.returncode == 2
    assert "no such fault: earthquake; there are child, tag-kill, worker" in done.stderr


def test_the_help_says_what_each_fault_does() -> None:
    done = chaos("--help")

    assert done.returncode == 0
    assert "half-open     all connections to the server become half-open, and so are new ones" in done.stdout
