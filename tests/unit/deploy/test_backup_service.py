"""The service `backup` of docker-compose.yml: its script, with stand-ins for the programs, and its health check."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
SUCCEEDS, IS_KILLED = 'mkdir "$2"', 'mkdir "$2.partial"; exit 137'


def backup_once(folder: Path, copytaster: str, **stand_ins: str) -> str:
    """Run the script until it sleeps, with a script in place of each of these programs; return what it wrote."""
    programs = folder.with_name("programs")
    programs.mkdir(exist_ok=True)
    for name, script in (stand_ins | {"copytaster": copytaster, "sleep": "echo sleeps $1; exit 9"}).items():
        program = programs / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    script = (ROOT / "deploy" / "backup.sh").read_text(encoding="utf-8").replace("/backups/", f"{folder}/")
    environ = {"PATH": f"{programs}:{os.environ['PATH']}", "BACKUP_HOURS": "24", "BACKUP_KEEP": "2"}
    return subprocess.run(["/bin/sh", "-c", script], env=environ, capture_output=True, text=True, check=False).stdout


def is_healthy(folder: Path) -> bool:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    command = (
        compose["services"]["backup"]["healthcheck"]["test"][1].replace("$$", "$").replace("/backups", str(folder))
    )
    environ = os.environ | {"BACKUP_HOURS": "24"}
    return subprocess.run(["/bin/sh", "-c", command], env=environ, check=False).returncode == 0


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """Give a folder with three backups, the last of which is older than the interval."""
    folder = tmp_path / "backups"
    for day in (1, 2, 3):
        (folder / f"2026-01-0{day}T000000Z").mkdir(parents=True)
        make_older(folder / f"2026-01-0{day}T000000Z", hours=25)
    return folder


def make_older(folder: Path, *, hours: float) -> None:
    written = time.time() - hours * 3600
    os.utime(folder, (written, written))


def test_the_oldest_backups_are_removed_after_a_new_one(backups: Path) -> None:
    said = backup_once(backups, SUCCEEDS)

    left = sorted(each.name for each in backups.iterdir())
    assert said == "sleeps 86400\n"
    assert (len(left), left[0]) == (2, "2026-01-03T000000Z")


def test_the_first_start_writes_a_backup_at_once(tmp_path: Path) -> None:
    (folder := tmp_path / "backups").mkdir()

    assert backup_once(folder, SUCCEEDS) == "sleeps 86400\n"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(("hours", "is_due"), [(6, False), (25, True), (-6, True)])
def test_a_restart_writes_no_backup_before_it_is_due_which_would_remove_an_older_one(
    backups: Path, hours: int, is_due: bool
) -> None:
    before = sorted(each.name for each in backups.iterdir())
    make_older(backups / before[-1], hours=hours)

    said = backup_once(backups, SUCCEEDS)

    left = sorted(each.name for each in backups.iterdir())
    assert (left != before) == is_due
    seconds = int(said.removeprefix("sleeps "))
    assert seconds == 86400 if is_due else 17 * 3600 < seconds <= 18 * 3600


def test_a_backup_that_cannot_be_removed_does_not_end_the_service_which_would_write_another_at_once(
    backups: Path,
) -> None:
    assert backup_once(backups, SUCCEEDS, rm="exit 1") == "sleeps 86400\n"


def test_what_a_killed_backup_leaves_is_removed_by_the_next_and_is_no_backup_for_the_health_check(
    backups: Path,
) -> None:
    for each in backups.iterdir():
        os.utime(each, (0, 0))
    backup_once(backups, IS_KILLED)
    after_kill = len(list(backups.glob("*.partial"))), is_healthy(backups)
    backup_once(backups, SUCCEEDS)

    assert after_kill == (1, False)
    assert (list(backups.glob("*.partial")), is_healthy(backups)) == ([], True)
