"""Heartbeats of a running status API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from copytaster.clock import Clock
from copytaster.monitoring.heartbeat import INTERVAL, HeartbeatSender
from copytaster.store.ports.presence import Part, Presence
from copytaster.system.periodic_thread import PeriodicThread


@contextmanager
def api_heartbeat(
    presence: Presence, clock: Clock, *, name: str, every: float = INTERVAL.total_seconds()
) -> Iterator[None]:
    """Send heartbeats for this process from a thread; at the end of the context, report that the part ends."""
    sender = HeartbeatSender(presence, clock, part=Part.API, name=name)
    try:
        with PeriodicThread(sender.beat, every=every, name="heartbeat"):
            yield
    finally:
        sender.leave()
