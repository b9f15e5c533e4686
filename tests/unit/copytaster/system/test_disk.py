from __future__ import annotations

from pathlib import Path

from copytaster.system.disk import DiskUse, disk_use


def test_a_folder_that_does_not_exist_yet_is_on_the_disk_of_its_parent(tmp_path: Path) -> None:
    use, missing = disk_use(tmp_path), disk_use(tmp_path / "archive" / "later")

    assert use.used + use.free > 0
    assert (missing.used + missing.free) // 2**20 == (use.used + use.free) // 2**20


def test_the_share_is_that_of_the_space_that_users_may_fill() -> None:
    assert (DiskUse(used=3, free=1).share, DiskUse(used=0, free=0).share) == (0.75, 0)


def test_the_inodes_count_for_the_bytes_that_the_disk_has_for_each() -> None:
    few = DiskUse(used=200, free=800, used_inodes=95, free_inodes=5)
    many = DiskUse(used=800, free=200, used_inodes=5, free_inodes=95)

    assert (few.share, few.writable) == (0.95, 50)
    assert (many.share, many.writable) == (0.8, 200)


def test_a_filesystem_without_a_number_of_inodes_is_measured_by_its_bytes_alone() -> None:
    assert (DiskUse(used=3, free=1).writable, DiskUse(used=3, free=1, free_inodes=None).share) == (1, 0.75)
