"""Makes the signature of a text, and estimates the similarity of two."""

from __future__ import annotations

import numpy as np
import xxhash
from numpy.typing import NDArray

from copytaster.dedup.evidence import announces_change, figures, headline_words, names
from copytaster.dedup.hashing import Hashes, packed_hashes, runs
from copytaster.dedup.normalise import composed, text_hash, words
from copytaster.dedup.prose import prose
from copytaster.dedup.sample import SAMPLE, common
from copytaster.dedup.signature import FACTS, HEADLINE_WORDS, PLACES, Signature

POSTINGS = 24
"""Runs by which a text is found: a quarter of a text shares six; with an OCR error in 25 letters thirteen remain."""

POSTING_BITS = 40
"""16 for the bucket and 24 inside it: among a million articles, 25 postings in a million collide with another run."""


def sign(title: str, text: str) -> Signature:
    """Return the signature of an article; an article without words only equals others without words."""
    digest = text_hash(title, text)
    body = prose(composed(text))
    found = words(body)
    hashes = runs(found)
    lowest, first = _lowest(hashes)
    in_order = first.argsort()
    places = first[in_order] * PLACES // max(1, len(hashes))
    return Signature(
        text_hash=digest,
        words=len(found),
        changed=announces_change(title),
        runs=lowest[in_order].tobytes(),
        places=places.astype(np.uint8).tobytes(),
        figures=packed_hashes(figures(body), most=FACTS),
        names=packed_hashes(names(body), most=FACTS),
        headline=packed_hashes(headline_words(title), most=HEADLINE_WORDS),
        postings=_postings(digest, hashes[first[:POSTINGS]]),
    )


def similarity(one: Signature, other: Signature) -> float:
    """Estimate the share of common word runs in both texts; exactly 1 if the normalised texts are equal."""
    if one.text_hash == other.text_hash:
        return 1.0
    first, second = common(*(np.sort(np.frombuffer(each.runs, "<u4")) for each in (one, other)))
    shared = int(np.count_nonzero(first))
    return shared / max(1, len(first) + len(second) - shared)


def _lowest(hashes: Hashes) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Return the sample of the hashes' upper 24 bits, ascending, and the first index of each.

    Of two texts without a common run, one in a thousand pairs has a run with the same bits.
    """
    upper = (hashes >> np.uint64(32)).astype("<u4") & np.uint32(0xFFFFFF00)
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
