"""An optional linear model of topics: it weighs every word of a text, where the term lists know a few thousand.

The file: a line that names the format and the SHA-256 of all that follows; a line of JSON; then, as little-endian
arrays, the rarity of each bucket (float16), the weights (int8, buckets by tops) and their scale for each top (float32).
Words are hashed into buckets (Weinberger et al. 2009), so that no list of words is kept.
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
"""Rows of weights: half a megabyte. On 1,558 articles twice as many gained .002 of top-1."""

TITLE_COUNT = 3
"""As for the term lists: a word of the title counts like three of the text."""

SHARPNESS = 4.0
"""Between weights and probabilities; weights of unit-length texts stay small enough for eight bits so."""

WORDS_KEPT = 1 << 14
"""Buckets remembered, two megabytes a process: nine words in ten of a day's news."""

WORDS_IN_WHY = 4
"""The rest adds little: weights fall off quickly."""

log = structlog.get_logger(__name__)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A text's different words, each with its bucket and 1 + log of its count; two words may share a bucket."""

    buckets: NDArray[np.int64]
    values: Floats
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What the model says of one text: each top's share (they sum to 1), and the words that say so.

    ``trust``, from 0 to 1, is how much that is worth beside the terms.
    """

    shares: dict[str, float]
    trust: float
    words: tuple[str, ...]
    values: Floats
    rows: Floats

    def why(self, code: str) -> str | None:
        """Return the model's share for a top with the words that weigh most for it; None for one it does not know."""
        if code not in self.shares:
            return None
        parts = self.values * self.rows[:, list(self.shares).index(code)]
        best = [self.words[at] for at in np.argsort(-parts)[:WORDS_IN_WHY] if parts[at] > 0]
        return f"model {self.shares[code]:.2f} ({', '.join(best)})" if best else f"model {self.shares[code]:.2f}"


@dataclass(frozen=True, slots=True, eq=False)
class TopicModel:
    """Weights for each bucket and top. ``language`` is that of the texts it was trained with, ``trust`` theirs."""

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
        """How provenance names it: ``model:`` with the beginning of its hash."""
        return f"model:{self.digest[:12]}"

    def opinion(self, title: Sequence[str], text: Sequence[str]) -> Opinion:
        """Return what the model says of a text, given as ``vocabulary.words``; costs a tenth of a millisecond."""
        found = features(title, text)
        values = normalised(found.values * self.rarity[found.buckets])
        rows = self.weights[found.buckets].astype(np.float32)
        shares = softmax(SHARPNESS * (values @ rows) * self.scale)
        return Opinion(dict(zip(self.tops, shares.tolist(), strict=True)), self.trust, found.words, values, rows)

    def sealed(self) -> TopicModel:
        """Return this model with the SHA-256 of its content as ``digest``."""
        return replace(self, digest=hashlib.sha256(self._content()).hexdigest())

    def to_bytes(self) -> bytes:
        """Return the content of the file that ``load_topic_model`` reads."""
        return f"{FORMAT} {self.sealed().digest}\n".encode() + self._content()

    def _content(self) -> bytes:
        head = {"language": self.language, "tops": self.tops, "trust": self.trust, "about": self.about}
        arrays = (self.rarity.astype("<f2"), self.weights, self.scale.astype("<f4"))
        return json.dumps(head).encode() + b"\n" + b"".join(each.tobytes() for each in arrays)


def load_topic_model(file: Path, tops: Sequence[str]) -> TopicModel | None:
    """Return the model in ``file``; None, with a word in the log, where there is no such file yet.

    Raises ``ConfigurationError`` when the content is not what its hash says, or its tops are none of ``tops``.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        log.warning("topics.model_absent", path=str(file), next="topics are found by terms alone until it is trained")
        return None
    except OSError as error:
        raise ConfigurationError(f"{SETTING}: {file} cannot be read: {error.strerror}") from error
    first, _, rest = content.partition(b"\n")
    name, _, digest = first.decode("ascii", "replace").partition(" ")
    if name != FORMAT:
        raise ConfigurationError(f"{SETTING}: {file} is no topic model of format {FORMAT}; train it anew")
    if hashlib.sha256(rest).hexdigest() != digest:
        raise ConfigurationError(f"{SETTING}: {file} is damaged: its content does not match its hash; train it anew")
    head, _, payload = rest.partition(b"\n")
    model = replace(_decoded(json.loads(head), payload), digest=digest)
    if not set(model.tops) <= set(tops):
        raise ConfigurationError(f"{SETTING}: {file} was trained for other topics than these; train it anew")
    return model


def features(title: Sequence[str], text: Sequence[str]) -> Features:
    """Return each word of a text once, in no order that means anything."""
    counts = Counter(text)
    for word in title:
        counts[word] += TITLE_COUNT
    buckets = np.fromiter(map(_bucket, counts), np.int64, len(counts))
    times = np.fromiter(counts.values(), np.float32, len(counts))
    return Features(buckets, 1 + np.log(times), tuple(counts))


def normalised(values: Floats) -> Floats:
    """Return the values at unit length, so that long texts say no more than short ones."""
    length = float(np.sqrt(values @ values))
    return values / length if length else values


def softmax(scores: Floats) -> Floats:
    """Return the probabilities that belong to scores, along the last axis."""
    raised: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


@lru_cache(WORDS_KEPT)
def _bucket(word: str) -> int:
    return xxhash.xxh32_intdigest(word.encode("utf-8", "surrogatepass")) % BUCKETS


def _decoded(head: dict[str, Any], payload: bytes) -> TopicModel:
    tops = tuple(head["tops"])
    first, second = 2 * BUCKETS, (2 + len(tops)) * BUCKETS
    rarity = np.frombuffer(payload[:first], "<f2").astype(np.float32)
    weights = np.frombuffer(payload[first:second], np.int8).reshape(BUCKETS, -1)
    scale = np.frombuffer(payload[second:], "<f4")
    return TopicModel(head["language"], tops, rarity, weights, scale, head["trust"], head["about"])
