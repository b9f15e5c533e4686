"""Runs a function at regular intervals in a thread beside the watcher."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from copytaster.errors import TransientError

log = structlog.get_logger(__name__)


class PeriodicTask:
    """Calls ``function`` at start and then every ``seconds``.

    The first of several consecutive ``TransientError`` is logged, the following ones are not.
    """

    def __init__(self, function: Callable[[], object], seconds: float, *, name: str) -> None:
        self._function = function
        self._seconds = seconds
        self._name = name
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._interrupted = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; returns when a running call has ended."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._call()
            self._stopped.wait(self._seconds)

    def _call(self) -> None:
        try:
            self._function()
            self._interrupted = False
        except TransientError as error:
            if not self._interrupted:
                log.warning("reconciler.interrupted", thread=self._name, why=str(error), next="trying again")
            self._interrupted = True
        # A programming error must not end the thread while the watcher continues as if nothing had happened.
        except Exception:
            log.exception("reconciler.failed", thread=self._name, next="trying again")
