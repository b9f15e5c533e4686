"""Watches whether the server can be used, and since when it cannot, for processes that report the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from copytaster.clock import Clock
from copytaster.errors import CommandRefusedError, ServerUnavailableError
from copytaster.monitoring.problem import NO_REDIS, Problem


@dataclass(frozen=True, slots=True)
class ServerOutage:
    """An outage of the Redis server.

    ``since`` is the time of its last usable answer, or of the first try; None if it answers the watch, and refuses
    other commands. ``is_refusal`` is whether it answers, and refuses commands.
    """

    since: datetime | None
    cause: str
    is_refusal: bool = False

    @property
    def problem(self) -> Problem:
        """The problem, with the time, the cause and the cure in its sentence.

        The sentence does not change during an outage, so that the dashboard announces it once.
        """
        if self.is_refusal or self.since is None:
            fault = "answers, and refuses commands"
        else:
            fault = f"has not answered since {self.since:%Y-%m-%d %H:%M:%S} UTC"
        return Problem(code=NO_REDIS, message=f"the Redis server {fault}: {self.cause}", since=self.since)


class ServerWatch:
    """Keeps the time of the server's last answer. One thread calls ``check``; the other methods are for any thread.

    ``ping`` sends a command to the server and raises ``ServerUnavailableError`` without an answer.
    """

    def __init__(self, ping: Callable[[], object], clock: Clock) -> None:
        self._ping = ping
        self._clock = clock
        self._answered_at = clock.now()
        self._error: ServerUnavailableError | None = None

    def check(self) -> None:
        """Ask the server for an answer."""
        try:
            self._ping()
        except ServerUnavailableError as error:
            self._error = error
        else:
            self._answered_at = self._clock.now()
            self._error = None

    @property
    def outage(self) -> ServerOutage | None:
        """The outage that the last check found; None if the server answered."""
        error = self._error
        return ServerOutage(self._answered_at, str(error), is_refusal=_is_refusal(error)) if error else None

    def describe(self, error: ServerUnavailableError) -> ServerOutage:
        """Return the outage that an error shows, perhaps before a check finds it."""
        is_refusal = _is_refusal(error)
        since = None if is_refusal and self._error is None else self._answered_at
        return ServerOutage(since, str(error), is_refusal=is_refusal)


def _is_refusal(error: ServerUnavailableError) -> bool:
    return isinstance(error, CommandRefusedError)
