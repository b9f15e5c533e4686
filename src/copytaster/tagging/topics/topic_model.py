"""An optional linear topic model: it weighs every word of a text, while the term lists have only a few thousand.

The file begins with a line with the format's name and the SHA-256 of the rest, then a line of JSON. Three little-endian
arrays follow: the rarity of each bucket (float16), the weights (int8, buckets by tops), and the scale of each top
(float32). Words are hashed into buckets (Weinberger et al. 2009), so that no word list is stored.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import structlog
import xxhash
from numpy.typing import NDArray

from copytaster.errors import ConfigurationError

SETTING = "COPYTASTER_TOPIC_MODEL"
FORMAT = "copytaster-topic-model-1"

BUCKETS = 1 << 15
"""Rows of weights: half a megabyte. Measured on 1,558 articles, twice as many gain .002 of top-1 accuracy."""

TITLE_COUNT = 3
"""A word of the title counts like three of the text, as for the term lists."""

SCORE_FACTOR = 4.0
"""Applied to scores before the softmax. It keeps the weights for unit-length texts small enough for eight bits."""

CACHED_WORDS = 1 << 14
"""Words whose buckets are cached: two megabytes per process, for nine in ten words of a day's news."""

WORDS_IN_WHY = 4
"""Further words add little: weights fall off quickly."""

log = structlog.get_logger(__name__)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The distinct words of a text, each with its bucket and 1 + log of its count. Two words may share a bucket."""

    buckets: NDArray[np.int64]
    values: Floats
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The model's result for one text: the share of each top (they sum to 1), and the words that determine it.

    ``trust``, from 0 to 1, is the weight of the prediction relative to the terms.
    """

    shares: dict[str, float]
    trust: float
    words: tuple[str, ...]
    values: Floats
    rows: Floats

    def why(self, code: str) -> str | None:
        """Return the model's share for a top and its heaviest words; None for a top that the model does not cover."""
        if code not in self.shares:
            return None
        parts = self.values * self.rows[:, list(self.shares).index(code)]
        best = [self.words[index] for index in np.argsort(-parts)[:WORDS_IN_WHY] if parts[index] > 0]
        return f"model {self.shares[code]:.2f} ({', '.join(best)})" if best else f"model {self.shares[code]:.2f}"


@dataclass(frozen=True, slots=True, eq=False)
class TopicModel:
    """Weights for each bucket and top. ``language`` and ``trust`` come from the texts that it was trained on."""

    language: str
    tops: tuple[str, ...]
    rarity: Floats
    weights: NDArray[np.int8]
    scale: Floats
    trust: float
    about: str
    digest: str = ""

    @property
    def name(self) -> str:
        """The model's name in provenance: ``model:`` and the beginning of its hash."""
        return f"model:{self.digest[:12]}"

    def predict(self, title: Sequence[str], text: Sequence[str]) -> Prediction:
        """Return the prediction for a text, given as ``vocabulary.words``; costs a tenth of a millisecond."""
        found = features(title, text)
        values = normalised(found.values * self.rarity[found.buckets])
        rows = self.weights[found.buckets].astype(np.float32)
        shares = softmax(SCORE_FACTOR * (values @ rows) * self.scale)
        return Prediction(dict(zip(self.tops, shares.tolist(), strict=True)), self.trust, found.words, values, rows)

    def with_digest(self) -> TopicModel:
        """Return this model with the SHA-256 of its content as ``digest``."""
        return replace(self, digest=hashlib.sha256(self._content()).hexdigest())

    def to_bytes(self) -> bytes:
        """Return the content of the file that ``load_topic_model`` reads."""
        return f"{FORMAT} {self.with_digest().digest}\n".encode() + self._content()

    def _content(self) -> bytes:
        header = {"language": self.language, "tops": self.tops, "trust": self.trust, "about": self.about}
        arrays = (self.rarity.astype("<f2"), self.weights, self.scale.astype("<f4"))
        return json.dumps(header).encode() + b"\n" + b"".join(array.tobytes() for array in arrays)


def load_topic_model(file: Path, tops: Sequence[str]) -> TopicModel | None:
    """Return the model in ``file``; when the file does not exist, log a warning and return None.

    Raises ``ConfigurationError`` when the content does not match its hash, or has a topic that is not in ``tops``.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        log.warning("topics.model_absent", path=str(file), next="topics are found by terms only until it is trained")
        return None
    except OSError as error:
        raise ConfigurationError(f"{SETTING}: {file} cannot be read: {error.strerror}") from error
    first, _, rest = content.partition(b"\n")
    name, _, digest = first.decode("ascii", "replace").partition(" ")
    if name != FORMAT:
        raise ConfigurationError(f"{SETTING}: {file} is not a topic model of format {FORMAT}; train it again")
    if hashlib.sha256(rest).hexdigest() != digest:
        raise ConfigurationError(f"{SETTING}: {file} is damaged: its content does not match its hash; train it again")
    header, _, payload = rest.partition(b"\n")
    model = replace(_decode(json.loads(header), payload), digest=digest)
    if not set(model.tops) <= set(tops):
        raise ConfigurationError(f"{SETTING}: {file} was trained for other topics than these; train it again")
    return model


def features(title: Sequence[str], text: Sequence[str]) -> Features:
    """Return each distinct word of a text, in an arbitrary order."""
    counts = Counter(text)
    for word in title:
        counts[word] += TITLE_COUNT
    buckets = np.fromiter(map(_bucket, counts), np.int64, len(counts))
    times = np.fromiter(counts.values(), np.float32, len(counts))
    return Features(buckets, 1 + np.log(times), tuple(counts))


def normalised(values: Floats) -> Floats:
    """Return the values scaled to unit length, so that long texts weigh no more than short ones."""
    length = float(np.sqrt(values @ values))
    return values / length if length else values


def softmax(scores: Floats) -> Floats:
    """Return the probabilities of scores along the last axis."""
    exponentials: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return shares


@lru_cache(CACHED_WORDS)
def _bucket(word: str) -> int:
    return xxhash.xxh32_intdigest(word.encode("utf-8", "surrogatepass")) % BUCKETS


def _decode(header: dict[str, Any], payload: bytes) -> TopicModel:
    tops = tuple(header["tops"])
    rarity_end, weights_end = 2 * BUCKETS, (2 + len(tops)) * BUCKETS
    rarity = np.frombuffer(payload[:rarity_end], "<f2").astype(np.float32)
    weights = np.frombuffer(payload[rarity_end:weights_end], np.int8).reshape(BUCKETS, -1)
    scale = np.frombuffer(payload[weights_end:], "<f4")
    return TopicModel(header["language"], tops, rarity, weights, scale, header["trust"], header["about"])
