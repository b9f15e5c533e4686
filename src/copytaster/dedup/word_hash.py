"""Stable hashes of words. NumPy is not needed for them, so that parts without it can compare stories."""

from __future__ import annotations

from functools import lru_cache

import xxhash

WORDS_KEPT = 1 << 16
"""Hashes in the cache, some 10 MB for a process: the words of a day's news in one language."""


@lru_cache(WORDS_KEPT)
def word_hash(word: str) -> int:
    """Return a 64-bit hash of a word, the same on every machine and in every process."""
    return xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))
