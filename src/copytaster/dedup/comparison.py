"""The comparison of two texts: the share of each that the other contains, its places, common figures and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from copytaster.dedup.sample import SAMPLE, common
from copytaster.dedup.signature import FACTS, HEADLINE_WORDS, Signature

LEAST_SHARE = 0.3
"""If neither text shares this much with the other, they are not compared further: every kind of copy shares more."""

MANY_MISSING = 4
"""The number of different names at which the feature has its maximum."""

LOW_BITS = 16
"""Bits of a run by which it is looked up first: one of 500 runs has those of another by chance."""

HIGHEST_RUN = (1 << 32) - 1
"""A run is a number of 32 bits."""

SHORT = math.log(148)
"""In texts with fewer words than this, similarity is weaker evidence."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The features of two texts, independent of their order. Shares are 0 to 1; if facts are absent, they agree."""

    larger_share: float
    smaller_share: float
    likeness: float
    figures_shared: float
    figures_missing: float
    names_shared: float
    names_missing: float
    headline_shared: float
    headline_likeness: float
    headlines: bool
    length_ratio: float
    length: float
    changed: bool
    gap: float
    larger_gap: float
    opening: float
    ending: float


class DecodedSignature:
    """A signature decoded for comparisons with many others; most need its runs only."""

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        self.words = signature.words
        self.changed = signature.changed
        runs = np.frombuffer(signature.runs, "<u4")
        self._order = runs.argsort()
        self.runs = runs[self._order]

    @cached_property
    def places(self) -> NDArray[np.uint8]:
        """The places of the runs."""
        return np.frombuffer(self._signature.places, np.uint8)[self._order]

    @cached_property
    def figures(self) -> list[int]:
        """The hashes of the figures, ascending."""
        return _small(self._signature.figures)

    @cached_property
    def names(self) -> list[int]:
        """The hashes of the names, ascending."""
        return _small(self._signature.names)

    @cached_property
    def headline(self) -> list[int]:
        """The hashes of the words of the headline, ascending."""
        return _small(self._signature.headline)


def comparable(one: DecodedSignature, others: Sequence[Signature]) -> list[bool]:
    """Return for each of the others whether ``compare`` returns a comparison.

    Most candidates share a phrase and no more. All are counted together, which takes a third of the time.
    """
    filled = [len(each.runs) > 0 for each in others]
    joined = np.frombuffer(b"".join([each.runs for each in others]), "<u4")
    if not len(joined) or not len(one.runs):
        return [False] * len(others)
    lengths = np.array([len(each.runs) // joined.itemsize for each in others if each.runs])
    starts = lengths.cumsum() - lengths
    # As in ``common``: a full sample is truncated, so that both count up to the smaller of the last runs.
    ends = np.where(lengths == SAMPLE, np.maximum.reduceat(joined, starts), np.uint32(HIGHEST_RUN))
    if len(one.runs) == SAMPLE:
        ends = np.minimum(ends, one.runs[-1])
    smaller = np.minimum(
        one.runs.searchsorted(ends, "right"),
        np.add.reduceat(joined <= np.repeat(ends, lengths), starts, dtype=np.intp),
    )
    has_low_bits = np.zeros(1 << LOW_BITS, np.bool_)
    has_low_bits[_low_bits(one.runs)] = True
    possible = has_low_bits[_low_bits(joined)].nonzero()[0]
    at = one.runs.searchsorted(joined[possible])
    at[at == len(one.runs)] = 0
    found = possible[one.runs[at] == joined[possible]]
    shared = np.bincount(np.repeat(np.arange(len(lengths)), lengths)[found], minlength=len(lengths))
    enough = iter((shared >= LEAST_SHARE * np.maximum(1, smaller)).tolist())
    return [each and next(enough) for each in filled]


def compare(one: DecodedSignature, other: DecodedSignature) -> Comparison | None:
    """Return the comparison, None if the texts have almost nothing in common; it takes about 40 microseconds."""
    first, second = common(one.runs, other.runs)
    shared = int(np.count_nonzero(first))
    if shared < LEAST_SHARE * max(1, min(len(first), len(second))):
        return None
    shares = sorted((shared / len(first), shared / len(second)))
    gaps, other_gaps = _unmatched(first, one.places), _unmatched(second, other.places)
    figures, figures_possible = _agreeing(one.figures, other.figures, FACTS)
    names, names_possible = _agreeing(one.names, other.names, FACTS)
    headline, headline_possible = _agreeing(one.headline, other.headline, HEADLINE_WORDS)
    either = len(one.headline) + len(other.headline) - headline
    return Comparison(
        larger_share=shares[1],
        smaller_share=shares[0],
        likeness=shared / (len(first) + len(second) - shared),
        figures_shared=(figures + 1) / (figures_possible + 1),
        figures_missing=(figures_possible - figures) / max(1, figures_possible),
        names_shared=(names + 1) / (names_possible + 1),
        names_missing=min(1.0, (names_possible - names) / MANY_MISSING),
        headline_shared=headline / max(1, headline_possible),
        headline_likeness=headline / max(1, either),
        headlines=headline_possible > 0,
        length_ratio=abs(math.log(one.words + 1) - math.log(other.words + 1)),
        length=math.log(min(one.words, other.words) + 1),
        changed=one.changed or other.changed,
        gap=min(gaps[1], other_gaps[1]),
        larger_gap=max(gaps[1], other_gaps[1]),
        opening=min(gaps[0], other_gaps[0]),
        ending=min(gaps[2], other_gaps[2]),
    )


def _low_bits(runs: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return bits that are evenly distributed; a sample has low numbers, and their lowest eight bits are zero."""
    return (runs >> np.uint32(8)) & np.uint32((1 << LOW_BITS) - 1)


def _unmatched(matched: NDArray[np.bool_], places: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Return the lengths of the passages without common runs: before, between (the longest) and after common runs.

    They are shares of the text. Two stories on one page share the page's frame, and each has such a passage in the
    middle or at the same end; an edited text has none; a page around a text has its own words before and after it.
    """
    positions = matched[places[: len(matched)].argsort(kind="stable")].nonzero()[0]
    if not len(positions):
        return 1.0, 0.0, 0.0
    between = int((positions[1:] - positions[:-1]).max()) - 1 if len(positions) > 1 else 0
    size = len(matched)
    return float(positions[0]) / size, between / size, (size - 1 - float(positions[-1])) / size


def _small(packed: bytes) -> list[int]:
    values: list[int] = np.frombuffer(packed, "<u2").tolist()
    return values


def _agreeing(one: list[int], other: list[int], most: int) -> tuple[int, int]:
    """Return how many values are in both sets, and how many could be: the size of the smaller set.

    A set of ``most`` values may be truncated; then only values up to the smaller of the last values are compared.
    """
    if len(one) == most or len(other) == most:
        end = min(each[-1] for each in (one, other) if len(each) == most)
        one, other = ([value for value in each if value <= end] for each in (one, other))
    return len(set(one).intersection(other)), min(len(one), len(other))
