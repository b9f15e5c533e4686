"""What each running process does now, in words."""

from __future__ import annotations

from copytaster.model.work import BACKGROUND
from copytaster.store.ports.presence import Heartbeat, Part


def role_of(beat: Heartbeat) -> str:
    """Return what a process is for: the two workers of ``copytaster up`` serve different queues."""
    if beat.part is not Part.WORKER:
        return beat.part.value
    queues = str(beat.details.get("queues") or "").split(",")
    return "background worker" if queues and set(queues) <= {each.value for each in BACKGROUND} else "worker"


def activity_of(beat: Heartbeat) -> str:
    """Return what a process did at its last heartbeat, as a phrase without a subject."""
    match beat.part:
        case Part.WORKER:
            return _worker(beat)
        case Part.WATCHER:
            return _watcher(beat)
        case Part.API:
            return _api(beat)
        case Part.SUPERVISOR:
            return str(beat.details.get("restarts") or "keeps the other processes running")


def _worker(beat: Heartbeat) -> str:
    active, processes = _number(beat, "active"), max(_number(beat, "processes"), 1)
    if not active:
        return "idle" if beat.progress_at else "idle, has not finished anything yet"
    what = "1 message" if active == 1 else f"{active} messages"
    return f"processes {what}, {min(active, processes)} of {processes} processes busy"


def _watcher(beat: Heartbeat) -> str:
    for detail, what in (("rebuilding", "rebuilds the store"), ("interrupted", "interrupted"), ("paused", "paused")):
        if why := beat.details.get(detail):
            return f"{what}: {why}"
    counts = {
        "finished files to take in": _number(beat, "backlog"),
        "being written": _number(beat, "waiting"),
        "incomplete": _number(beat, "incomplete"),
    }
    waiting = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"watches the inbox: {waiting}" if waiting else "watches the inbox, which has no files to take"


def _api(beat: Heartbeat) -> str:
    if building := _number(beat, "search_building"):
        return f"builds the search index, {building} articles so far"
    return "serves pages and programs"


def _number(beat: Heartbeat, name: str) -> int:
    value = beat.details.get(name)
    return int(value) if isinstance(value, int | float) else 0
