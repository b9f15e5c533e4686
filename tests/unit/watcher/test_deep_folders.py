"""A folder that cannot be read affects only its own files, and is reported."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from copytaster_watcher.discovery.scan import MAX_LEVELS, FolderScan

LONG, SHORT = "folder-that-was-copied-into-itself", "a"

LEVELS = {LONG: 4_096 // len(LONG) + 1, SHORT: 900}
"""How often a folder is nested: the path of the one is longer than the system allows, that of the other is not."""


@pytest.fixture(params=LEVELS)
def name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def too_deep(tmp_path: Path, name: str) -> Iterator[Path]:
    """Yield an inbox with a folder that is nested too deep, made step by step."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "good.txt").write_text("story")
    steps = [os.open(inbox, os.O_RDONLY)]
    for _ in range(LEVELS[name]):
        os.mkdir(name, dir_fd=steps[-1])
        steps.append(os.open(name, os.O_RDONLY, dir_fd=steps[-1]))
    yield inbox
    for parent, step in reversed(list(pairwise(steps))):
        os.close(step)
        os.rmdir(name, dir_fd=parent)
    os.close(steps[0])


def test_a_folder_that_is_too_deep_delays_no_other_file_and_is_logged_once(too_deep: Path, name: str) -> None:
    scan = FolderScan(too_deep)

    with capture_logs() as logs:
        found = [list(scan()) for _ in range(3)]

    assert found == [["good.txt"]] * 3
    (path,) = scan.unreachable
    assert [(each["event"], each["path"], each["why"]) for each in logs] == [
        ("scan.skipped", path, scan.unreachable[path])
    ]
    assert set(path.split("/")) == {name}
    assert scan.unreachable[path].endswith("move its files to a folder with a shorter path")


def test_files_at_any_depth_that_is_scanned_are_found(tmp_path: Path) -> None:
    deepest = tmp_path / "/".join("a" * MAX_LEVELS)
    deepest.mkdir(parents=True)
    (deepest / "story.txt").write_text("story")

    scan = FolderScan(tmp_path)

    assert list(scan()) == [f"{'a/' * MAX_LEVELS}story.txt"]
    assert scan.unreachable == {}


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_an_unreadable_folder_is_reported_until_it_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "good.txt").write_text("story")
    scandir = os.scandir

    def refusing(folder: Path) -> Iterator[os.DirEntry[str]]:
        if folder.name == "locked":
            raise OSError(number, os.strerror(number), str(folder))
        return scandir(folder)

    scan = FolderScan(tmp_path)
    monkeypatch.setattr(os, "scandir", refusing)
    found, unreachable = list(scan()), dict(scan.unreachable)
    monkeypatch.undo()
    scan()

    assert found == ["good.txt"]
    assert list(unreachable) == ["locked"]
    assert unreachable["locked"].startswith(f"{os.strerror(number)}; ")
    assert scan.unreachable == {}
