"""What the parts of a system do at present, on one screen."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from copytaster.model.printable_text import escape
from copytaster.monitoring.heartbeat import MEMORY
from copytaster.monitoring.part_activity import activity_of, role_of
from copytaster.monitoring.status import Status
from copytaster.monitoring.throughput import Throughput, throughput
from copytaster.store.ports.presence import Heartbeat
from copytaster_cli.rendering.output import fields, table

SOURCES = 10
"""Sources on the screen, the busiest first."""

MEBIBYTE = 1024 * 1024


def top_page(before: Status, now: Status) -> RenderableType:
    """Return the present state, with the rates since an earlier one, which may be the same."""
    rates = throughput(before, now)
    state = "ready" if now.ready else "NOT READY"
    return Group(
        Text(f"{now.at:%H:%M:%S}Z  {state}", style="bold green" if now.ready else "bold red"),
        *(Text(f"  {escape(each.message)}") for each in now.problems),
        Text(),
        fields(in_flight=now.balance.in_flight, arrived=_arrived(rates), settled=_settled(rates)),
        Text(),
        table("QUEUE", "WAITING", "IN WORK", "OLDEST", "DUE", rows=_queues(now)),
        Text(),
        table("STAGE", "BUSY", "MEAN", rows=_stages(rates)),
        Text(),
        table("PART", "PROCESS", "MEMORY", "DOES", rows=map(_part, now.parts)),
        Text(),
        table("SOURCE", "FIRST", "COPIES", "RATE", rows=_sources(now, rates)),
    )


def _arrived(rates: Throughput | None) -> str:
    return f"{rates.arrived:.1f}/s" if rates else "measuring"


def _settled(rates: Throughput | None) -> str:
    if rates is None:
        return "measuring"
    return ", ".join(f"{rate:.1f}/s {name}" for name, rate in rates.settled.items() if rate) or "none"


def _queues(now: Status) -> Iterator[tuple[object, ...]]:
    for each in now.queues:
        oldest = None if each.oldest_seconds is None else f"{each.oldest_seconds:.0f} s"
        yield each.name, each.length, each.unacknowledged, oldest, now.waiting[each.name]


def _stages(rates: Throughput | None) -> Iterator[tuple[object, ...]]:
    for each in rates.stages if rates else ():
        yield each.name, f"{each.busy:.2f} processes", f"{each.mean * 1000:.1f} ms"


def _part(beat: Heartbeat) -> tuple[object, ...]:
    used = sum(int(value or 0) for name, value in beat.details.items() if name.startswith(MEMORY))
    return role_of(beat), f"{beat.host}:{beat.pid}", f"{used // MEBIBYTE} MiB" if used else None, activity_of(beat)


def _sources(now: Status, rates: Throughput | None) -> Iterator[tuple[object, ...]]:
    for each in now.sources[:SOURCES]:
        rate = rates.sources.get(each.source) if rates else None
        yield each.source, each.first, each.duplicates, None if rate is None else f"{rate * 60:.0f}/min"
