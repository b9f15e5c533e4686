"""Watches whether the server answers, and since when it does not, for processes that report the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from copytaster.clock import Clock
from copytaster.errors import ServerUnavailableError
from copytaster.monitoring.problem import NO_REDIS, Problem


@dataclass(frozen=True, slots=True)
class ServerOutage:
    """An outage of the Redis server. ``since`` is the time of its last usable answer, or of the first try."""

    since: datetime
    cause: str

    @property
    def problem(self) -> Problem:
        """The problem, with the time, the cause and the cure in its sentence.

        The sentence does not change during an outage, so that the dashboard announces it once.
        """
        message = f"the Redis server has not answered since {self.since:%Y-%m-%d %H:%M:%S} UTC: {self.cause}"
        return Problem(code=NO_REDIS, message=message, since=self.since)


class ServerWatch:
    """Keeps the time of the server's last answer. One thread calls ``check``; the other methods are for any thread.

    ``ping`` sends a command to the server and raises ``ServerUnavailableError`` without an answer.
    """

    def __init__(self, ping: Callable[[], object], clock: Clock) -> None:
        self._ping = ping
        self._clock = clock
        self._answered_at = clock.now()
        self._cause: str | None = None

    def check(self) -> None:
        """Ask the server for an answer."""
        try:
            self._ping()
        except ServerUnavailableError as error:
            self._cause = str(error)
        else:
            self._answered_at = self._clock.now()
            self._cause = None

    @property
    def outage(self) -> ServerOutage | None:
        """The outage that the last check found; None if the server answered."""
        cause = self._cause
        return ServerOutage(self._answered_at, cause) if cause else None

    def describe(self, error: ServerUnavailableError) -> ServerOutage:
        """Return the outage that an error shows, perhaps before a check finds it."""
        return ServerOutage(self._answered_at, str(error))
