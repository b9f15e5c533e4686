"""The profile of a story: what is kept of its articles to compare others with, in bounded size."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import chain
from math import sqrt

from copytaster.dedup.word_hash import word_hash
from copytaster.stories.calendar_words import MARK
from copytaster.stories.features import ArticleFeatures
from copytaster.stories.frequencies import DocumentFrequencies

MAX_WORDS, MAX_NUMBERS, MAX_DAYS, MAX_PERSONS = 60, 16, 8, 6
"""What a single article contributes: with four bytes each, its profile is below 400 bytes."""

KEPT_HASHES = 8_192
"""Hashes of words that a process remembers, in a megabyte: the words of an article are compared with each candidate."""

KEPT_PROFILES = 1024
"""Profiles that a process remembers, in eight megabytes: articles that arrive in succession have stories in common.
With 256, placing an article took a fifth longer, and with 2,048 as long."""

GROWTH = 3
"""The profile of a story of many articles keeps this many times as much as that of one."""

LARGEST_WEIGHT = 127
"""Weights are stored in seven bits, relative to the largest of their kind; the eighth marks names."""

VERSION = 2

EARLIER_VERSION = 1
"""Its hashes have 32 bits, of which 24 are kept when it is read."""

HASH_BITS = 24

_HASH = (1 << HASH_BITS) - 1
_HEADER = struct.Struct("<BIII4f4B")
_EARLIER_ENTRY = struct.Struct("<IB")
_NAME = 128

Vector = Mapping[int, float]
"""Weights by the hash of a word."""


@dataclass(frozen=True, slots=True)
class Squares:
    """The squared lengths of the vectors of a profile; ``names`` and ``terms`` are the two parts of ``words``."""

    words: float
    names: float
    terms: float
    numbers: float
    days: float
    persons: float


@dataclass(frozen=True)
class Profile:
    """Sums of the weighted words, numbers, days and persons of the articles of a story, and when they appeared.

    ``names`` are those of the words that are part of a name. Words are stored as hashes of 24 bits: two articles
    of sixty words each have by chance one more word in common in one of 4,700 pairs, as if it were one of sixty. Has no
    slots: what all comparisons need of it is computed once.
    """

    articles: int
    first: datetime
    last: datetime
    words: Vector
    names: AbstractSet[int]
    numbers: Vector
    days: Vector
    persons: Vector

    @classmethod
    def of(cls, features: ArticleFeatures, frequencies: DocumentFrequencies) -> Profile:
        """Return the profile of a story of one article."""

        def vector(weights: Mapping[str, float], most: int) -> Vector:
            weighed = {key_hash(key): weight * frequencies.rarity(key) for key, weight in weights.items()}
            return _unit(_heaviest(weighed, most))

        words = vector(features.words, MAX_WORDS)
        return cls(
            articles=1,
            first=features.at,
            last=features.at,
            words=words,
            names=words.keys() & map(key_hash, features.names),
            numbers=vector(features.numbers, MAX_NUMBERS),
            days=vector(features.days, MAX_DAYS),
            persons=vector(features.persons, MAX_PERSONS),
        )

    def merged(self, other: Profile) -> Profile:
        """Return the profile of both stories together."""
        words = _heaviest(_sum(self.words, other.words), GROWTH * MAX_WORDS)
        return Profile(
            articles=self.articles + other.articles,
            first=min(self.first, other.first),
            last=max(self.last, other.last),
            words=words,
            names=words.keys() & (self.names | other.names),
            numbers=_heaviest(_sum(self.numbers, other.numbers), GROWTH * MAX_NUMBERS),
            days=_heaviest(_sum(self.days, other.days), GROWTH * MAX_DAYS),
            persons=_heaviest(_sum(self.persons, other.persons), GROWTH * MAX_PERSONS),
        )

    @cached_property
    def squares(self) -> Squares:
        """The squared lengths of its vectors."""
        words, names = _square(self.words), sum([self.words[key] ** 2 for key in self.names])
        return Squares(words, names, words - names, _square(self.numbers), _square(self.days), _square(self.persons))

    @cached_property
    def years(self) -> AbstractSet[int]:
        """Those of its days that are years."""
        return _YEARS.intersection(self.days)

    @cached_property
    def main_person(self) -> int | None:
        """The person with the largest weight, if there is one."""
        persons = self.persons
        return max(persons, key=lambda key: (persons[key], key)) if persons else None

    def to_bytes(self) -> bytes:
        """Return the profile in at most 400 bytes for a single article, 1.1 KB for a large story."""
        sections = (self.words, self.numbers, self.days, self.persons)
        largest = [max(each.values(), default=0.0) for each in sections]
        header = _HEADER.pack(
            VERSION, self.articles, _seconds(self.first), _seconds(self.last), *largest, *map(len, sections)
        )
        weights = [
            (round(LARGEST_WEIGHT * weight / most) or 1) + _NAME * (key in self.names)
            for section, most in zip(sections, largest, strict=True)
            for key, weight in section.items()
        ]
        entries = [key | weight << HASH_BITS for key, weight in zip(chain(*sections), weights, strict=True)]
        return header + struct.pack(f"<{len(entries)}I", *entries)

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Return the profile that ``to_bytes`` wrote; weights differ by at most a part in 127, times by a second."""
        return _read(data)


_YEARS = frozenset(word_hash(f"{MARK}y{year}") & _HASH for year in range(1900, 2100))


@lru_cache(maxsize=KEPT_PROFILES)
def _read(data: bytes) -> Profile:
    version, articles, first, last, *rest = _HEADER.unpack_from(data)
    if version not in {VERSION, EARLIER_VERSION}:
        raise ValueError(f"the profile of a story has version {version}, and this program reads up to {VERSION}")
    entries, at = list(_entries(data[_HEADER.size :], is_earlier=version == EARLIER_VERSION)), 0
    sections: list[Vector] = []
    for most, size in zip(rest[:4], rest[4:], strict=True):
        sections.append({key: most * (weight % _NAME) / LARGEST_WEIGHT for key, weight in entries[at : at + size]})
        at += size
    names = frozenset([key for key, weight in entries if weight >= _NAME])
    words, numbers, days, persons = sections
    return Profile(articles, _time(first), _time(last), words, words.keys() & names, numbers, days, persons)


def _entries(packed: bytes, *, is_earlier: bool) -> Iterator[tuple[int, int]]:
    """Yield hashes and weights."""
    if is_earlier:
        return ((key & _HASH, weight) for key, weight in _EARLIER_ENTRY.iter_unpack(packed))
    return ((entry & _HASH, entry >> HASH_BITS) for entry in struct.unpack(f"<{len(packed) // 4}I", packed))


@lru_cache(maxsize=KEPT_HASHES)
def key_hash(key: str) -> int:
    """Return the hash under which a profile keeps a word."""
    return word_hash(key) & _HASH


def _square(vector: Vector) -> float:
    return sum([weight * weight for weight in vector.values()])


def _unit(vector: Vector) -> Vector:
    length = sqrt(_square(vector))
    return {key: weight / length for key, weight in vector.items()} if length else vector


def _heaviest(vector: Vector, count: int) -> Vector:
    if len(vector) <= count:
        return vector
    return {key: vector[key] for key in sorted(vector, key=lambda key: (-vector[key], key))[:count]}


def _sum(one: Vector, other: Vector) -> Vector:
    total = dict(one)
    for key, weight in other.items():
        total[key] = total.get(key, 0.0) + weight
    return total


def _seconds(time: datetime) -> int:
    return min(max(int(time.timestamp()), 0), 0xFFFFFFFF)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
