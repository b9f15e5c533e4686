"""Pausing and resuming, and what watchers, workers and the reconciler obey."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import structlog
from pydantic import Field

from copytaster.clock import Clock
from copytaster.errors import CopytasterError, TransientError
from copytaster.model.article import Document, Text
from copytaster.model.pause import Pause, PauseKind, pause_id
from copytaster.model.stated_times import StatedUtcTime
from copytaster.model.work import Work
from copytaster.store.ports.pauses import MAX_PAUSES, Pauses, TooManyPausesError

log = structlog.get_logger(__name__)

CHECK_INTERVAL = timedelta(seconds=2)
"""How old a reading of the pauses may be: a pause takes effect within this time, for one command in each process."""


class PauseOrder(Document):
    """What a person pauses."""

    kind: PauseKind = Field(description="What is paused: all of the `intake`, one `source`, or one `queue`.")
    name: Text | None = Field(default=None, description="Name of the source or queue; null for the intake.")
    until: StatedUtcTime | None = Field(
        default=None, description="When it ends by itself, RFC 3339 with offset; null: when a person resumes it."
    )
    by: Text = Field(default="api", description="The person who pauses it; over HTTP by default the name of the key.")
    reason: Text | None = Field(default=None, description="Why it is paused.")


class PauseRefusedError(CopytasterError):
    """The pause is not possible, or there is none to end."""


def pause(order: PauseOrder, pauses: Pauses, *, now: datetime) -> Pause:
    """Pause what the order names, or change its pause, and return it. Work that has begun is finished.

    Raises ``PauseRefusedError`` and ``TransientError``.
    """
    _refuse_wrong_name(order.kind, order.name)
    if order.until is not None and order.until <= now:
        raise PauseRefusedError(f"the end of the pause, {order.until:%Y-%m-%dT%H:%M:%SZ}, has passed already")
    known = next((each for each in pauses.all() if each.id == pause_id(order.kind, order.name)), None)
    paused = Pause(**order.model_dump(), since=known.since if known else now)
    try:
        pauses.put(paused)
    except TooManyPausesError as error:
        raise PauseRefusedError(f"there are {MAX_PAUSES} pauses already; end some, or pause the intake") from error
    log.warning("pause.began", pause=paused.id, by=paused.by, until=paused.until and paused.until.isoformat())
    return paused


def resume(kind: PauseKind, name: str | None, pauses: Pauses, *, by: str) -> Pause:
    """End a pause and return it. Raises ``PauseRefusedError`` and ``TransientError``."""
    _refuse_wrong_name(kind, name)
    ended = pauses.remove(pause_id(kind, name))
    if ended is None:
        raise PauseRefusedError(f"{pause_id(kind, name)} is not paused; `copytaster status` lists what is")
    log.warning("pause.ended", pause=ended.id, by=by)
    return ended


def _refuse_wrong_name(kind: PauseKind, name: str | None) -> None:
    if kind is PauseKind.INTAKE and name is not None:
        raise PauseRefusedError(f"the intake is paused as a whole; to pause the source {name}, use the kind source")
    if kind is not PauseKind.INTAKE and name is None:
        raise PauseRefusedError(f"name the {kind} that is to be paused or resumed")
    if kind is PauseKind.QUEUE and name not in set(Work):
        raise PauseRefusedError(f"there is no queue {name}; there are {', '.join(Work)}")


class PauseWatch:
    """What is paused, read every few seconds. While the server does not answer, the last reading holds.

    If there is none yet, nobody knows what is paused: then the methods raise ``TransientError``.
    """

    def __init__(self, pauses: Pauses, clock: Clock) -> None:
        self._pauses = pauses
        self._clock = clock
        self._read_at: datetime | None = None
        self._found: Mapping[str, Pause] | None = None

    def intake(self) -> Pause | None:
        """Return the pause of the intake."""
        return self._active(PauseKind.INTAKE, None)

    def source(self, names: Collection[str | None]) -> Pause | None:
        """Return the pause of a source that has one of these names."""
        return next((found for each in names if each and (found := self._active(PauseKind.SOURCE, each))), None)

    def stops(self, queue: Work) -> bool:
        """Return whether the queue is paused."""
        return self._active(PauseKind.QUEUE, queue.value) is not None

    @property
    def has_sources(self) -> bool:
        """Whether any source is paused."""
        return any(each.kind is PauseKind.SOURCE for each in self._present().values())

    def _active(self, kind: PauseKind, name: str | None) -> Pause | None:
        found = self._present().get(pause_id(kind, name))
        return found if found and not found.has_ended(self._clock.now()) else None

    def _present(self) -> Mapping[str, Pause]:
        now = self._clock.now()
        # The absolute difference: a clock that was set back must not postpone the next reading.
        if self._found is None or self._read_at is None or abs(now - self._read_at) >= CHECK_INTERVAL:
            self._read_at = now
            try:
                self._found = {each.id: each for each in self._pauses.all()}
            except TransientError:
                if self._found is None:
                    raise
        return self._found
