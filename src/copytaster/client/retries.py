"""When a call is repeated, and after which pause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Answers of a system that is busy or away for a moment."""


@dataclass(frozen=True, slots=True)
class Retries:
    """Repeats calls up to ``most`` times, after ``first`` seconds, then twice as many each time, up to ``longest``.

    ``Retry-After`` of an answer counts instead, up to ``longest``.
    """

    most: int = 4
    first: float = 0.5
    longest: float = 30.0

    def pause(self, attempt: int, headers: Mapping[str, str] | None = None) -> float | None:
        """Return the seconds before the next attempt; None if there is none. The first attempt is number 0."""
        if attempt >= self.most:
            return None
        asked = (headers or {}).get("Retry-After", "")
        return min(float(asked) if asked.isdecimal() else self.first * 2**attempt, self.longest)


RETRIES = Retries()
"""Eight seconds in all, in which a part restarts."""
