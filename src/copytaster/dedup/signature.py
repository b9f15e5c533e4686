"""MinHash signatures (Broder 1997): the share of equal slots estimates the Jaccard similarity of two shingle sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

SLOTS = 128
"""Standard error of the estimate is at most 0.5 / sqrt(128) = .044."""

BANDS = 32
"""Of four slots each: texts of similarity .5 share a band with probability .87, of .6 with .99, of .1 with .003."""

ROWS = SLOTS // BANDS

SCHEME = "m1"
"""Names the hash functions below; it is part of every stored key, for signatures of two schemes do not compare."""

_SEED = 20_190_425  # any number does; another one is another scheme


def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    generator = np.random.default_rng(_SEED)
    # Odd multipliers of 64 bits and the top 32 bits of the product: multiply-shift hashing (Dietzfelbinger 1997).
    factors = generator.integers(1 << 62, 1 << 63, SLOTS, dtype=np.uint64) | np.uint64(1)
    offsets = generator.integers(0, 1 << 63, SLOTS, dtype=np.uint64)
    return factors, offsets


_FACTORS, _OFFSETS = _permutations()


@dataclass(frozen=True, slots=True)
class Signature:
    """The MinHash of a text, with the hash of its normalised form for equality."""

    slots: bytes
    text_hash: str

    def similarity(self, other: Signature) -> float:
        """Estimate the Jaccard similarity of the two shingle sets; exactly 1 when the normalised texts are equal."""
        if self.text_hash == other.text_hash:
            return 1.0
        mine, theirs = np.frombuffer(self.slots, np.uint32), np.frombuffer(other.slots, np.uint32)
        return float(np.count_nonzero(mine == theirs)) / SLOTS

    def bands(self) -> list[str]:
        """Return the names of the bands, one a band: equal names mean equal slots at the same place."""
        width = ROWS * 4
        return [
            f"{SCHEME}{band:02x}{xxhash.xxh3_64_hexdigest(self.slots[band * width : (band + 1) * width])}"
            for band in range(BANDS)
        ]


def sign(shingles: Iterable[str], *, text_hash: str) -> Signature:
    """Return the signature of a non-empty set of shingles; the order does not matter."""
    hashes = np.fromiter((xxhash.xxh3_64_intdigest(each.encode()) for each in shingles), np.uint64)
    with np.errstate(over="ignore"):
        permuted = (hashes[:, None] * _FACTORS + _OFFSETS) >> np.uint64(32)
    return Signature(permuted.min(axis=0).astype("<u4").tobytes(), text_hash)
