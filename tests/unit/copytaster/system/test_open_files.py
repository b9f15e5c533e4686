from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from copytaster.system.open_files import has_open_writer, move_to_free_name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "story.txt"
    file.write_text("story")
    if has_open_writer(file) is None:
        pytest.skip("this filesystem grants no leases")
    return file


def test_a_writer_is_noticed_until_it_closes_the_file(file: Path) -> None:
    with file.open("a"):
        while_open = has_open_writer(file)

    assert (while_open, has_open_writer(file)) == (True, False)


def test_a_reader_is_no_writer(file: Path) -> None:
    with file.open():
        assert has_open_writer(file) is False


@pytest.mark.parametrize(
    "make",
    [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/etc/hostname"), Path.absolute],
    ids=["pipe", "folder", "link", "missing"],
)
def test_nothing_is_known_of_what_is_no_regular_file(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(path := tmp_path / "other")

    assert has_open_writer(path) is None


def test_a_file_is_moved_and_stays_the_same_file(file: Path, tmp_path: Path) -> None:
    inode = file.stat().st_ino

    move_to_free_name(file, tmp_path / "free.txt")

    assert (file.exists(), (tmp_path / "free.txt").stat().st_ino) == (False, inode)


def test_a_move_that_a_crash_interrupted_is_completed(file: Path, tmp_path: Path) -> None:
    os.link(file, target := tmp_path / "target.txt")

    move_to_free_name(file, target)

    assert (file.exists(), target.read_text()) == (False, "story")


def test_a_move_replaces_nothing(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("other")

    with pytest.raises(FileExistsError, match=r"other\.txt"):
        move_to_free_name(file, tmp_path / "other.txt")

    assert (file.read_text(), (tmp_path / "other.txt").read_text()) == ("story", "other")
