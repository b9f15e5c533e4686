"""Listens to filesystem events, which start a scan earlier than its regular time."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

import structlog
import watchfiles

from copytaster.intake.rename_claims import FOLDER
from copytaster_watcher.discovery.mounts import MOUNTINFO, Mount, choose_modes, mounts_under, summary

log = structlog.get_logger(__name__)

DEBOUNCE_MILLISECONDS = 50
"""Events within this time are combined, so that a burst starts one scan."""

PROBE = ".copytaster-probe-"
"""Prefix of the names of probe files; scans ignore hidden files."""

RESTART_SECONDS = 1.0
"""Pause after an error of the library: setting up watches on many folders again takes a part of a second."""

PROBE_SECONDS = 0.5
PROBE_TRIES = 6
"""An event takes milliseconds; several tries are needed while a watch on many folders is still being set up."""


class NotificationListener:
    """Receives events in a thread; on filesystems without events, only the regular scan finds files."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox.absolute()
        self._notified = threading.Event()
        self._stop = threading.Event()
        self._is_logged = False
        self._probes: dict[str, threading.Event] = {}
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for name, run in (("notifications", self._listen), ("probe", self._probe_mounts))
        ]
        self.watch = "not known yet"
        """One line for the status: how changes are noticed."""

    def start(self) -> None:
        """Start listening, and determine on which mounts events arrive."""
        for each in self._threads:
            each.start()

    def wait(self, seconds: float) -> None:
        """Return when something has changed in the inbox, at the latest after ``seconds``."""
        self._notified.wait(seconds)
        self._notified.clear()

    def notify(self) -> None:
        """End a ``wait``; may be called by another thread or a signal handler."""
        self._notified.set()

    def stop(self) -> None:
        """Stop listening."""
        self._stop.set()
        self.notify()

    def raises_events(self, folder: Path) -> bool:
        """Return whether creating and removing a hidden file in the folder raises an event."""
        file = folder / f"{PROBE}{secrets.token_hex(8)}"
        noticed = self._probes[str(file)] = threading.Event()
        try:
            for _ in range(PROBE_TRIES):
                file.touch()
                file.unlink()
                if noticed.wait(PROBE_SECONDS) or self._stop.is_set():
                    return noticed.is_set()
        except OSError:  # not writable: without a proof, events are not relied on
            pass
        finally:
            del self._probes[str(file)]
        return False

    def _probe_mounts(self) -> None:
        text = MOUNTINFO.read_text() if MOUNTINFO.exists() else ""
        mounts = mounts_under(self._inbox, text) or [Mount(self._inbox, "unknown")]
        self.watch = summary(choose_modes(mounts, self.raises_events))
        log.info("watcher.watches", how=self.watch)

    def _listen(self) -> None:
        """Listen until ``stop``; if that is not possible, the regular scan finds files."""
        while not self._stop.is_set():
            try:
                self._receive()
            except RuntimeError as error:
                # The library ends at a name that is not UTF-8. Events may have been lost, so the inbox is scanned.
                if not self._is_logged:
                    log.warning("watcher.name_not_decoded", why=str(error), next="the file is found by a scan")
                self._is_logged = True
                self.notify()
                self._stop.wait(RESTART_SECONDS)
            except OSError as error:  # no watches left, or a filesystem without events
                self.watch = f"polling: {self._inbox} ({error})"
                log.warning("watcher.no_events", why=str(error), next="the regular scan finds files")
                return

    def _receive(self) -> None:
        for _ in watchfiles.watch(
            self._inbox,
            watch_filter=self._is_relevant,
            debounce=DEBOUNCE_MILLISECONDS,
            stop_event=self._stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            self.notify()

    def _is_relevant(self, change: watchfiles.Change, path: str) -> bool:
        """Return whether an event should start a scan: events of the watcher's own claims and probes should not."""
        del change
        if probe := self._probes.get(path):
            probe.set()
        return not (path.startswith(str(self._inbox / FOLDER)) or Path(path).name.startswith(PROBE))
