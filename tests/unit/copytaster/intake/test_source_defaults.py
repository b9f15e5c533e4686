"""Which state of a ``_source.yml`` is in force."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from copytaster.clock import ManualClock
from copytaster.intake.metadata_content import answer
from copytaster.intake.metadata_reader import MetadataReader, SourceFileError
from copytaster.intake.source_defaults import TRY_AGAIN, SourceDefaults
from copytaster.model.metadata import FolderDefaults
from copytaster.parsing.sandbox.calls import Call, CallDiedError, DirectCalls, Reply


class ReaderWithoutPrivileges(MetadataReader):
    """Reads what its permissions allow, also in tests that root runs."""

    def __init__(self) -> None:
        super().__init__(DirectCalls(answer))
        self.read: list[str] = []

    def folder_defaults(self, file: Path, *, name: str) -> FolderDefaults:
        self.read.append(name)
        if not file.stat().st_mode & 0o444:
            raise SourceFileError(f"{name} cannot be read")
        return super().folder_defaults(file, name=name)


@pytest.fixture
def reader() -> ReaderWithoutPrivileges:
    return ReaderWithoutPrivileges()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / "_source.yml").write_text("source: reuters\n")
    return tmp_path / "wire" / "_source.yml"


def test_a_source_file_counts_as_soon_as_the_watcher_may_read_it(file: Path, reader: ReaderWithoutPrivileges) -> None:
    defaults = SourceDefaults(file.parents[1], reader)
    file.chmod(0)
    with pytest.raises(SourceFileError, match="cannot be read"):
        defaults.about("wire/story.txt")

    file.chmod(0o644)

    assert defaults.about("wire/story.txt") == FolderDefaults(source="reuters")


def test_a_source_file_counts_when_it_was_replaced_by_one_of_the_same_size_and_time(
    file: Path, reader: ReaderWithoutPrivileges
) -> None:
    defaults, before = SourceDefaults(file.parents[1], reader), file.stat()
    assert defaults.about("wire/story.txt") == FolderDefaults(source="reuters")

    file.write_text("source: belgaaa\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert defaults.about("wire/story.txt") == FolderDefaults(source="belgaaa")


def test_each_state_of_a_source_file_is_read_once(file: Path, reader: ReaderWithoutPrivileges) -> None:
    defaults = SourceDefaults(file.parents[1], reader)

    for _ in range(3):
        defaults.about("wire/story.txt")

    assert reader.read == ["wire/_source.yml"]


def test_a_source_file_that_cannot_be_looked_for_holds_the_files_of_its_folder(
    tmp_path: Path, reader: ReaderWithoutPrivileges
) -> None:
    (tmp_path / "wire").symlink_to("wire")  # as for a folder without permission, or a share that does not answer
    defaults = SourceDefaults(tmp_path, reader)

    with pytest.raises(SourceFileError, match=r"wire/_source\.yml cannot be looked for"):
        defaults.about("wire/story.txt")


@pytest.mark.parametrize("folder", ["missing", "file", "x" * 300])
def test_a_folder_that_does_not_exist_has_no_source_file(
    tmp_path: Path, reader: ReaderWithoutPrivileges, folder: str
) -> None:
    (tmp_path / "file").write_text("story")

    assert SourceDefaults(tmp_path, reader).about(f"{folder}/story.txt") is None


def test_a_source_file_that_is_being_written_holds_the_files_of_its_folder(
    file: Path, reader: ReaderWithoutPrivileges
) -> None:
    defaults = SourceDefaults(file.parents[1], reader)
    before = defaults.about("wire/story.txt")

    with file.open("w") as writer:
        writer.write("source: belga\n")
        writer.flush()
        with pytest.raises(SourceFileError, match="is being written: a process has it open"):
            defaults.about("wire/story.txt")

    assert before == FolderDefaults(source="reuters")
    assert defaults.about("wire/story.txt") == FolderDefaults(source="belga")


class BusyCalls(DirectCalls):
    """Calls on a machine that is too busy to end them in time."""

    is_busy = True
    made = 0

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        self.made += 1
        return [CallDiedError("it did not end within 2 s")] if self.is_busy else super().call_each(calls)


def test_a_source_file_that_could_not_be_read_is_read_again_after_a_while_although_it_has_not_changed(
    file: Path, clock: ManualClock
) -> None:
    calls = BusyCalls(answer)
    defaults = SourceDefaults(file.parents[1], MetadataReader(calls), clock)
    for _ in range(3):
        with pytest.raises(SourceFileError, match="it did not end within 2 s"):
            defaults.about("wire/story.txt")
    calls.is_busy, made = False, calls.made

    clock.advance(seconds=TRY_AGAIN.total_seconds())

    assert made == 2  # one attempt and its repetition, however many files wait
    assert defaults.about("wire/story.txt") == FolderDefaults(source="reuters")
