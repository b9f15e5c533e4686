"""What is remembered of a text: a fair sample of its word runs with their places, its figures, names and headline.

The sample is a bottom-k sketch (Cohen and Kaplan 2007): the runs with the lowest hashes. Of two texts of any lengths,
the part of both samples below the smaller of their limits is a fair sample of each, so the share of one text that
lies in the other can be told for halves, quarters and pages around an article, not only for texts of one length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np
import xxhash
from numpy.typing import NDArray

from copytaster.dedup.evidence import announces_change, figures, headline_words, names
from copytaster.dedup.hashing import Hashes, runs, small_set
from copytaster.dedup.normalise import composed, text_hash, words
from copytaster.dedup.prose import prose
from copytaster.dedup.sample import SAMPLE, common

SCHEME = "s2"
"""Names the hash functions and layout below; it is part of every stored key: two schemes do not compare."""

POSTINGS = 24
"""Runs by which a text is found: a quarter of a text shares six, OCR with an error in 25 letters leaves thirteen."""

FACTS = 32
"""Figures and names kept, each; most articles have fewer."""

HEADLINE_WORDS = 16

POSTING_BITS = 42
"""18 for the bucket and 24 inside it: in an index of a million articles 6 postings in a million meet another run's."""

_PLACES = 256
_HEAD = struct.Struct("<16sIB4B")


@dataclass(frozen=True, slots=True)
class Signature:
    """The sample of a text, as bytes of little-endian numbers.

    ``runs`` are the lowest hashes, 32 bits each, ascending, and ``places`` says in 1/256 of the text where each stands.
    ``figures``, ``names`` and ``headline`` are sets of 16-bit hashes. ``postings`` are only there when it was made from
    the text.
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
        """Return it as bytes, some 700 of an article of ordinary length."""
        counts = (len(self.places), len(self.figures) // 2, len(self.names) // 2, len(self.headline) // 2)
        head = _HEAD.pack(bytes.fromhex(self.text_hash), self.words, self.changed, *counts)
        return head + self.runs + self.places + self.figures + self.names + self.headline

    @classmethod
    def unpack(cls, packed: bytes) -> Signature:
        """Return what ``pack`` was given, without the postings."""
        digest, count, changed, sample, figured, named, headed = _HEAD.unpack_from(packed)
        ends = list(accumulate((4 * sample, sample, 2 * figured, 2 * named, 2 * headed), initial=_HEAD.size))
        run, place, figure, name, headline = (packed[start:end] for start, end in pairwise(ends))
        return cls(digest.hex(), count, bool(changed), run, place, figure, name, headline)

    def similarity(self, other: Signature) -> float:
        """Estimate the share of both texts' word runs that is common; exactly 1 when the normalised texts are equal."""
        if self.text_hash == other.text_hash:
            return 1.0
        mine, theirs = common(np.frombuffer(self.runs, "<u4"), np.frombuffer(other.runs, "<u4"))
        shared = int(np.count_nonzero(mine))
        return shared / max(1, len(mine) + len(theirs) - shared)


def sign(title: str, text: str) -> Signature:
    """Return the signature of an article; of one without words, a signature that only equals its like."""
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
        figures=small_set(figures(body), most=FACTS),
        names=small_set(names(body), most=FACTS),
        headline=small_set(headline_words(title), most=HEADLINE_WORDS),
        postings=_postings(digest, hashes[first[:POSTINGS]]),
    )


def _lowest(hashes: Hashes) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Return the sample of the hashes' upper halves, ascending, and where each stood first."""
    upper = (hashes >> np.uint64(32)).astype("<u4")
    if len(upper) > 2 * SAMPLE:
        # Sorting is most of the work; half again as many as needed are nearly always enough.
        low = np.flatnonzero(upper < int(1.5 * SAMPLE / len(upper) * (1 << 32)))
        found, first = np.unique(upper[low], return_index=True)
        if len(found) >= SAMPLE:
            return found[:SAMPLE], low[first[:SAMPLE]]
    found, first = np.unique(upper, return_index=True)
    return found[:SAMPLE], first[:SAMPLE]


def _postings(digest: str, hashes: Hashes) -> tuple[int, ...]:
    """Return where to file the text: by its lowest runs and, for texts alike in every word, twice by its hash."""
    mask = (1 << POSTING_BITS) - 1
    whole = [xxhash.xxh3_64_intdigest(f"{number}{digest}".encode()) for number in (1, 2)]
    # The sample is ordered by the upper bits, which are all alike in it; the lower ones are free.
    return tuple(dict.fromkeys(each & mask for each in (*hashes.tolist(), *whole)))
