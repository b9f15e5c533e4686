"""``copytaster doctor``: what it prints, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster.doctor.finding import Examination, Level
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies

Captured = pytest.CaptureFixture[str]


class Examined(MemoryDependencies):
    """An installation with one finding of this level."""

    level = Level.OK

    def examine(self) -> Examination:
        """Return the finding."""
        cure = None if self.level is Level.OK else "raise it"
        finding = {"check": "open_files", "level": self.level, "found": "128 open files", "cure": cure}
        return Examination.model_validate({"findings": [finding]})


@pytest.fixture
def dependencies(tmp_path: Path) -> Examined:
    return Examined({"COPYTASTER_DATA": str(tmp_path / "data")})


@pytest.mark.parametrize(("level", "status"), [(Level.OK, 0), (Level.WARN, 0), (Level.FAIL, 1)])
def test_only_a_failed_check_changes_the_exit_status(
    dependencies: Examined, capsys: Captured, level: Level, status: int
) -> None:
    dependencies.level = level

    assert run(["doctor"], dependencies) == status
    printed = capsys.readouterr().out
    assert "128 open files" in printed
    assert ("→ raise it" in printed) == (level is not Level.OK)


def test_findings_are_json_for_programs(dependencies: Examined, capsys: Captured) -> None:
    dependencies.level = Level.FAIL

    assert run(["doctor", "--json"], dependencies) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["healthy"] is False
    assert document["findings"][0]["cure"] == "raise it"


def test_a_machine_with_a_server_in_memory_is_examined_whole(tmp_path: Path, capsys: Captured) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path), "COPYTASTER_ALLOW_UNSANDBOXED": "true"})

    run(["doctor", "--json"], dependencies)

    checks = {each["check"] for each in json.loads(capsys.readouterr().out)["findings"]}
    assert {
        "server",
        "persistence",
        "eviction",
        "data",
        "inbox",
        "sandbox",
        "inotify",
        "open_files",
        "models",
    } <= checks


@pytest.mark.parametrize(
    ("address", "found", "cure"),
    [
        ("s3://", "names no bucket", "correct COPYTASTER_ARCHIVE_URL"),
        ("s4://originals", "COPYTASTER_ARCHIVE_URL", "correct COPYTASTER_ARCHIVE_URL"),
        ("s3://id:hunter2@originals", "a key in front of the bucket", "AWS_SHARED_CREDENTIALS_FILE"),
    ],
)
def test_an_address_of_the_archive_that_cannot_be_opened_is_one_finding_among_the_others(
    tmp_path: Path, capsys: Captured, address: str, found: str, cure: str
) -> None:
    environ = {"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_ARCHIVE_URL": address}

    assert run(["doctor", "--json"], MemoryDependencies(environ)) == 1

    printed = capsys.readouterr().out
    findings = {each["check"]: each for each in json.loads(printed)["findings"]}
    assert {"server", "data", "sandbox", "models"} <= findings.keys()
    assert findings["archive"]["level"] == "fail"
    assert found in findings["archive"]["found"]
    assert cure in findings["archive"]["cure"]
    assert "hunter2" not in printed
