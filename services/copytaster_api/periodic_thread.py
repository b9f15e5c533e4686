"""A thread that calls a function at regular intervals."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class PeriodicThread:
    """A context in which a thread calls ``function`` at once, and then at intervals of ``every`` seconds."""

    def __init__(self, function: Callable[[], object], *, every: float, name: str) -> None:
        self._function = function
        self._every = every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the call that runs, and end the thread."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        self._function()
        while not self._stopped.wait(self._every):
            self._function()
