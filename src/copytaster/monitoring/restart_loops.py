"""When the deaths of a part are a restart loop: it is started again and again, and dies again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

LOOP_DEATHS = 3
"""Fewer deaths have other explanations: an operator's ``kill``, or one lack of memory."""

LOOP_WINDOW = timedelta(minutes=5)
"""With the longest delay between two starts, ten seconds, a part that dies at once dies some thirty times meanwhile."""


def describe_loop(name: str, ages: Iterable[timedelta], *, last: str) -> str | None:
    """Return a sentence about the deaths of a process, ``last`` being the latest; None if they are no loop."""
    recent = sum(timedelta(0) <= age <= LOOP_WINDOW for age in ages)
    if recent < LOOP_DEATHS:
        return None
    minutes = LOOP_WINDOW.total_seconds() / 60
    return f"{name} has died {recent} times in the last {minutes:.0f} minutes; the last time {last}"
