"""The settings and the clock of the server, for the examination of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What the server reports about itself; None where it does not say.

    ``now`` is its clock. ``appendonly`` is whether it writes an append-only file, ``fsync`` when that reaches the disk
    (``always``, ``everysec``, ``no``), and ``last_write_failed`` whether the last write did not. ``limit`` is
    ``maxmemory`` in bytes, 0 without one, and ``eviction`` what happens at that limit. ``refusal`` is why it refuses
    changes, None if it accepts them.
    """

    version: str
    now: datetime
    appendonly: bool
    fsync: str | None
    last_write_failed: bool
    limit: int
    eviction: str
    layout: int | None
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverFacts:
    """What is known about the replacement of a server that dies; None where nobody says.

    ``replicas`` is the number of those that are connected, in a cluster to the primary server that has the fewest. A
    primary server refuses writes if fewer than ``needed`` replicas have answered within the last ``max_lag`` seconds.
    ``sentinels`` is the number of Sentinels, and ``down_after`` the seconds after which they take a server for dead;
    both are None for a cluster, whose servers replace each other.
    """

    replicas: int
    needed: int | None
    max_lag: int | None
    sentinels: int | None = None
    down_after: float | None = None
