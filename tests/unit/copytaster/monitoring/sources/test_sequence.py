from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Numbers
from random import Random

import pytest

from copytaster.monitoring.sources.sequence import RANGES, Missing, Sequence, describe_missing


def counted(numbers: Iterable[int], width: int = 4) -> Sequence:
    first, *rest = numbers
    series = Sequence(width, first, 0.0)
    for at, number in enumerate(rest, start=1):
        series.note(number, width, float(at))
    return series


def missing(series: Sequence) -> list[tuple[int, int]]:
    return [(each.first, each.last) for each in series.missing]


def test_a_count_that_begins_again_after_its_last_number_misses_nothing() -> None:
    for first in (0, 1):
        series = counted([*range(9_950, 10_000), *range(first, 40)])
        assert (series.is_proven, missing(series)) == (True, [])


def test_numbers_are_missing_across_the_end_of_a_count() -> None:
    assert missing(counted([*range(9_950, 9_998), 3])) == [(9_998, 9_999), (1, 2)]


def test_a_count_that_begins_again_each_day_misses_nothing() -> None:
    days = [number for _ in range(5) for number in range(1, 60)]

    assert missing(counted(days)) == []
    assert counted(days).is_proven


def test_numbers_of_growing_width_are_one_count() -> None:
    series = Sequence(1, 1, 0.0)
    for number in range(2, 120):
        series.note(number, len(str(number)), 1.0)

    assert (missing(series), series.is_proven) == ([], True)


@pytest.mark.parametrize("seed", range(5))
def test_items_that_overtake_one_another_miss_nothing_in_the_end(seed: int) -> None:
    random = Random(seed)
    numbers = sorted(range(300), key=lambda each: each + random.uniform(0, 6))
    series = counted([0, *[each for each in numbers if each]])

    assert (missing(series), series.is_proven) == ([], True)


@pytest.mark.parametrize("seed", range(5))
def test_exactly_the_lost_items_are_missing(seed: int) -> None:
    random = Random(seed)
    lost = set(random.sample(range(5, 295), 6))
    numbers = sorted(set(range(300)) - lost, key=lambda each: each + random.uniform(0, 4))
    series = counted(numbers)

    assert {each for first, last in missing(series) for each in range(first, last + 1)} == lost


@pytest.mark.parametrize("step", [0, 3, 17, 613])
def test_numbers_that_count_nothing_are_not_proven(step: int) -> None:
    random = Random(step)
    numbers: Numbers[int] = [random.randrange(10**6) if step == 0 else each * step for each in range(1, 400)]

    assert not counted(numbers, 6).is_proven


def test_an_item_that_is_sent_again_opens_no_gap() -> None:
    assert missing(counted([*range(100, 140), 120, 139, 139, 140, 120, 141])) == []


def test_gaps_are_bounded_and_a_loss_of_sightings_opens_none() -> None:
    series = counted(range(0, 200, 2))
    assert len(series.missing) == RANGES

    series.lose_track()
    for number in (4_000, 4_001, 4_002):
        series.note(number, 4, 500.0)
    assert missing(series) == []
    assert series.highest == 4_002


def test_a_gap_is_described_by_its_neighbours() -> None:
    assert describe_missing(Missing(412, 415, 0.0), 4) == "4 items are missing between 0411 and 0416"
    assert describe_missing(Missing(9_999, 9_999, 0.0), 4) == "1 item is missing between 9998 and 0000"
