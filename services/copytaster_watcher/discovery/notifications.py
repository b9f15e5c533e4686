"""The filesystem's events, as a hint that a scan is worth while now."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

import structlog
import watchfiles

from copytaster.intake.rename_claims import FOLDER
from copytaster_watcher.discovery.mounts import MOUNTINFO, Mount, decide, in_words, mounts_under

log = structlog.get_logger(__name__)

DEBOUNCE_MILLISECONDS = 50
"""Events are gathered for this long: one scan serves a burst."""

PROBE = ".copytaster-probe-"

PROBE_SECONDS = 0.5
PROBE_TRIES = 6
"""An event takes milliseconds; the tries cover a watch on many folders that is just being set up."""


class NotificationListener:
    """Waits for events in a thread of its own; where the system gives none, the regular scan does the work alone."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox.absolute()
        self._rung = threading.Event()
        self._stop = threading.Event()
        self._probes: dict[str, threading.Event] = {}
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for name, run in (("wake", self._listen), ("probe", self._decide))
        ]
        self.watch = "not known yet"
        """How changes are noticed, in one line for the status."""

    def start(self) -> None:
        """Begin to listen, and find out where events arrive."""
        for each in self._threads:
            each.start()

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

    def raises_events(self, folder: Path) -> bool:
        """Say whether a hidden file that is made in the folder, and removed again, is noticed."""
        file = folder / f"{PROBE}{secrets.token_hex(8)}"
        noticed = self._probes[str(file)] = threading.Event()
        try:
            for _ in range(PROBE_TRIES):
                file.touch()
                file.unlink()
                if noticed.wait(PROBE_SECONDS) or self._stop.is_set():
                    return noticed.is_set()
        except OSError:  # not writable: nothing can be shown, so nothing is relied on
            pass
        finally:
            del self._probes[str(file)]
        return False

    def _decide(self) -> None:
        text = MOUNTINFO.read_text() if MOUNTINFO.exists() else ""
        watched = decide(mounts_under(self._inbox, text) or [Mount(self._inbox, "unknown")], self.raises_events)
        self.watch = in_words(watched)
        log.info("watcher.watches", how=self.watch)

    def _listen(self) -> None:
        try:
            for _ in watchfiles.watch(
                self._inbox,
                watch_filter=self._is_news,
                debounce=DEBOUNCE_MILLISECONDS,
                stop_event=self._stop,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self.ring()
        except OSError as error:  # out of watches, or a filesystem without events
            self.watch = f"polling: {self._inbox} ({error})"
            log.warning("watcher.no_events", why=str(error), next="the regular scan goes on")

    def _is_news(self, change: watchfiles.Change, path: str) -> bool:
        """Say whether an event is worth a scan: not our own claims and probes."""
        del change
        if probe := self._probes.get(path):
            probe.set()
        return not (path.startswith(str(self._inbox / FOLDER)) or Path(path).name.startswith(PROBE))
