"""``copytaster backup`` and ``copytaster restore`` with the data of a server in memory, and real folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster.bootstrap.archive import open_journal
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from copytaster_cli.processes.lock import locked
from copytaster_cli.system_dependencies import SystemDependencies

Captured = pytest.CaptureFixture[str]

SNAPSHOT = b"REDIS0011 and the data"


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    """Give a system that has taken in a file."""
    made = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    made.server_data.content = SNAPSHOT
    (tmp_path / "story.txt").write_text("The harbour reopens.\n")
    assert run(["ingest", str(tmp_path / "story.txt")], made) == 0
    return made


@pytest.fixture
def empty(tmp_path: Path) -> MemoryDependencies:
    (tmp_path / "other").mkdir()
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "other")})


def test_a_backup_is_written_verified_and_restored(
    dependencies: MemoryDependencies, empty: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    backup = str(tmp_path / "backup")
    capsys.readouterr()

    assert run(["backup", backup, "--json"], dependencies) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert run(["restore", backup, "--dry-run"], empty) == 0
    assert "the backup is sound" in capsys.readouterr().out
    assert empty.server_data.content == b""
    assert run(["restore", backup], empty) == 0

    assert "start the parts" in capsys.readouterr().out
    assert empty.server_data.content == SNAPSHOT
    assert manifest["server"]["name"] == "valkey"
    journals = [list(open_journal(each.settings()).entries(since=None)) for each in (dependencies, empty)]
    assert journals[0] == journals[1] != []


def test_a_backup_is_verified_while_the_system_runs_and_is_not_restored(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    backup = str(tmp_path / "backup")
    run(["backup", backup], dependencies)
    system = SystemDependencies(dependencies.environ)
    (folder := tmp_path / "data" / "redis").mkdir()

    with locked(folder / "lock"):
        assert run(["restore", backup, "--dry-run"], system) == 0
        assert run(["restore", backup], system) == 2

    assert "already running" in capsys.readouterr().err


def test_data_is_only_replaced_on_request(dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured) -> None:
    backup = str(tmp_path / "backup")
    run(["backup", backup], dependencies)

    assert run(["backup", backup], dependencies) == 1
    assert "choose another name" in capsys.readouterr().err
    assert run(["restore", backup], dependencies) == 1
    assert "--replace" in capsys.readouterr().err
    assert run(["restore", backup, "--replace"], dependencies) == 0


def test_a_missing_key_is_wrong_use(
    dependencies: MemoryDependencies, empty: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    assert run(["backup", str(tmp_path / "backup"), "--key-file", str(tmp_path / "no-key")], dependencies) == 2
    assert "age-keygen" in capsys.readouterr().err
    assert run(["restore", str(tmp_path / "data")], empty) == 1
    assert "is no backup" in capsys.readouterr().err
