"""Runs the model of py3langid by NumPy: all bytes of a text at once, not one after another."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

ROOT = 0
"""The automaton's state before the first byte."""

BYTES = 256
"""Transitions of a row."""

LOG_UNIT = 2.0**-11
"""The logarithms are multiples of this: those of the packaged model are half-precision numbers between -15 and -2.
As whole numbers they take the same memory, and are converted for the product at a tenth of the cost."""


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Naive Bayes over the byte n-grams that an automaton finds (py3langid, by Marco Lui and Adrien Barbaresi).

    It gives the probabilities of ``LanguageIdentifier.rank``, but for rounding, at a sixth of the cost. The transitions
    take 39 MB: who looks them up one after another waits for the memory with each byte. NumPy's lookups do not depend
    on each other, and the waits overlap.
    """

    languages: tuple[str, ...]
    """The language of each column; some have two."""
    rows: NDArray[np.int32]
    """Where the row of a state begins in ``transitions``; states share rows."""
    transitions: NDArray[np.uint32]
    """The next state, by row and byte."""
    features: NDArray[np.int32]
    """The feature that ends in a state, or -1."""
    logs: NDArray[np.int16]
    """The logarithm of each feature's probability in units of ``LOG_UNIT``, by feature and column."""
    priors: NDArray[np.float32]
    """The logarithm of each column's probability."""

    def probabilities(self, text: str) -> NDArray[np.float32]:
        """Return the probability of each column; all are equal for a text without features."""
        encoded = _encoded(text)
        features = self.features.take(self.states(encoded))
        found, counts = np.unique(features[features >= 0], return_counts=True)
        if not len(found):
            return np.full(len(self.languages), 1 / len(self.languages), np.float32)
        weights = np.log1p(counts, dtype=np.float32) * np.float32(LOG_UNIT)
        scores = weights @ self.logs.take(found, axis=0).astype(np.float32) + self.priors
        # The square root of the length makes the probabilities of short and long texts comparable, as in py3langid.
        likely: NDArray[np.float32] = np.exp((scores - scores.max()) / np.float32(math.sqrt(len(encoded))))
        likely /= likely.sum()
        return likely

    def states(self, encoded: bytes) -> NDArray[np.uint32]:
        """Return the automaton's state after each byte.

        Every byte is read from the root at first, and then from the state after the byte before it, until no state
        changes any more: then these are the states. A state stands for the last bytes, as many as the longest n-gram
        has, so that six rounds suffice for a text of any length.
        """
        letters = np.frombuffer(encoded, np.uint8)
        states = self._reached(np.full(len(letters), ROOT, np.uint32), letters)
        while True:
            reached = self._reached(states[:-1], letters[1:])
            if np.array_equal(reached, states[1:]):
                return states
            states[1:] = reached

    def _reached(self, states: NDArray[np.uint32], letters: NDArray[np.uint8]) -> NDArray[np.uint32]:
        return self.transitions.take(self.rows.take(states) + letters)


def load_language_model() -> LanguageModel:
    """Load the model that is packaged with py3langid (4.5 MB, half a second of decompression)."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    units = np.divide(identifier.nb_ptc, np.float16(LOG_UNIT), out=identifier.nb_ptc)  # in place: it takes 28 MB
    return LanguageModel(
        languages=tuple(identifier.nb_classes),
        rows=np.asarray(identifier.tk_row, dtype=np.int32) * BYTES,
        transitions=np.asarray(identifier.tk_nextmove),
        features=np.asarray(identifier.tk_output, dtype=np.int32),
        logs=units.astype(np.int16),
        priors=identifier.nb_pc,
    )


def _encoded(text: str) -> bytes:
    lower = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", lower).encode(errors="surrogatepass")
