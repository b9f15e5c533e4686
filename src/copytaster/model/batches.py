"""Splits work into batches, so that memory, messages and round trips have a bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of ``size`` items, the last one possibly shorter; items are read when their batch is requested.

    ``itertools.batched`` does the same from Python 3.12 on.
    """
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
