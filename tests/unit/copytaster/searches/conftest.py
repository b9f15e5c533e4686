from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from copytaster.clock import ManualClock, SystemClock
from tests.unit.copytaster.searches.matching_desk import MatchingDesk

if TYPE_CHECKING:
    from tests.conftest import MakeStore


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that starts now: the ids of events on a server have its time."""
    return ManualClock(SystemClock().now())


@pytest.fixture
def desk(make_store: MakeStore, clock: ManualClock) -> MatchingDesk:
    return MatchingDesk(make_store(clock), clock)
