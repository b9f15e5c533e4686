"""The filesystem's events, as a hint that a scan is worth while now."""

from __future__ import annotations

import threading
from pathlib import Path

import structlog
import watchfiles

from copytaster.intake.claims import FOLDER

log = structlog.get_logger(__name__)

DEBOUNCE_MILLISECONDS = 50
"""Events are gathered for this long: one scan serves a burst."""


class Wake:
    """Waits for events in a thread of its own; where the system gives none, the regular scan does the work alone."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._rung = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="wake", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Return when something has happened in the inbox, or after so many seconds."""
        self._rung.wait(seconds)
        self._rung.clear()

    def ring(self) -> None:
        """End a ``wait`` from another thread or a signal handler."""
        self._rung.set()

    def stop(self) -> None:
        """Stop listening."""
        self._stop.set()
        self.ring()

    def _listen(self) -> None:
        claims = str(self._inbox / FOLDER)
        try:
            for _ in watchfiles.watch(
                self._inbox,
                watch_filter=lambda _, path: not path.startswith(claims),
                debounce=DEBOUNCE_MILLISECONDS,
                stop_event=self._stop,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self.ring()
        except OSError as error:  # out of watches, or a filesystem without events
            log.warning("watcher.no_events", why=str(error), next="the regular scan goes on")
