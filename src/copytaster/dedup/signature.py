"""The signature of a text: a random sample of its word runs with their places, its figures, names and headline.

The sample is a bottom-k sketch (Cohen and Kaplan 2007): the runs with the lowest hashes. For two texts of any lengths,
the runs below the smaller of the two highest hashes are a random sample of each. So the share of one text that the
other contains can be estimated not only for texts of equal length, but also for excerpts and for pages around a text.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np
import xxhash
from numpy.typing import NDArray

from copytaster.dedup.evidence import announces_change, figures, headline_words, names
from copytaster.dedup.hashing import Hashes, packed_hashes, runs
from copytaster.dedup.normalise import composed, text_hash, words
from copytaster.dedup.prose import prose
from copytaster.dedup.sample import SAMPLE, common

SCHEME = "s2"
"""The name of the hash functions and the layout; part of every stored key, because schemes are not comparable."""

POSTINGS = 24
"""Runs by which a text is found: a quarter of a text shares six; with an OCR error in 25 letters thirteen remain."""

FACTS = 32
"""The most figures, and the most names, in a signature; most articles have fewer."""

HEADLINE_WORDS = 16

POSTING_BITS = 42
"""18 for the bucket and 24 inside it: among a million articles, 6 postings in a million collide with another run."""

_PLACES = 256
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

    def similarity(self, other: Signature) -> float:
        """Estimate the share of common word runs in both texts; exactly 1 if the normalised texts are equal."""
        if self.text_hash == other.text_hash:
            return 1.0
        first, second = common(np.frombuffer(self.runs, "<u4"), np.frombuffer(other.runs, "<u4"))
        shared = int(np.count_nonzero(first))
        return shared / max(1, len(first) + len(second) - shared)


def sign(title: str, text: str) -> Signature:
    """Return the signature of an article; an article without words only equals others without words."""
    digest = text_hash(title, text)
    body = prose(composed(text))
    found = words(body)
    hashes = runs(found)
    lowest, first = _lowest(hashes)
    places = first * _PLACES // max(1, len(hashes))
    return Signature(
        text_hash=digest,
        words=len(found),
        changed=announces_change(title),
        runs=lowest.tobytes(),
        places=places.astype(np.uint8).tobytes(),
        figures=packed_hashes(figures(body), most=FACTS),
        names=packed_hashes(names(body), most=FACTS),
        headline=packed_hashes(headline_words(title), most=HEADLINE_WORDS),
        postings=_postings(digest, hashes[first[:POSTINGS]]),
    )


def _lowest(hashes: Hashes) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Return the sample of the hashes' upper halves, ascending, and the first index of each."""
    upper = (hashes >> np.uint64(32)).astype("<u4")
    if len(upper) > 2 * SAMPLE:
        # Sorting takes most of the time; one and a half times the sample's size is almost always enough to sort.
        low = np.flatnonzero(upper < int(1.5 * SAMPLE / len(upper) * (1 << 32)))
        found, first = np.unique(upper[low], return_index=True)
        if len(found) >= SAMPLE:
            return found[:SAMPLE], low[first[:SAMPLE]]
    found, first = np.unique(upper, return_index=True)
    return found[:SAMPLE], first[:SAMPLE]


def _postings(digest: str, hashes: Hashes) -> tuple[int, ...]:
    """Return the postings of the text: its lowest runs and, to find equal texts, two hashes of the whole text."""
    mask = (1 << POSTING_BITS) - 1
    whole = [xxhash.xxh3_64_intdigest(f"{number}{digest}".encode()) for number in (1, 2)]
    # The upper bits of the sampled hashes are all low; the lower bits are evenly distributed.
    return tuple(dict.fromkeys(each & mask for each in (*hashes.tolist(), *whole)))
