"""Stable hashes of words and of runs of words, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import xxhash
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

RUN_WORDS = 3
"""Words in a run: on newswire three find edited copies that five miss, and two find hundreds that are none."""

WORDS_KEPT = 1 << 16
"""Hashes remembered, some 10 MB a process: the words of a language that a day of news uses."""

# Odd 64-bit constants (the primes of xxHash); other ones are another scheme.
_STEP = np.uint64(0x165667B19E3779F9)
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)


@lru_cache(WORDS_KEPT)
def word_hash(word: str) -> int:
    """Return 64 bits of a word, the same on every machine and in every run."""
    return xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))


def runs(words: Sequence[str]) -> Hashes:
    """Return a hash for each run of three words, in order; one for all of them when there are fewer."""
    if len(words) < RUN_WORDS:
        return _mixed(np.array([word_hash(" ".join(words))], np.uint64)) if words else np.zeros(0, np.uint64)
    hashes = np.fromiter(map(word_hash, words), np.uint64, len(words))
    count = len(words) - RUN_WORDS + 1
    mixed = hashes[:count]
    for step in range(1, RUN_WORDS):
        mixed = mixed * _STEP + hashes[step : step + count]
    return _mixed(mixed)


def small_set(words: Iterable[str], *, most: int) -> bytes:
    """Return the ``most`` lowest 16-bit hashes of the words, ascending, two bytes each.

    Of two sets of thirty, seven in a thousand pairs share a hash without sharing a word.
    """
    lowest = sorted({word_hash(word) & 0xFFFF for word in words})[:most]
    return np.array(lowest, "<u2").tobytes()


def _mixed(hashes: Hashes) -> Hashes:
    """Spread every bit over all others (the finaliser of xxHash), so that the lowest hashes are a fair sample."""
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _FIRST
    hashes = (hashes ^ (hashes >> np.uint64(29))) * _SECOND
    return hashes ^ (hashes >> np.uint64(32))
