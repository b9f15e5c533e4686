"""Since when each problem and notice exists."""

from __future__ import annotations

from collections.abc import Iterable

from copytaster.monitoring.problem import NO_REDIS, Problem
from copytaster.monitoring.status import Status
from copytaster.store.ports.history import History


def date_problems(status: Status, history: History) -> Status:
    """Return the status with the time since when each of its problems and notices exists.

    Those that do not know it themselves have the time when somebody first read a status with them, which a watcher
    does once a minute; without times if the server refuses changes. Raises ``TransientError``. Cost: one round trip.
    """
    if any(each.code == NO_REDIS for each in status.problems):
        return status
    codes = dict.fromkeys(each.code for each in (*status.problems, *status.notices))
    times = history.note_problems(codes)

    def dated(problems: Iterable[Problem]) -> tuple[Problem, ...]:
        return tuple(each if each.since else each.model_copy(update={"since": times[each.code]}) for each in problems)

    return status.model_copy(update={"problems": dated(status.problems), "notices": dated(status.notices)})
