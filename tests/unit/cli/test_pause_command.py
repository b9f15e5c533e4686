"""``copytaster pause`` and ``copytaster resume`` over a store in memory."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})


def test_a_pause_is_in_the_status_until_it_is_resumed(dependencies: MemoryDependencies, capsys: Captured) -> None:
    paused = run(["pause", "source", "kestrel", "--by", "Anna", "--reason", "broken"], dependencies)
    said = capsys.readouterr().out
    run(["status"], dependencies)
    during = capsys.readouterr().out
    resumed = run(["resume", "source", "Kestrel"], dependencies)
    end = capsys.readouterr().out
    run(["status"], dependencies)

    assert (paused, resumed, end) == (0, 0, "the source kestrel is resumed\n")
    assert "the source kestrel is paused by Anna since" in said
    assert "`copytaster resume source kestrel` ends it" in " ".join(during.split())
    assert "paused" not in capsys.readouterr().out


def test_json_is_the_pause(dependencies: MemoryDependencies, capsys: Captured) -> None:
    until = dependencies.clock.now() + timedelta(hours=1)
    run(["pause", "intake", "--until", f"{until:%Y-%m-%dT%H:%M:%SZ}", "--json"], dependencies)

    pause = json.loads(capsys.readouterr().out)
    assert (pause["kind"], pause["name"], pause["until"]) == ("intake", None, f"{until:%Y-%m-%dT%H:%M:%SZ}")


def test_a_time_with_an_offset_is_printed_in_utc(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["pause", "intake", "--until", "2099-01-01T09:00:00+02:00"], dependencies)

    assert "until 2099-01-01 07:00:00 UTC" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["pause", "queue", "nothing"], 1, "there is no queue nothing"),
        (["pause", "intake", "--until", "2001-01-01"], 1, "has passed already"),
        (["resume", "intake"], 1, "intake is not paused"),
        (["pause", "world"], 2, "world"),
    ],
)
def test_what_is_not_possible_says_why(
    dependencies: MemoryDependencies, capsys: Captured, arguments: list[str], status: int, message: str
) -> None:
    assert run(arguments, dependencies) == status
    assert message in " ".join(capsys.readouterr().err.split())
