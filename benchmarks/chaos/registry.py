"""All faults, in the order in which ``--faults all`` plays them."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.faults import (
    api,
    away,
    burst,
    child,
    clock,
    copies,
    disk_full,
    everything,
    flushall,
    half_open,
    half_written,
    maxmemory,
    poison,
    power,
    renamed,
    restarts,
    server,
    sigterm,
    slow,
    slow_writer,
    stop,
    two_watchers,
    watcher,
    watcher_bomb,
    worker,
)

FAULTS: dict[str, Fault] = {
    module.FAULT.name: module.FAULT
    for module in (
        child,
        worker,
        watcher,
        api,
        server,
        everything,
        flushall,
        stop,
        half_open,
        slow,
        sigterm,
        maxmemory,
        power,
        disk_full,
        away,
        burst,
        copies,
        half_written,
        slow_writer,
        renamed,
        two_watchers,
        poison,
        watcher_bomb,
        clock,
        restarts,
    )
}
