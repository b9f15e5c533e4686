"""Ctrl-C and its kin, counted instead of thrown: the tree must come down in order, not wherever it happens to be."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class TerminationSignals:
    """Counts requests to stop while it is entered; needs the main thread."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Self:
        """Take the signals over."""
        self._before = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
