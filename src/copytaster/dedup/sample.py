"""Samples of word runs: the common runs of two samples estimate those of the two texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE = 128
"""Runs in a sample: the standard error of a share is at most .044, for a quarter of a text .09."""

Runs = NDArray[np.uint32]
Matches = NDArray[np.bool_]


def common(one: Runs, other: Runs) -> tuple[Matches, Matches]:
    """Return, for each run of either sample, whether the other one contains it, up to the last run of both.

    A full sample is truncated, so only runs up to the smaller of the last runs are compared. Both samples must be in
    ascending order. The two results have the same number of matches.
    """
    ends = [each[-1] for each in (one, other) if len(each) == SAMPLE]
    if ends:
        one, other = (each[: each.searchsorted(min(ends), "right")] for each in (one, other))
    first = np.zeros(len(one), np.bool_)
    if not len(one):
        return first, np.zeros(len(other), np.bool_)
    at = one.searchsorted(other)
    at[at == len(one)] = 0
    second = one[at] == other
    first[at[second]] = True
    return first, second
