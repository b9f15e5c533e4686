"""The placements in the archive: in memory, in a folder, and in a bucket."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.placements import FilesystemPlacements, MemoryPlacements, PlacedGroup, Placement, Placements
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId
from tests.factories import START

DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "folder", "fsspec", "s3"])
def placements(request: pytest.FixtureRequest, tmp_path: Path) -> Placements:
    if request.param == "memory":
        return MemoryPlacements()
    if request.param == "folder":
        return FilesystemPlacements(f"file://{tmp_path}")
    if request.param == "s3":
        return FilesystemPlacements(request.getfixturevalue("bucket"))
    return FilesystemPlacements(f"memory://{tmp_path.name}/archive")


def a_group(number: int, *, days: int = 0) -> PlacedGroup:
    placed = (
        Placement(article_id=ArticleId(f"a{number}"), story_id=f"s{number}"),
        Placement(article_id=ArticleId("a9"), story_id=f"s{number}", evidence={"score": 0.8}, merged=("s7",)),
    )
    return PlacedGroup(at=START + days * DAY + timedelta(seconds=number), placements=placed)


def test_groups_are_read_by_day_in_the_order_of_time(placements: Placements) -> None:
    for number, days in ((2, 0), (1, 0), (3, 1)):
        placements.record(a_group(number, days=days))

    assert placements.days() == ["2026/01/01", "2026/01/02"]
    assert placements.read("2026/01/01") == [a_group(1), a_group(2)]
    assert placements.read("2026/01/02") == [a_group(3, days=1)]
    assert placements.read("2026/01/03") == []


def test_a_removed_day_is_gone_and_may_be_written_again(placements: Placements) -> None:
    placements.record(a_group(1))
    placements.record(a_group(2, days=1))

    placements.remove("2026/01/01")
    placements.remove("2026/01/01")

    assert placements.days() == ["2026/01/02"]
    placements.record(a_group(3))
    assert placements.read("2026/01/01") == [a_group(3)]


def test_a_changed_line_is_left_out(tmp_path: Path) -> None:
    placements = FilesystemPlacements(f"file://{tmp_path}")
    for number in range(3):
        placements.record(a_group(number))
    (file,) = (tmp_path / "placements").rglob("*.jsonl")

    file.write_bytes(file.read_bytes().replace(b'"s1"', b'"s8"', 1))

    assert placements.read("2026/01/01") == [a_group(0), a_group(2)]


def test_an_archive_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "placements").write_text("in the way")

    with pytest.raises(TransientError, match="write to the placements"):
        FilesystemPlacements(f"file://{tmp_path}").record(a_group(1))
