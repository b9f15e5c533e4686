from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copytaster.intake.lanes import LaneRule
from copytaster.intake.printable_names import source_of
from copytaster.model.work import Work

NOW = datetime(2026, 3, 9, tzinfo=UTC)
WEEK = LaneRule(timedelta(days=7))


@pytest.mark.parametrize(
    ("days", "lane"), [(0, Work.INGEST), (6.9, Work.INGEST), (7.1, Work.BACKFILL), (4_000, Work.BACKFILL)]
)
def test_the_time_of_its_last_change_makes_a_file_old(days: float, lane: Work) -> None:
    changed = NOW - timedelta(days=days)

    assert WEEK.lane_of("wire/story.xml", changed.timestamp(), NOW) is lane


def test_a_time_to_come_is_a_clock_that_is_wrong_and_no_reason_to_wait() -> None:
    assert WEEK.lane_of("story.xml", (NOW + timedelta(days=400)).timestamp(), NOW) is Work.INGEST


@pytest.mark.parametrize(
    ("path", "lane", "source"),
    [
        ("_backfill/kestrel/2019/story.xml", Work.BACKFILL, "kestrel"),
        ("_backfill/story.xml", Work.BACKFILL, None),
        ("kestrel/_backfill/story.xml", Work.INGEST, "kestrel"),
        ("_backfilled/story.xml", Work.INGEST, "_backfilled"),
        ("_backfill", Work.INGEST, None),
    ],
)
def test_the_folder_for_backfill_decides_whatever_the_age_and_the_source_lies_below_it(
    path: str, lane: Work, source: str | None
) -> None:
    assert WEEK.lane_of(path, NOW.timestamp(), NOW) is lane
    assert source_of(path) == source
