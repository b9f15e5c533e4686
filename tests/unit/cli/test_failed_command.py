"""``copytaster failed`` over a store in memory and real folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path, capsys: Captured) -> MemoryDependencies:
    """Return dependencies over a store with two empty files and one that is too large."""
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_MAX_FILE_BYTES": "1000"})
    for name, content in (("a.txt", ""), ("b.txt", ""), ("large.txt", "x" * 1_001)):
        (tmp_path / name).write_text(content)
        dependencies.clock.advance(seconds=1)
        run(["ingest", str(tmp_path / name), "--source", "wire" if content else "desk"], dependencies)
    capsys.readouterr()
    return dependencies


def test_failed_files_are_listed_oldest_first_with_their_counts(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    status = run(["failed"], dependencies)

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split()[1] for line in lines[1:4]] == ["desk/a.txt", "desk/b.txt", "wire/large.txt"]
    assert lines[4:] == ["3 failed files", "by reason: empty 2, too_large 1", "by source: desk 2, wire 1"]
    assert ["useless" in line for line in lines[1:4]] == [True, True, False]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--reason", "empty"], ["a.txt", "b.txt"]),
        (["--source", "WIRE"], ["large.txt"]),
        (["--name", "B.T"], ["b.txt"]),
        (["--limit", "1"], ["a.txt"]),
    ],
)
def test_json_has_a_line_for_each_file_that_matches(
    dependencies: MemoryDependencies, capsys: Captured, options: list[str], names: list[str]
) -> None:
    run(["failed", "--json", *options], dependencies)

    assert [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()] == names


def test_a_cut_list_says_so(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["failed", "--limit", "2"], dependencies)

    assert "… and more; --limit prints more than 2" in capsys.readouterr().out


def test_an_empty_list_says_why(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["failed", "--name", "nothing"], dependencies)
    nothing = capsys.readouterr().out
    run(["dismiss", "--all"], dependencies)
    capsys.readouterr()
    run(["failed"], dependencies)

    assert nothing == "none of the 3 failed files matches\n"
    assert capsys.readouterr().out == "no file failed\n"


def test_counts_can_be_printed_alone(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["failed", "--counts", "--json"], dependencies)

    assert json.loads(capsys.readouterr().out)["files"] == 3


def test_a_group_is_dismissed_and_the_status_is_quiet_after_the_last(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    run(["status"], dependencies)
    before = capsys.readouterr().out
    run(["dismiss", "--source", "desk", "--dry-run"], dependencies)
    planned = capsys.readouterr().out.splitlines()
    run(["dismiss", "--source", "desk"], dependencies)
    run(["dismiss", "--all"], dependencies)
    capsys.readouterr()
    run(["status"], dependencies)
    after = capsys.readouterr().out

    assert "failed files that wait for a person: 3 (2 empty, 1 too_large)" in before
    assert "3 files (2 empty, 1 too_large)" in before
    assert [line.split()[0] for line in planned] == ["desk/a.txt", "desk/b.txt"]
    assert "failed" not in after


@pytest.mark.parametrize("options", [[], ["--all", "--name", "a"], ["d1", "--source", "desk"]])
def test_a_selection_is_of_one_kind(dependencies: MemoryDependencies, capsys: Captured, options: list[str]) -> None:
    assert run(["dismiss", *options], dependencies) == 2
    assert "exactly one of the three" in " ".join(capsys.readouterr().err.split())
