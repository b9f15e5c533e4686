"""Several writes to the archive at the same time: a disk joins syncs, and requests to a bucket need not wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")

MAX_WRITES = 16
"""Writes at the same time. In a trial, eight threads synced groups of 20 small files in a fifth of the time of two
threads; with sixteen, nearly every file of a group has its own."""


class ParallelWrites:
    """Threads for writes; they are started when they are first needed."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MAX_WRITES, thread_name_prefix="archive")

    def run(self, write: Callable[[Given], Result], given: Sequence[Given]) -> list[Result]:
        """Call ``write`` for each element and return the results, in order.

        Raises the first error when all calls have ended. A single call is made in the caller's thread.
        """
        if len(given) == 1:
            return [write(given[0])]
        calls = [self._threads.submit(write, each) for each in given]
        wait(calls)
        return [each.result() for each in calls]
