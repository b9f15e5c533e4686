"""Whether one part of the system runs and makes progress on one host."""

from __future__ import annotations

from datetime import datetime

from copytaster.monitoring.pause_state import paused_queues
from copytaster.monitoring.status import SILENCE, find_stalls
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store


def find_fault(store: Store, part: Part, *, host: str, now: datetime) -> str | None:
    """Return what is wrong with the part on this host; None when it is healthy. Raises ``TransientError``."""
    beats = [each for each in store.presence.present() if each.part is part and each.host == host]
    if not any(now - each.beat_at <= SILENCE for each in beats):
        return f"no {part.value} on {host} has sent a heartbeat for {SILENCE.total_seconds():.0f} s"
    if part is not Part.WORKER:
        return None
    stalls = find_stalls(store.ledger, beats, (), now=now, paused=paused_queues(store.pauses.all()))
    return stalls[0].message if stalls else None
