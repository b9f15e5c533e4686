from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from copytaster.system.temporary_folder import temporary_folder

HOLDER = """
import os, sys, time
from copytaster.system.temporary_folder import temporary_folder
with temporary_folder("test") as folder:
    (folder / "figures").write_text("1")
    if sys.argv[1] == "fork" and os.fork():
        os.kill(os.getpid(), 9)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a separate temporary folder, also in child processes."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def holder(mode: str = "alone") -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a temporary folder until its input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def release(process: subprocess.Popen[str]) -> None:
    process.communicate()


def test_the_folder_is_removed_at_the_end(temporary: Path) -> None:
    with temporary_folder("test") as folder:
        (folder / "figures").write_text("1")
        assert folder.parent == temporary

    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_killed_process_is_removed_by_the_next_one(temporary: Path) -> None:
    process, abandoned = holder()
    process.send_signal(signal.SIGKILL)
    release(process)
    assert (abandoned / "figures").exists()

    with temporary_folder("test") as folder:
        assert list(temporary.iterdir()) == [folder]


@pytest.mark.parametrize("mode", ["alone", "fork"])
def test_the_folder_of_a_running_process_or_of_its_children_stays(mode: str) -> None:
    process, used = holder(mode)

    with temporary_folder("test"):
        assert (used / "figures").exists()

    release(process)
    with temporary_folder("test"):
        assert used.exists() is False


def test_folders_of_other_kinds_stay(temporary: Path) -> None:
    other = temporary / "copytaster-other-x"
    other.mkdir()

    with temporary_folder("test"):
        assert other.exists()
