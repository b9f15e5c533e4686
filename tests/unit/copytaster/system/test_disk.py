from __future__ import annotations

from pathlib import Path

from copytaster.system.disk import DiskUse, disk_use


def test_a_folder_that_does_not_exist_yet_is_on_the_disk_of_its_parent(tmp_path: Path) -> None:
    use, missing = disk_use(tmp_path), disk_use(tmp_path / "archive" / "later")

    assert use.used + use.free > 0
    assert (missing.used + missing.free) // 2**20 == (use.used + use.free) // 2**20


def test_the_share_is_that_of_the_space_that_users_may_fill() -> None:
    assert (DiskUse(used=3, free=1).share, DiskUse(used=0, free=0).share) == (0.75, 0)
