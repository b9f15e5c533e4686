"""A thread that calls a function at regular intervals."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger(__name__)


class PeriodicThread:
    """Calls ``function`` at the start and then every ``every`` seconds. As a context, it starts and stops the thread.

    What goes wrong is logged, once as long as it lasts, and the function is called again: the heartbeats of a process
    must not end while it runs on.
    """

    def __init__(self, function: Callable[[], object], *, every: float, name: str) -> None:
        self._function = function
        self._every = every
        self._name = name
        self._fault: str | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; returns when a running call has ended."""
        self._stopped.set()
        self._thread.join()

    def __enter__(self) -> Self:
        """Start the thread."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread."""
        self.stop()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._try()
            self._stopped.wait(self._every)

    def _try(self) -> None:
        try:
            self._function()
            self._fault = None
        except Exception as error:  # noqa: BLE001  # an error must not end the thread while its process runs on
            self.report(error)

    def report(self, error: Exception) -> None:
        """Log an error of the function."""
        if repr(error) != self._fault:
            log.error("thread.failed", thread=self._name, next="trying again", exc_info=error)
        self._fault = repr(error)
