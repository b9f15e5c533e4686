from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.retention_limit import FILE, FilesystemRetentionLimits, MemoryRetentionLimits, RetentionLimits
from tests.factories import START


@pytest.fixture(params=["memory", "filesystem"])
def limits(request: pytest.FixtureRequest, tmp_path: Path) -> RetentionLimits:
    return MemoryRetentionLimits() if request.param == "memory" else FilesystemRetentionLimits(f"file://{tmp_path}")


def test_the_latest_time_is_kept(limits: RetentionLimits) -> None:
    before = limits.read()

    limits.raise_to(START + timedelta(days=1))
    limits.raise_to(START)

    assert (before, limits.read()) == (None, START + timedelta(days=1))


def test_a_damaged_file_counts_as_none_and_is_replaced(tmp_path: Path) -> None:
    limits = FilesystemRetentionLimits(f"file://{tmp_path}")
    limits.raise_to(START)
    (tmp_path / FILE).write_bytes(b"{")

    assert limits.read() is None
    limits.raise_to(START)
    assert limits.read() == START
