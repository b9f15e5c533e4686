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
from functools import lru_cache
from itertools import accumulate, pairwise

SCHEME = "s4"
"""The name of the hash functions and the layout; part of every stored key, because schemes are not comparable."""

FACTS = 32
"""The most figures, and the most names, in a signature; most articles have fewer."""

HEADLINE_WORDS = 16

PLACES = 256
"""Places of a text."""

KEPT_SIGNATURES = 512
"""Signatures that a process remembers, in a megabyte: articles that arrive in succession have candidates in common. Of
those that were read for a thousand generated articles, 93 of 100 were remembered."""

EACH, EVEN, GAPS = 0, 1, 2
"""How places are packed: a byte each; not at all, because all runs of the text are in the sample; or in four bits each,
the distance from the one before. Earlier releases wrote the first form, with the runs in the order of their hashes."""

LARGEST_GAP = 15
"""In four bits."""

_HEAD = struct.Struct("<16sIB4B")
_CHANGED = 1


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a text, as bytes of little-endian numbers.

    ``runs`` are the lowest hashes in the order of the text, 32 bits each, of which the lowest eight are zero;
    ``places`` are their places in 1/256 of the text. ``figures``, ``names`` and ``headline`` are sets of 16-bit hashes.
    ``postings`` are empty in a signature that was unpacked.
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
        """Return the signature as bytes, some 500 for an article of ordinary length. The zeros of runs are left out."""
        counts = (len(self.places), len(self.figures) // 2, len(self.names) // 2, len(self.headline) // 2)
        form, places = _packed_places(self.places)
        flags = form << 1 | self.changed
        head = _HEAD.pack(bytes.fromhex(self.text_hash), self.words, flags, *counts)
        runs = bytearray(3 * len(self.places))
        runs[0::3], runs[1::3], runs[2::3] = self.runs[1::4], self.runs[2::4], self.runs[3::4]
        return head + runs + places + self.figures + self.names + self.headline

    @classmethod
    def unpack(cls, packed: bytes) -> Signature:
        """Return the signature that ``pack`` encoded, without the postings; the last ones are remembered."""
        return _unpacked(packed)


@lru_cache(maxsize=KEPT_SIGNATURES)
def _unpacked(packed: bytes) -> Signature:
    digest, count, flags, sample, figured, named, headed = _HEAD.unpack_from(packed)
    form = flags >> 1
    size = {EACH: sample, EVEN: 0, GAPS: (sample + 1) // 2}[form]
    ends = list(accumulate((3 * sample, size, 2 * figured, 2 * named, 2 * headed), initial=_HEAD.size))
    run, place, figure, name, headline = (packed[start:end] for start, end in pairwise(ends))
    runs = bytearray(4 * sample)
    runs[1::4], runs[2::4], runs[3::4] = run[0::3], run[1::3], run[2::3]
    places = _places(form, place, sample)
    return Signature(digest.hex(), count, bool(flags & _CHANGED), bytes(runs), places, figure, name, headline)


def _packed_places(places: bytes) -> tuple[int, bytes]:
    """Return the form of the places, and the places in that form."""
    if places == _even_places(len(places)):
        return EVEN, b""
    gaps = [after - before for before, after in pairwise((0, *places))]
    if min(gaps) < 0 or max(gaps) > LARGEST_GAP:
        return EACH, places
    gaps += [0] * (len(gaps) % 2)
    return GAPS, bytes([high << 4 | low for high, low in zip(gaps[::2], gaps[1::2], strict=True)])


def _places(form: int, packed: bytes, count: int) -> bytes:
    """Return the places that ``_packed_places`` packed."""
    if form == EACH:
        return packed
    if form == EVEN:
        return _even_places(count)
    return bytes(accumulate([gap for each in packed for gap in divmod(each, LARGEST_GAP + 1)][:count]))


@lru_cache
def _even_places(count: int) -> bytes:
    """Return the places of as many runs if they are all runs of a text."""
    return bytes([number * PLACES // count for number in range(count)])
