"""The events of a folder: inotify and the memory implementation report the same."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from copytaster_watcher.discovery.changes import Change, Changes, Kind, MemoryChanges
from copytaster_watcher.discovery.inotify_changes import InotifyChanges


class Disk(Protocol):
    """What happens to files of a folder."""

    def write(self, path: str) -> None: ...
    def append(self, path: str) -> None: ...
    def move_in(self, path: str) -> None: ...
    def link(self, path: str) -> None: ...
    def touch(self, path: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def create_folder(self, path: str) -> None: ...


class RealDisk:
    """Changes a real folder."""

    def __init__(self, folder: Path, outside: Path) -> None:
        self._folder = folder
        self._outside = outside

    def write(self, path: str) -> None:
        (self._folder / path).write_text("story")

    def append(self, path: str) -> None:
        with (self._folder / path).open("a") as file:
            file.write("more")

    def move_in(self, path: str) -> None:
        self._other().rename(self._folder / path)

    def link(self, path: str) -> None:
        os.link(self._other(), self._folder / path)

    def touch(self, path: str) -> None:
        (self._folder / path).chmod(0o600)

    def remove(self, path: str) -> None:
        (self._folder / path).unlink()

    def create_folder(self, path: str) -> None:
        (self._folder / path).mkdir()

    def _other(self) -> Path:
        self._outside.mkdir(exist_ok=True)
        (self._outside / "story").write_text("story")
        return self._outside / "story"


@pytest.fixture(params=["memory", "inotify"])
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Changes, Disk]]:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    if request.param == "memory":
        memory = MemoryChanges(inbox)
        yield memory, memory
        return
    changes = InotifyChanges(inbox)
    yield changes, RealDisk(inbox, tmp_path / "outside")
    changes.close()


def read(changes: Changes, count: int) -> list[Change]:
    """Return the next changes; the limit of time of the test ends it if there are fewer."""
    found = list[Change]()
    while len(found) < count:
        found += changes.read()
    return found


def test_writing_closing_renaming_linking_and_removing_are_distinct(
    watched: tuple[Changes, Disk], tmp_path: Path
) -> None:
    changes, disk = watched
    disk.write("one")
    disk.append("one")
    disk.touch("one")
    disk.move_in("two")
    disk.link("three")
    disk.remove("two")

    found = list[Change]()
    while not found or found[-1].kind is not Kind.GONE:  # inotify may merge two closings in a row
        found += changes.read()
    kinds = [
        (each.kind, each.path.removeprefix(f"{tmp_path}/inbox/")) for each in found if each.kind is not Kind.CLOSED
    ]

    assert kinds == [
        (Kind.CREATED, "one"),
        (Kind.TOUCHED, "one"),
        (Kind.MOVED_IN, "two"),
        (Kind.CREATED, "three"),
        (Kind.GONE, "two"),
    ]


def test_each_closing_is_reported_unless_another_follows_it_directly(watched: tuple[Changes, Disk]) -> None:
    changes, disk = watched
    disk.write("one")
    assert [each.kind for each in read(changes, 2)] == [Kind.CREATED, Kind.CLOSED]

    disk.append("one")

    assert [each.kind for each in read(changes, 1)] == [Kind.CLOSED]


def test_files_in_a_new_folder_are_reported_once_it_is_known(watched: tuple[Changes, Disk], tmp_path: Path) -> None:
    changes, disk = watched
    disk.create_folder("wire")
    assert read(changes, 1) == [Change(Kind.FOLDER, str(tmp_path / "inbox/wire"))]

    disk.move_in("wire/story")

    assert read(changes, 1) == [Change(Kind.MOVED_IN, str(tmp_path / "inbox/wire/story"))]


def test_nothing_is_read_after_the_stop(watched: tuple[Changes, Disk]) -> None:
    changes, _ = watched
    changes.stop()

    assert changes.read() == []
    assert changes.read() == []


@pytest.fixture
def real(tmp_path: Path) -> Iterator[InotifyChanges]:
    (tmp_path / "inbox/wire/deep").mkdir(parents=True)
    (tmp_path / "inbox/.hidden").mkdir()
    changes = InotifyChanges(tmp_path / "inbox")
    yield changes
    changes.close()


def test_a_renamed_folder_has_its_new_path(real: InotifyChanges, tmp_path: Path) -> None:
    (tmp_path / "inbox/wire").rename(tmp_path / "inbox/agency")
    assert read(real, 1) == [Change(Kind.FOLDER, str(tmp_path / "inbox/agency"))]

    (tmp_path / "inbox/agency/deep/story").touch()

    assert read(real, 1)[0] == Change(Kind.CREATED, str(tmp_path / "inbox/agency/deep/story"))


def test_hidden_folders_and_removed_folders_raise_no_events(real: InotifyChanges, tmp_path: Path) -> None:
    (tmp_path / "inbox/.hidden/story").touch()
    (tmp_path / "inbox/wire/deep").rmdir()
    (tmp_path / "inbox/story").touch()

    assert read(real, 1)[0] == Change(Kind.CREATED, str(tmp_path / "inbox/story"))


def test_a_folder_that_was_removed_ends_the_events(real: InotifyChanges, tmp_path: Path) -> None:
    (tmp_path / "inbox").rename(tmp_path / "elsewhere")

    with pytest.raises(FileNotFoundError):
        read(real, 1)


def test_a_folder_that_does_not_exist_has_no_events(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        InotifyChanges(tmp_path / "missing")

    assert error.value.errno == errno.ENOENT
    assert error.value.filename == str(tmp_path / "missing")
