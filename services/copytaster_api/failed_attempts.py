"""Limits how often wrong keys are tried, for each address and for all together."""

from __future__ import annotations

import ipaddress
import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

BY_ADDRESS = RateLimitItemPerMinute(10)
"""A person mistypes or mispastes a key a few times; a program that goes on after that is broken, or guesses."""

BY_ALL = RateLimitItemPerMinute(100)
"""Wrong logins of all addresses. Programs with keys, and people who are logged in, are not affected by it."""


class FailedAttempts:
    """The failed attempts of the last minute, in this process."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def record(self, address: str) -> None:
        """Count a failed attempt."""
        if self._limiter.hit(BY_ALL):  # so that what is kept stays bounded
            self._limiter.hit(BY_ADDRESS, _network(address))

    def wait_of(self, address: str) -> int | None:
        """Return after how many seconds the address may try again; None if it may try now."""
        waits = [self._wait(BY_ALL), self._wait(BY_ADDRESS, _network(address))]
        return max(filter(None, waits), default=None)

    def _wait(self, limit: RateLimitItemPerMinute, *address: str) -> int | None:
        if self._limiter.test(limit, *address):
            return None
        end, _ = self._limiter.get_window_stats(limit, *address)
        return max(1, math.ceil(end - time.time()))


def _network(address: str) -> str:
    """Return what one party has: an address, or the 64 bits of IPv6 that a subscriber gets."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{known}/64", strict=False)) if known.version == 6 else address  # noqa: PLR2004
