"""Counts termination signals instead of raising exceptions: the tree must be stopped in order, not at any statement."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class TerminationSignals:
    """A context that counts termination signals; for the main thread only."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Self:
        """Install the handlers."""
        self._before = {each: signal.signal(each, self._count) for each in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        """Restore the earlier handlers."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
