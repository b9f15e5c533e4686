"""The settings and the clock of the server, for the examination of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What the server reports about itself; None where it does not say.

    ``now`` is its clock. ``appendonly`` is whether it writes an append-only file, ``fsync`` when that reaches the disk
    (``always``, ``everysec``, ``no``), and ``last_write_failed`` whether the last write did not. ``limit`` is
    ``maxmemory`` in bytes, 0 without one, and ``eviction`` what happens at that limit.
    """

    version: str
    now: datetime
    appendonly: bool
    fsync: str | None
    last_write_failed: bool
    limit: int
    eviction: str
    layout: int | None
