"""Draws curves as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.growth.fit import Line

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 230, 70, 34, 150, 34
"""The size of a panel in pixels, and the margins around its curves; the names of the curves are on the right."""

COLOURS = ("#1b6ca8", "#c8553d", "#4f772d", "#7b4b94", "#8a6d3b", "#444444")

TICKS = 4
"""Intervals of an axis."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves over a common axis, each with its values at ``xs``; a ``line`` is drawn dashed."""

    title: str
    x_title: str
    xs: Sequence[float]
    curves: Mapping[str, Sequence[float]]
    line: Line | None = None


def svg(panels: Sequence[Panel]) -> str:
    """Return an SVG document with the panels one below the other."""
    height = HEIGHT * len(panels)
    drawn = (f'<g transform="translate(0 {HEIGHT * number})">{_panel(each)}</g>' for number, each in enumerate(panels))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="white"/>', *drawn, "</svg>\n"])


def _panel(panel: Panel) -> str:
    top = max((max(values) for values in panel.curves.values()), default=0) * 1.1 or 1
    right = max(panel.xs)

    def place(x: float, y: float) -> str:
        return f"{LEFT + x / right * _inner_width():.1f},{TOP + (1 - y / top) * _inner_height():.1f}"

    parts = [f'<text x="{LEFT}" y="{TOP - 14}" font-weight="bold">{escape(panel.title)}</text>', *_axes(panel, top)]
    for number, (name, values) in enumerate(panel.curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(place(x, y) for x, y in zip(panel.xs, values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        label = f'x="{WIDTH - RIGHT + 10}" y="{TOP + 12 + 17 * number}" fill="{colour}"'
        parts.append(f"<text {label}>{escape(name)}</text>")
    if panel.line:
        ends = " ".join(place(x, panel.line.at(x)) for x in (panel.xs[0], right))
        parts.append(f'<polyline points="{ends}" fill="none" stroke="#999999" stroke-dasharray="5 4"/>')
    return "\n".join(parts)


def _axes(panel: Panel, top: float) -> list[str]:
    right, bottom = max(panel.xs), TOP + _inner_height()
    parts = []
    for tick in range(TICKS + 1):
        y = TOP + (1 - tick / TICKS) * _inner_height()
        x = LEFT + tick / TICKS * _inner_width()
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + _inner_width()}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{top * tick / TICKS:,.3g}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{right * tick / TICKS:,.0f}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{bottom + 16}">{escape(panel.x_title)}</text>')
    return parts


def _inner_width() -> int:
    return WIDTH - LEFT - RIGHT


def _inner_height() -> int:
    return HEIGHT - TOP - BOTTOM
