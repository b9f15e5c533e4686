"""Limits how often the same error is logged, so that clients cannot fill the disk with log lines."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from copytaster.clock import Clock, MonotonicClock

MAX_LINES = 5
"""Lines of one kind in one interval: enough to see what fails."""

CHANGE = "audit.change"
"""Lines about changes, of which none is suppressed: while the server does not answer, nothing else tells of them."""

INTERVAL_SECONDS = 60.0
"""Length of an interval."""

MAX_KINDS = 500
"""Kinds that are remembered; with more, all are forgotten, since messages may contain parts of requests."""


@dataclass(slots=True)
class _Interval:
    begins: float
    lines: int = 0
    suppressed: int = 0


class LogLimit(logging.Filter):
    """Passes the first ``MAX_LINES`` lines of each kind in each interval; the next one counts the suppressed lines.

    Lines about changes all pass. A kind is a logger with a level, a message without its arguments, and the class of the
    error.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock = clock or MonotonicClock()
        self._kinds: dict[tuple[object, ...], _Interval] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is written."""
        kind, now = _kind(record), self._clock.now().timestamp()
        if CHANGE in kind:
            return True
        interval = self._interval(kind, now)
        if now - interval.begins >= INTERVAL_SECONDS:
            interval.begins, interval.lines = now, 0
        interval.lines += 1
        if interval.lines > MAX_LINES:
            interval.suppressed += 1
            return False
        if interval.suppressed:
            _report(record, interval.suppressed)
            interval.suppressed = 0
        return True

    def _interval(self, kind: tuple[object, ...], now: float) -> _Interval:
        if kind not in self._kinds and len(self._kinds) >= MAX_KINDS:
            self._kinds.clear()
        return self._kinds.setdefault(kind, _Interval(now))


def _kind(record: logging.LogRecord) -> tuple[object, ...]:
    # Lines of this program are dictionaries with a constant event name, those of libraries are templates.
    message = record.msg.get("event") if isinstance(record.msg, dict) else record.msg
    error = record.exc_info[0] if record.exc_info else None
    return record.name, record.levelno, str(message), error


def _report(record: logging.LogRecord, suppressed: int) -> None:
    if isinstance(record.msg, dict):
        record.msg = {**record.msg, "suppressed": suppressed}
    else:
        record.msg = f"{record.getMessage()} ({suppressed} such lines were suppressed)"
        record.args = ()
