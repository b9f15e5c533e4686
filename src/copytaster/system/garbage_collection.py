"""How often a long-running process looks for unreachable cycles of objects."""

from __future__ import annotations

import gc

COLLECT_EVERY = 20_000
"""New objects between two runs of the collector, those of some articles. With Python's 700, workers spent 2 % of their
time on it, the watcher 5 %, and the status API a third of what it needs to index articles."""


def collect_rarely() -> None:
    """Collect what the start of the process has left, never examine the rest of it again, and collect less often.

    The memory pages of frozen objects stay shared with processes that are forked later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)
