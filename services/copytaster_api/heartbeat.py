"""Heartbeats of a running status API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from copytaster.clock import Clock
from copytaster.monitoring.heartbeat import INTERVAL, HeartbeatSender
from copytaster.store.ports.presence import Part, Presence
from copytaster.system.periodic_thread import PeriodicThread


@contextmanager
def api_heartbeat(
    presence: Presence,
    clock: Clock,
    *,
    name: str,
    details: Callable[[], Mapping[str, Any]] = dict,
    every: float = INTERVAL.total_seconds(),
) -> Iterator[None]:
    """Send heartbeats for this process, with its ``details``; at the end of the context, report that the part ends."""
    sender = HeartbeatSender(presence, clock, part=Part.API, name=name, processes=("main",))
    try:
        with PeriodicThread(lambda: sender.beat(**details()), every=every, name="heartbeat"):
            yield
    finally:
        sender.leave()
