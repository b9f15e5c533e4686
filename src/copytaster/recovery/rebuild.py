"""Detects a server that lost all data or its last writes, or has older data than the archive, and replays the journal.

The server's data carries an id, the epoch, which is also stored beside the originals. If the epoch is missing or
differs, the whole journal is compared. If only the server's process differs, its last writes may be missing, or its
data may come from a backup. The data also carries the time up to which it is complete; the journal is compared from
there on, so that the cost depends on what is missing and not on what is stored.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from copytaster.archive.journal import StoreMark
from copytaster.errors import CopytasterError
from copytaster.recovery.replay import Replay, Replayed
from copytaster.store.ports.epoch import Epoch, EpochState

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
"""After this time another watcher takes over the recovery of a dead one. Each check of the progress renews it."""

TAIL = timedelta(hours=1)
"""A restarted server lacks the writes of some seconds at most; the clocks of several machines may differ by more."""


EXTEND_EVERY = timedelta(minutes=1)
"""How often the time up to which the data is complete is recorded: a fraction of ``TAIL``, and one write."""


class RecoveryLostError(CopytasterError):
    """The recovery was interrupted: by a stop, by another loss of the server's data, or by a long stall."""


class Recovery:
    """Compares the server's epoch with the journal's; of several watchers one does the recovery."""

    def __init__(self, epoch: Epoch, replay: Replay, *, name: str, stopping: threading.Event) -> None:
        self._epoch = epoch
        self._replay = replace(replay, report=self._report)
        self._name = name
        self._stopping = stopping
        self._seen: StoreMark | None = None
        self._extended_at: datetime | None = None
        self.rebuilding: str | None = None
        """Progress of a recovery, "n of m"; None while there is none."""

    def look(self) -> None:
        """Compare the server's state with the recorded one, and register the missing deliveries.

        Cost: one round trip while nothing has changed. Raises ``TransientError`` when server or archive do not answer;
        the next call, of this watcher or another, begins again.
        """
        state = self._epoch.read()
        if self._is_known(state):
            self._extend(state)
            return
        if not self._epoch.acquire(self._name, lease=LEASE):
            return
        try:
            self._recover(state)
        except RecoveryLostError as error:
            log.warning("store.rebuild_interrupted", why=str(error), next="it begins again")
        finally:
            self.rebuilding = None
            self._epoch.renew(self._name, lease=timedelta(0))

    def _is_known(self, state: EpochState) -> bool:
        if state.epoch is None or not state.is_complete:
            return False
        present = StoreMark(state.epoch, state.run)
        # Once compared it stays valid for this run of the server: a loss of data also removes the epoch.
        if self._seen != present and self._replay.journal.mark() == present and self._replay.files.is_open():
            self._seen = present
        return self._seen == present

    def _extend(self, state: EpochState) -> None:
        now = self._replay.clock.now()
        # The absolute difference: a clock that was set back must not postpone the next write.
        if self._extended_at is None or abs(now - self._extended_at) >= EXTEND_EVERY:
            self._epoch.extend(state.run, until=now)
            self._extended_at = now

    def _recover(self, state: EpochState) -> None:
        mark, now = self._replay.journal.mark(), self._replay.clock.now()
        since = _complete_until(state, mark)
        if state.epoch is None and mark:
            log.error("store.emptied", why="the server has lost its data", next="it is rebuilt from the archive")
        replayed = self._replay.run(
            since=since and since - TAIL,
            in_order=True,
            # What came after the data was written was never there, so it is not missing because it was removed.
            emptied=since is not None or _is_other_data(state, mark),
            registered=lambda: self._replay.files.open(state.run),
        )
        epoch = self._epoch.mark_complete(
            state.epoch or secrets.token_hex(8), owner=self._name, run=state.run, until=now
        )
        if epoch is None:
            raise RecoveryLostError("the server was emptied again")
        self._seen = StoreMark(epoch, state.run)
        self._replay.journal.set_mark(self._seen)
        _log_result(replayed, since)

    def _report(self, done: int, total: int) -> None:
        self.rebuilding = f"{done} of {total}" if total else None
        if self._stopping.is_set():
            raise RecoveryLostError("this process is stopping")
        if not self._epoch.renew(self._name, lease=LEASE):
            raise RecoveryLostError("the server was emptied again, or did not answer for long")


def _complete_until(state: EpochState, mark: StoreMark | None) -> datetime | None:
    """Return the time up to which the server has all deliveries; None if the whole journal has to be compared."""
    if state.epoch is None or mark is None or mark.epoch != state.epoch or state.complete_until is None:
        return None
    return min(state.complete_until, state.run_since)


def _is_other_data(state: EpochState, mark: StoreMark | None) -> bool:
    """Return whether the server has other data than it had at the last comparison: none, or that of a former store."""
    return state.epoch is None or (mark is not None and mark.epoch != state.epoch)


def _log_result(replayed: Replayed, since: datetime | None) -> None:
    if replayed.registered or replayed.refused:
        log.warning("store.rebuilt", **replayed.model_dump(), complete_until=since and since.isoformat())
