"""A straight line through points, by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """``at(x)`` is the line's value at ``x``."""

    slope: float
    start: float

    def at(self, x: float) -> float:
        """Return the value at ``x``."""
        return self.start + self.slope * x


def fit(xs: Sequence[float], ys: Sequence[float]) -> Line:
    """Return the line through at least two points with different ``xs``."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
    return Line(slope, mean_y - slope * mean_x)
