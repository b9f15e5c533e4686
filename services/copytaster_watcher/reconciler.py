"""Runs the reconciler and the recovery beside the watcher, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from copytaster.errors import TransientError

log = structlog.get_logger(__name__)


class Reconciler:
    """Calls ``look`` at start and then every ``seconds``; a server that is away is said once, not every time."""

    def __init__(self, look: Callable[[], object], seconds: float, *, name: str = "reconciler") -> None:
        self._look = look
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._name = name
        self._silent = False

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait until a look that goes on has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._once()
            self._stop.wait(self._seconds)

    def _once(self) -> None:
        try:
            self._look()
            self._silent = False
        except TransientError as error:
            if not self._silent:
                log.warning("reconciler.interrupted", thread=self._name, why=str(error), next="trying again")
            self._silent = True
        # A fault here must not end recovery for good while the watcher goes on as if nothing were wrong.
        except Exception:
            log.exception("reconciler.failed", thread=self._name, next="trying again")
