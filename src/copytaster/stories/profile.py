"""The profile of a story: what is kept of its articles to compare others with, in bounded size."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt

from copytaster.dedup.hashing import word_hash
from copytaster.stories.features import ArticleFeatures
from copytaster.stories.frequencies import DocumentFrequencies

MAX_WORDS, MAX_NAMES, MAX_NUMBERS = 48, 20, 12
"""What a single article contributes: with five bytes each, its profile is below 500 bytes."""

GROWTH = 3
"""The profile of a story of many articles keeps this many times as much as that of one."""

LARGEST_WEIGHT = 255
"""Weights are stored in a byte, relative to the largest in the profile."""

_HEADER = struct.Struct("<BIIfff3H")
_ENTRY = struct.Struct("<IB")
VERSION = 1

Vector = Mapping[int, float]
"""Weights by the hash of a word."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Sums of the weighted words, names and numbers of the articles of a story, and when they appeared.

    Words are stored as hashes of 32 bits: two words that share a hash are one in ten million.
    """

    articles: int
    first: datetime
    last: datetime
    words: Vector
    names: Vector
    numbers: Vector

    @classmethod
    def of(cls, features: ArticleFeatures, frequencies: DocumentFrequencies) -> Profile:
        """Return the profile of a story of one article."""

        def vector(weights: Mapping[str, float], most: int) -> Vector:
            weighed = ((key_hash(key), weight * frequencies.rarity(key)) for key, weight in weights.items())
            return _unit(_largest(dict(weighed), most))

        words = vector(features.words, MAX_WORDS)
        names, numbers = vector(features.names, MAX_NAMES), vector(features.numbers, MAX_NUMBERS)
        return cls(1, features.at, features.at, words, names, numbers)

    def grown(self, features: ArticleFeatures, frequencies: DocumentFrequencies) -> Profile:
        """Return the profile with one more article."""
        return self.merged(Profile.of(features, frequencies))

    def merged(self, other: Profile) -> Profile:
        """Return the profile of both stories together."""
        return Profile(
            self.articles + other.articles,
            min(self.first, other.first),
            max(self.last, other.last),
            _largest(_sum(self.words, other.words), GROWTH * MAX_WORDS),
            _largest(_sum(self.names, other.names), GROWTH * MAX_NAMES),
            _largest(_sum(self.numbers, other.numbers), GROWTH * MAX_NUMBERS),
        )

    def to_bytes(self) -> bytes:
        """Return the profile in at most 500 bytes for a single article, 1.3 KB for a large story."""
        sections = [self.words, self.names, self.numbers]
        largest = [max(each.values(), default=0.0) for each in sections]
        sizes = [len(each) for each in sections]
        times = (_seconds(self.first), _seconds(self.last))
        header = _HEADER.pack(VERSION, *times, *largest, *sizes)
        entries = (
            _ENTRY.pack(key, max(1, round(LARGEST_WEIGHT * weight / most)))
            for section, most in zip(sections, largest, strict=True)
            for key, weight in section.items()
        )
        return struct.pack("<I", self.articles) + header + b"".join(entries)

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Return the profile that ``to_bytes`` wrote; weights differ by at most a part in 255."""
        (articles,) = struct.unpack_from("<I", data)
        version, first, last, *rest = _HEADER.unpack_from(data, 4)
        if version != VERSION:
            raise ValueError(f"the profile of a story has version {version}, and this program reads {VERSION}")
        largest, sizes = rest[:3], rest[3:]
        entries = iter(_ENTRY.iter_unpack(data[4 + _HEADER.size :]))
        vectors = [
            {key: most * weight / LARGEST_WEIGHT for key, weight in (next(entries) for _ in range(size))}
            for most, size in zip(largest, sizes, strict=True)
        ]
        return cls(articles, _time(first), _time(last), *vectors)


def cosine(one: Vector, other: Vector) -> float:
    """Return the cosine of two vectors, 0 if one is empty."""
    if len(one) > len(other):
        one, other = other, one
    product = sum(weight * other[key] for key, weight in one.items() if key in other)
    return product and product / (_length(one) * _length(other))


def key_hash(key: str) -> int:
    """Return the hash under which a profile keeps a word."""
    return word_hash(key) & 0xFFFFFFFF


def _length(vector: Vector) -> float:
    return sqrt(sum(weight * weight for weight in vector.values()))


def _unit(vector: Vector) -> Vector:
    length = _length(vector)
    return {key: weight / length for key, weight in vector.items()} if length else vector


def _largest(vector: Vector, count: int) -> Vector:
    if len(vector) <= count:
        return vector
    return {key: vector[key] for key in sorted(vector, key=lambda key: (-vector[key], key))[:count]}


def _sum(one: Vector, other: Vector) -> Vector:
    return {key: one.get(key, 0.0) + other.get(key, 0.0) for key in one.keys() | other.keys()}


def _seconds(time: datetime) -> int:
    return min(max(int(time.timestamp()), 0), 0xFFFFFFFF)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
