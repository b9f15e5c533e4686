"""The signature of a text: a random sample of its word runs with their places, its figures, names and headline.

The sample is a bottom-k sketch (Cohen and Kaplan 2007): the runs with the lowest hashes. For two texts of any lengths,
the runs below the smaller of the two highest hashes are a random sample of each. So the share of one text that the
other contains can be estimated not only for texts of equal length, but also for excerpts and for pages around a text.

``signing`` makes signatures. This module only holds them, and imports no NumPy: the processes that use the store but
compare no texts start a quarter of a second faster without it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

SCHEME = "s4"
"""The name of the hash functions and the layout; part of every stored key, because schemes are not comparable."""

FACTS = 32
"""The most figures, and the most names, in a signature; most articles have fewer."""

HEADLINE_WORDS = 16

_HEAD = struct.Struct("<16sIB4B")


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a text, as bytes of little-endian numbers.

    ``runs`` are the lowest hashes, ascending, 32 bits each, of which the lowest eight are zero; ``places`` are their
    places in 1/256 of the text. ``figures``, ``names`` and ``headline`` are sets of 16-bit hashes. ``postings`` are
    empty in a signature that was unpacked.
    """

    text_hash: str
    words: int
    changed: bool
    runs: bytes
    places: bytes
    figures: bytes
    names: bytes
    headline: bytes
    postings: tuple[int, ...] = field(default=(), compare=False)

    def pack(self) -> bytes:
        """Return the signature as bytes, some 600 for an article of ordinary length. The zeros of runs are left out."""
        counts = (len(self.places), len(self.figures) // 2, len(self.names) // 2, len(self.headline) // 2)
        head = _HEAD.pack(bytes.fromhex(self.text_hash), self.words, self.changed, *counts)
        runs = bytearray(3 * len(self.places))
        runs[0::3], runs[1::3], runs[2::3] = self.runs[1::4], self.runs[2::4], self.runs[3::4]
        return head + runs + self.places + self.figures + self.names + self.headline

    @classmethod
    def unpack(cls, packed: bytes) -> Signature:
        """Return the signature that ``pack`` encoded, without the postings."""
        digest, count, changed, sample, figured, named, headed = _HEAD.unpack_from(packed)
        ends = list(accumulate((3 * sample, sample, 2 * figured, 2 * named, 2 * headed), initial=_HEAD.size))
        run, place, figure, name, headline = (packed[start:end] for start, end in pairwise(ends))
        runs = bytearray(4 * sample)
        runs[1::4], runs[2::4], runs[3::4] = run[0::3], run[1::3], run[2::3]
        return cls(digest.hex(), count, bool(changed), bytes(runs), place, figure, name, headline)
