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

SCHEME = "s3"
"""The name of the hash functions and the layout; part of every stored key, because schemes are not comparable."""

FACTS = 32
"""The most figures, and the most names, in a signature; most articles have fewer."""

HEADLINE_WORDS = 16

_HEAD = struct.Struct("<16sIB4B")


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a text, as bytes of little-endian numbers.

    ``runs`` are the lowest hashes, 32 bits each, ascending; ``places`` are their places in 1/256 of the text.
    ``figures``, ``names`` and ``headline`` are sets of 16-bit hashes. ``postings`` are empty in a signature that was
    unpacked.
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
        """Return the signature as bytes, some 700 for an article of ordinary length."""
        counts = (len(self.places), len(self.figures) // 2, len(self.names) // 2, len(self.headline) // 2)
        head = _HEAD.pack(bytes.fromhex(self.text_hash), self.words, self.changed, *counts)
        return head + self.runs + self.places + self.figures + self.names + self.headline

    @classmethod
    def unpack(cls, packed: bytes) -> Signature:
        """Return the signature that ``pack`` encoded, without the postings."""
        digest, count, changed, sample, figured, named, headed = _HEAD.unpack_from(packed)
        ends = list(accumulate((4 * sample, sample, 2 * figured, 2 * named, 2 * headed), initial=_HEAD.size))
        run, place, figure, name, headline = (packed[start:end] for start, end in pairwise(ends))
        return cls(digest.hex(), count, bool(changed), run, place, figure, name, headline)
