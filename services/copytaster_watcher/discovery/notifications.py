"""Listens to filesystem events, which start a scan earlier than its regular time and shorten the wait of files."""

from __future__ import annotations

import os
import secrets
import threading
from pathlib import Path

import structlog

from copytaster.intake.lanes import BACKFILL_FOLDER
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.changes import Change, Changes, Kind, OpenChanges
from copytaster_watcher.discovery.mounts import (
    MOUNTINFO,
    Mode,
    Mount,
    choose_modes,
    mounts_under,
    summary,
)

log = structlog.get_logger(__name__)

PROBE = ".copytaster-probe-"
"""Prefix of the names of probe files; scans ignore hidden files."""

RESTART_SECONDS = 1.0
"""Pause before a removed inbox is watched again: the scan reports it meanwhile."""

PROBE_SECONDS = 0.5
PROBE_TRIES = 6
"""An event takes milliseconds; several tries are needed while a watch on many folders is still being set up."""


class NotificationListener:
    """Receives events in a thread; on filesystems without events, only the regular scan finds files."""

    def __init__(self, inbox: Path, open_changes: OpenChanges, arrivals: Arrivals) -> None:
        self._inbox = inbox.absolute()
        self._open_changes = open_changes
        self._arrivals = arrivals
        self._notified = threading.Event()
        self._stop = threading.Event()
        self._changes: Changes | None = None
        self._mounts: list[tuple[str, Mode]] = []
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
        if changes := self._changes:
            changes.stop()
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
        text = os.fsdecode(MOUNTINFO.read_bytes()) if MOUNTINFO.exists() else ""  # names need not be UTF-8
        mounts = mounts_under(self._inbox, text) or [Mount(self._inbox, "unknown")]
        watched = choose_modes(mounts, self.raises_events)
        modes = [(f"{each.mount.folder}/", each.mode) for each in watched]
        self._mounts = sorted(modes, key=lambda each: len(each[0]), reverse=True)
        self.watch = summary(watched)
        log.info("watcher.watches", how=self.watch)

    def _listen(self) -> None:
        """Listen until ``stop``; if that is not possible, the regular scan finds files."""
        while not self._stop.is_set():
            try:
                self._receive()
            except FileNotFoundError:  # the inbox itself: it may be created again
                self._arrivals.clear()
                self.notify()
                self._stop.wait(RESTART_SECONDS)
            except OSError as error:  # no watches left, or a filesystem without events
                self._arrivals.clear()
                self.watch = f"polling: {self._inbox} ({error})"
                log.warning("watcher.no_events", why=str(error), next="the regular scan finds files")
                return

    def _receive(self) -> None:
        """Read events until ``stop``. Raises ``OSError``."""
        changes = self._changes = self._open_changes(self._inbox)
        self.notify()  # files that have arrived before are found by a scan
        try:
            while not self._stop.is_set():
                for change in changes.read():
                    self._handle(change)
        finally:
            self._changes = None
            changes.close()

    def _handle(self, change: Change) -> None:
        """Record an arrival, and start a scan unless the event is about a removed or hidden file.

        Backfill waits for the regular scan and for the settle time: the events of an archive would take memory, and
        time that live files need.
        """
        if probe := self._probes.get(change.path):
            probe.set()
        path = change.path.removeprefix(f"{self._inbox}/")
        if path.rpartition("/")[2].startswith(".") or path.startswith(f"{BACKFILL_FOLDER}/"):
            return
        if change.kind is Kind.LOST or self._has_all_events(change.path):
            self._arrivals.record(change, path)
        if change.kind is Kind.LOST:
            log.warning("watcher.events_lost", why="the queue of the events was full", next="a scan finds the files")
        if change.kind is not Kind.GONE:
            self.notify()

    def _has_all_events(self, path: str) -> bool:
        """Return whether the mount of a file is known to raise an event for each change."""
        return next((mode is Mode.EVENTS for mount, mode in self._mounts if path.startswith(mount)), False)
