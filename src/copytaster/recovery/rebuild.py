"""Notices a server that came back empty, or without its last writes, and has the journal replayed.

The server's data carries an id, the epoch, that is remembered beside the originals. An epoch that is missing or another
one means that everything must be compared; another run of the server, that its last writes may be missing.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from datetime import timedelta

import structlog

from copytaster.archive.journal import StoreMark
from copytaster.errors import CopytasterError
from copytaster.recovery.replay import Replay, Replayed
from copytaster.store.ports.epoch import Epoch, EpochState

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
"""A dead watcher's recovery is taken over after this; renewed with every look at the workers' progress."""

TAIL = timedelta(hours=1)
"""A server that starts again is missing seconds at most; clocks of several machines may differ by more."""


class RecoveryLostError(CopytasterError):
    """The recovery was ended from outside: by a stop, by a server that was emptied once more, or by a long stall."""


class Recovery:
    """Looks at the server's life; of several watchers one does the work."""

    def __init__(self, epoch: Epoch, replay: Replay, *, name: str, stopping: threading.Event) -> None:
        self._epoch = epoch
        self._replay = replace(replay, report=self._report)
        self._name = name
        self._stopping = stopping
        self._seen: StoreMark | None = None
        self.rebuilding: str | None = None
        """How far the work is, "n of m"; None when there is none."""

    def look(self) -> None:
        """Compare the server's life with what is remembered, and bring back what is missing.

        Cost while nothing has changed: one round trip. Raises ``TransientError`` when server or archive are away; the
        next look begins again, and so does the next watcher's.
        """
        life = self._epoch.look()
        if self._is_known(life) or not self._epoch.hold(self._name, lease=LEASE):
            return
        try:
            self._recover(life)
        except RecoveryLostError as error:
            log.warning("store.rebuild_interrupted", why=str(error), next="it begins again")
        finally:
            self.rebuilding = None
            self._epoch.renew(self._name, lease=timedelta(0))

    def _is_known(self, life: EpochState) -> bool:
        if life.epoch is None:
            return False
        present = StoreMark(life.epoch, life.run)
        # Seen once it stays true in this run; what empties the server takes the epoch along.
        if self._seen != present and self._replay.journal.mark() == present and self._replay.files.is_open():
            self._seen = present
        return self._seen == present

    def _recover(self, life: EpochState) -> None:
        remembered = self._replay.journal.mark()
        whole = life.epoch is None or remembered is None or remembered.epoch != life.epoch
        if life.epoch is None and remembered:
            log.error("store.emptied", why="the server has lost its data", next="it is rebuilt from the archive")
        replayed = self._replay.run(
            since=None if whole else life.run_since - TAIL,
            in_order=True,
            registered=lambda: self._replay.files.open(life.run),
        )
        epoch = self._epoch.begin(life.epoch or secrets.token_hex(8), owner=self._name)
        if epoch is None:
            raise RecoveryLostError("the server was emptied once more")
        self._seen = StoreMark(epoch, life.run)
        self._replay.journal.set_mark(self._seen)
        _tell(replayed)

    def _report(self, done: int, total: int) -> None:
        self.rebuilding = f"{done} of {total}" if total else None
        if self._stopping.is_set():
            raise RecoveryLostError("this process is ending")
        if not self._epoch.renew(self._name, lease=LEASE):
            raise RecoveryLostError("the server was emptied once more, or did not answer for long")


def _tell(replayed: Replayed) -> None:
    if replayed.registered or replayed.refused:
        log.warning("store.rebuilt", **replayed.model_dump())
