"""Reading on after the items that earlier processes have read, which are skipped."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Member, Searching
from copytaster.parsing.plain.parser import TextParser
from copytaster.parsing.reading import Position, Reading
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import SandboxLimits
from copytaster.parsing.sandbox.reader import SandboxedReader
from tests.integration.unruly_parser import MEBIBYTE, STORY, original

ITEMS = 6


class SlowContainer:
    """A container whose items have a cost, whether they are read or skipped, as has a search that comes before them."""

    format = "slow"

    def __init__(self, work: Callable[[int], object], search: Callable[[int], object] | None = None) -> None:
        self._work = work
        self._search = search

    def score(self, original: Original) -> float:
        """Return 1 for the container."""
        return float(original.head.startswith(b"CONTAINER"))

    def parse(self, original: Original) -> Iterator[Member | Searching]:
        """Yield the items."""
        for number in range(ITEMS if self._search else 0):
            assert self._search
            self._search(number)
            yield Searching()
        for number in range(ITEMS):
            self._work(number)
            yield Member(f"{number}.txt", partial(original.member, f"{number}.txt", STORY))


def spend(number: int, *, seconds: float) -> None:
    ends = time.process_time() + seconds
    while number and time.process_time() < ends:
        pass


def read(
    work: Callable[[int], object], after: Position, search: Callable[[int], object] | None = None
) -> list[Reading]:
    parsers = ParserRegistry([SlowContainer(work, search), TextParser()])
    limits = SandboxLimits(memory_bytes=512 * MEBIBYTE, cpu_seconds=1)
    with closing(SandboxedReader(parsers, limits, wall=timedelta(seconds=60))) as reader:
        return list(reader.read(original(b"CONTAINER"), after=after))


def test_items_that_are_skipped_may_take_more_time_than_one_item() -> None:
    readings = read(partial(spend, seconds=0.7), after=(4, 0))

    assert [each.position for each in readings] == [(5, 0)]


def die_at_the_third(number: int) -> None:
    spend(number, seconds=0.6)
    if number == 3:
        os.abort()


@pytest.mark.parametrize("after", [(4, 0), (3,)])
def test_a_death_among_skipped_items_is_the_end_and_no_item_is_read_twice(after: Position) -> None:
    [reading] = read(die_at_the_third, after=after)

    assert isinstance(reading.item, BadItem)
    assert reading.item.reason is Reason.PARSER_CRASH
    assert reading.position > after
    assert reading.locator.endswith("and the rest")


@pytest.mark.parametrize("after", [(), (4, 0)])
def test_a_container_may_be_searched_for_more_time_than_one_item_takes(after: Position) -> None:
    readings = read(int, after, partial(spend, seconds=0.7))

    assert [each.position for each in readings] == [(number, 0) for number in range(5 if after else 0, ITEMS)]


def test_a_death_in_the_search_is_the_end() -> None:
    with pytest.raises(PermanentError) as caught:
        read(int, (), die_at_the_third)
    [reading] = read(int, (4, 0), die_at_the_third)

    assert caught.value.reason is Reason.PARSER_CRASH
    assert isinstance(reading.item, BadItem)
    assert reading.position > (4, 0)
