from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

from copytaster.archive.expired_days import ExpiredDay, ExpiredDays, FilesystemExpiredDays, MemoryExpiredDays
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


def test_a_damaged_record_keeps_nothing(tmp_path: Path) -> None:
    expired = FilesystemExpiredDays(f"file://{tmp_path}")
    expired.record(ExpiredDay(day=DAY, at=START, kept=("aa",)))
    filesystem, root = fsspec.core.url_to_fs(f"file://{tmp_path}")
    filesystem.pipe_file(f"{root}/expired/2026-01-01.json", b"{")

    assert expired.read(DAY) == ExpiredDay(day=DAY)
    assert expired.days() == {DAY}
