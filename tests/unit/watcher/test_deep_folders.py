"""A folder that is too deep affects only its own files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from copytaster_watcher.discovery.scan import FolderScan

NAME = "folder-that-was-copied-into-itself"


@pytest.fixture
def too_deep(tmp_path: Path) -> Iterator[Path]:
    """Yield an inbox with a folder whose path is longer than the system allows, made step by step."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "good.txt").write_text("story")
    steps = [os.open(inbox, os.O_RDONLY)]
    for _ in range(os.pathconf(inbox, "PC_PATH_MAX") // len(NAME) + 1):
        os.mkdir(NAME, dir_fd=steps[-1])
        steps.append(os.open(NAME, os.O_RDONLY, dir_fd=steps[-1]))
    yield inbox
    for parent, step in reversed(list(pairwise(steps))):
        os.close(step)
        os.rmdir(NAME, dir_fd=parent)
    os.close(steps[0])


def test_a_folder_that_is_too_deep_delays_no_other_file_and_is_logged_once(too_deep: Path) -> None:
    scan = FolderScan(too_deep)

    with capture_logs() as logs:
        found = [list(scan()) for _ in range(3)]

    assert found == [["good.txt"]] * 3
    assert [(each["event"], each["why"]) for each in logs] == [("scan.skipped", "File name too long")]
    assert NAME in logs[0]["path"]
