"""Figures of measured times."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 of at least one time."""
    hundredths = statistics.quantiles([*milliseconds, *milliseconds], n=100, method="inclusive")  # one alone is too few
    return {f"p{each}": round(hundredths[each - 1], 1) for each in (50, 95, 99)}
