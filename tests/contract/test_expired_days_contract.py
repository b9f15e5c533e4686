from __future__ import annotations

import errno
from pathlib import Path

import fsspec
import pytest

from copytaster.archive import stored_files
from copytaster.archive.durable_files import replace_durably
from copytaster.archive.expired_days import (
    RESERVED,
    ExpiredDay,
    ExpiredDays,
    FilesystemExpiredDays,
    MemoryExpiredDays,
)
from copytaster.archive.reserved_space import RESERVED_BYTES
from copytaster.errors import TransientError
from tests.factories import START

DAY = "2026/01/01"


@pytest.fixture(params=["memory", "file://{}", "memory://{}", "s3"])
def expired(request: pytest.FixtureRequest, tmp_path: Path) -> ExpiredDays:
    if request.param == "memory":
        return MemoryExpiredDays()
    if request.param == "s3":
        return FilesystemExpiredDays(request.getfixturevalue("bucket"))
    return FilesystemExpiredDays(request.param.format(tmp_path))


def test_a_new_archive_has_no_expired_days(expired: ExpiredDays) -> None:
    assert (expired.days(), expired.read(DAY)) == (frozenset(), None)


def test_the_last_record_of_a_day_counts(expired: ExpiredDays) -> None:
    other = ExpiredDay(day="2025/12/31", at=START)
    for each in (ExpiredDay(day=DAY, at=START, kept=("aa", "bb")), other, ExpiredDay(day=DAY, at=START, kept=("bb",))):
        expired.record(each)

    assert expired.days() == {DAY, "2025/12/31"}
    assert (expired.read(DAY), expired.read("2025/12/31")) == (ExpiredDay(day=DAY, at=START, kept=("bb",)), other)


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FilesystemExpiredDays:
    """Give records on a disk that is full but for what was reserved on it."""
    expired = FilesystemExpiredDays(f"file://{tmp_path}")
    expired.reserve()
    reserved = tmp_path / "expired" / RESERVED
    assert reserved.stat().st_size == RESERVED_BYTES

    def fail_if_full(file: Path, content: bytes, *, private: bool = False) -> None:
        if file == reserved or reserved.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        replace_durably(file, content, private=private)

    monkeypatch.setattr(stored_files, "replace_durably", fail_if_full)
    return expired


def test_a_record_is_written_on_a_full_disk_in_the_space_that_was_reserved(full_disk: FilesystemExpiredDays) -> None:
    full_disk.record(found := ExpiredDay(day=DAY, at=START, kept=("aa",)))

    assert full_disk.read(DAY) == found
    assert full_disk.days() == {DAY}


def test_space_is_reserved_again_as_soon_as_there_is_some(
    full_disk: FilesystemExpiredDays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserved = tmp_path / "expired" / RESERVED
    full_disk.record(ExpiredDay(day=DAY, at=START))
    full_disk.reserve()
    before = reserved.exists()
    monkeypatch.undo()

    full_disk.reserve()

    assert (before, reserved.exists()) == (False, True)
    assert full_disk.days() == {DAY}


def test_another_error_does_not_cost_the_reserved_space(
    full_disk: FilesystemExpiredDays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(stored_files, "replace_durably", fail)

    with pytest.raises(TransientError):
        full_disk.record(ExpiredDay(day=DAY, at=START))

    assert (tmp_path / "expired" / RESERVED).exists()


def test_a_damaged_record_keeps_nothing(tmp_path: Path) -> None:
    expired = FilesystemExpiredDays(f"file://{tmp_path}")
    expired.record(ExpiredDay(day=DAY, at=START, kept=("aa",)))
    filesystem, root = fsspec.core.url_to_fs(f"file://{tmp_path}")
    filesystem.pipe_file(f"{root}/expired/2026-01-01.json", b"{")

    assert expired.read(DAY) == ExpiredDay(day=DAY)
    assert expired.days() == {DAY}
