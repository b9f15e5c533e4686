"""What people have paused."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from copytaster.model.pause import Pause, PauseKind, describe_pause
from copytaster.model.work import Work


def paused_queues(pauses: Sequence[Pause]) -> frozenset[Work]:
    """Return the queues that are paused."""
    return frozenset(Work(each.name) for each in pauses if each.kind is PauseKind.QUEUE and each.name in set(Work))


def describe_pause_with_end(pause: Pause) -> str:
    """Return a sentence about a pause, and how to end it."""
    arguments = shlex.join(filter(None, [pause.kind, pause.name]))
    return f"{describe_pause(pause)}; `copytaster resume {arguments}` ends it"
