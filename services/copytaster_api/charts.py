"""Charts of the last hour and day: the shapes that templates draw as SVG, and what they show in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil, log10

from copytaster.model.disposition import Disposition
from copytaster.store.ports.history import Ring, Sample

WIDTH, HEIGHT = 600, 120
"""Units of the drawing, which is stretched to the width of its place."""

GAP_STEPS = 2.5
"""Steps without a sample after which a line is interrupted, or ends before the right edge: nothing was measured."""

Points = Sequence[tuple[datetime, float | None]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A line or an area: its name, its class in the style sheet, and its path in SVG."""

    label: str
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart; ``top`` is the value of its upper edge, ``summary`` says in words what it shows."""

    id: str
    title: str
    unit: str
    top: float
    shapes: tuple[Shape, ...]
    summary: str
    is_empty: bool


@dataclass(frozen=True, slots=True)
class _Axis:
    """The time of a chart: the length of a ring, to an end."""

    ring: Ring
    end: datetime

    def x(self, at: datetime) -> str:
        span = self.ring.step.total_seconds() * (self.ring.length - 1)
        return f"{max(WIDTH - (self.end - at).total_seconds() / span * WIDTH, 0):.0f}"


def charts_of(ring: Ring, samples: Sequence[Sample], *, now: datetime) -> tuple[Chart, ...]:
    """Return the charts of a ring: rates by disposition, latency, and the age of the queues.

    They end with the last sample; where none is recent, with the step that contains the time.
    """
    axis = _Axis(ring, samples[-1].at if is_recent(ring, samples, now=now) else _beginning_of_step(ring, now))
    rates = rates_of(samples)
    by_disposition = {each.value: [(at, known.get(each)) for at, known in rates] for each in Disposition}
    present = {name: points for name, points in by_disposition.items() if any(value for _, value in points)}
    latency = {
        "p50": [(each.at, each.latency_p50_seconds) for each in samples],
        "p95": [(each.at, each.latency_p95_seconds) for each in samples],
    }
    age = {"oldest": [(each.at, each.oldest_seconds or 0.0) for each in samples]}
    return (
        _chart(axis, "Files by disposition", "a minute", present, stacked=True),
        _chart(axis, "Latency from receipt to disposition", "s", latency),
        _chart(axis, "Age of the oldest live message", "s", age),
    )


def is_recent(ring: Ring, samples: Sequence[Sample], *, now: datetime) -> bool:
    """Return whether the last sample says how the system is now."""
    return bool(samples) and now - samples[-1].at <= ring.step * GAP_STEPS


def _beginning_of_step(ring: Ring, now: datetime) -> datetime:
    return datetime.fromtimestamp(ring.period(now) * ring.step.total_seconds(), UTC)


def rates_of(samples: Sequence[Sample]) -> list[tuple[datetime, dict[Disposition, float]]]:
    """Return the deliveries a minute by disposition, between consecutive samples; at a loss of data zero."""
    return [
        (after.at, {each: _rate(before, after, each) for each in Disposition}) for before, after in pairwise(samples)
    ]


def _rate(before: Sample, after: Sample, disposition: Disposition) -> float:
    minutes = (after.at - before.at).total_seconds() / 60
    added = after.dispositions.get(disposition, 0) - before.dispositions.get(disposition, 0)
    return max(added, 0) / minutes


def sparkline(values: Sequence[int]) -> str:
    """Return the path of a line over whole numbers, in a drawing of ``WIDTH`` by ``HEIGHT``."""
    top = max(*values, 1)
    step = WIDTH / max(len(values) - 1, 1)
    return "M" + "L".join(f"{place * step:.0f} {_y(value, top)}" for place, value in enumerate(values))


def _chart(axis: _Axis, title: str, unit: str, lines: Mapping[str, Points], *, stacked: bool = False) -> Chart:
    sums = [sum(value or 0 for _, value in column) for column in zip(*lines.values(), strict=True)]
    values = sums if stacked else [value for points in lines.values() for _, value in points if value is not None]
    top = _round_up(max(values, default=0))
    times = [at for points in lines.values() for at, _ in points]
    drawn = _stacked(lines, axis, top) if stacked else _lines(lines, axis, top)
    return Chart(
        id=f"{axis.ring.label}-{title.split(maxsplit=1)[0].lower()}",
        title=title,
        unit=unit,
        top=top,
        shapes=tuple(drawn),
        summary=_summary(lines, unit) or "nothing was measured",
        is_empty=not times or not any(values),
    )


def _lines(lines: Mapping[str, Points], axis: _Axis, top: float) -> Iterable[Shape]:
    for label, points in lines.items():
        path, last = [], None
        for at, value in points:
            if value is None:
                continue
            joined = last is not None and (at - last) <= axis.ring.step * GAP_STEPS
            path.append(f"{'L' if joined else 'M'}{axis.x(at)} {_y(value, top)}")
            last = at
        yield Shape(label, label, "".join(path))


def _stacked(lines: Mapping[str, Points], axis: _Axis, top: float) -> Iterable[Shape]:
    """Yield an area for each line, upon the ones before it."""
    floor: list[float] = []
    for label, points in lines.items():
        below = floor or [0.0] * len(points)
        floor = [low + (value or 0) for low, (_, value) in zip(below, points, strict=True)]
        xs = [axis.x(at) for at, _ in points]
        there = [f"{x} {_y(value, top)}" for x, value in zip(xs, floor, strict=True)]
        back = [f"{x} {_y(value, top)}" for x, value in zip(xs, below, strict=True)]
        yield Shape(label, label, f"M{'L'.join([*there, *reversed(back)])}Z")


def _y(value: float, top: float) -> str:
    return f"{HEIGHT - min(value / top, 1) * HEIGHT:.0f}"


def _round_up(value: float) -> float:
    """Return the next number of the form 1, 2 or 5 times a power of ten; 1 for nothing."""
    if value <= 0:
        return 1
    power = 10.0 ** ceil(log10(value) - 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * 0.999)


def _summary(lines: Mapping[str, Points], unit: str) -> str:
    known = {label: [value for _, value in points if value is not None] for label, points in lines.items()}
    parts = (f"{label}: last {of[-1]:.3g}, at most {max(of):.3g} {unit}" for label, of in known.items() if of)
    return "; ".join(parts)
