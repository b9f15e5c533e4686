"""Words that were read before: their tokens, and the vectors of these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from spacy.attrs import IS_SPACE, LENGTH, NAMES
from spacy.language import Language

from copytaster.tagging.name_model.encoder import embedded
from copytaster.tagging.name_model.weights import Embedding, Floats

MOST_TOKENS = 8_192
"""Different tokens that are kept, those of two to four hundred articles. When there are more, all are forgotten.

With their words they take up to 10 MB of a child's memory. Twice as many would save three of ten words that are split
again, which is a tenth of the time that a text takes here, and not visible in the whole stage.
"""

MOST_WORDS = 2 * MOST_TOKENS
"""Words that are kept. Most are one token, with or without a comma or a full stop behind it."""

# spaCy splits at white space. A single space after a word is no token; any other white space is one.
_CHUNK = re.compile(r"\S+|(?<=\S )\s+|(?<=\S)[^\S ]\s*|\A\s+")

_SEPARATOR = "\n"
"""Between words that are split together. It is a token, so that no exception of the tokenizer spans two words."""


class Token(NamedTuple):
    """A token of a word: the row of its vector, and its place in the word."""

    row: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: their vectors, which are white space, and their places."""

    vectors: Floats
    blank: npt.NDArray[np.bool_]
    starts: list[int]
    ends: list[int]


class Lexicon:
    """Splits texts into the tokens of a model, and returns their vectors; the same word is split once.

    What is remembered does not change any result. Unlike spaCy's tokenizer, it never takes tokens on both sides of a
    space for an exception (``: )`` for a smiley), which occurs in no news text that was measured.
    """

    def __init__(self, model: Language, embedding: Embedding) -> None:
        self._model = model
        self._embedding = embedding
        _compute_only(model, {*embedding.attributes, IS_SPACE})  # spaCy's parser reads the latter
        self._forget()

    def __len__(self) -> int:
        """Return the number of words that are remembered."""
        return len(self._words)

    def tokens(self, text: str) -> Tokens:
        """Return the tokens of a text."""
        chunks = frozenset(_CHUNK.findall(text))
        unknown = chunks.difference(self._words)
        if unknown and (len(self._rows) > MOST_TOKENS or len(self._words) > MOST_WORDS):
            self._forget()
            unknown = chunks
        if unknown:
            self._learn(unknown)
        rows, starts, ends = list[int](), list[int](), list[int]()
        for chunk in _CHUNK.finditer(text):
            at = chunk.start()
            for row, start, end in self._words[chunk[0]]:
                rows.append(row)
                starts.append(at + start)
                ends.append(at + end)
        indexes = np.array(rows, np.intp)
        blank = np.array([text[start].isspace() for start in starts], np.bool_)
        return Tokens(self._vectors[indexes], blank, starts, ends)

    def _forget(self) -> None:
        self._words: dict[str, tuple[Token, ...]] = {}
        self._rows: dict[bytes, int] = {}
        self._vectors = np.empty((MOST_TOKENS, len(self._embedding.mixer.scale)), np.float32)

    def _learn(self, words: Iterable[str]) -> None:
        first = len(self._rows)
        with self._model.memory_zone():  # what spaCy remembers is released: it would remember everything
            texts = [word for word in words if not word.isspace()]
            if texts:
                self._split(_SEPARATOR.join(texts), texts)
            for space in (word for word in words if word.isspace()):
                self._split(space, [space])
        attributes = list(self._rows)[first:]
        values = np.frombuffer(b"".join(attributes), np.uint64).reshape(-1, len(self._embedding.tables))
        if len(self._rows) <= len(self._vectors):
            self._vectors[first : len(self._rows)] = embedded(values, self._embedding)
        else:  # too many with this text: all are forgotten before the next one
            self._vectors = np.concatenate([self._vectors[:first], embedded(values, self._embedding)])

    def _split(self, text: str, words: Iterable[str]) -> None:
        """Remember the tokens of words, which are the text between separators."""
        values = self._model.tokenizer(text).to_array([*self._embedding.attributes, LENGTH])
        following = zip([row.tobytes() for row in values[:, :-1]], values[:, -1].tolist(), strict=True)
        for word in words:
            tokens, start = list[Token](), 0
            while start < len(word):
                key, length = next(following)
                row = self._rows.setdefault(key, len(self._rows))
                tokens.append(Token(row, start, start + length))
                start += length
            self._words[word] = tuple(tokens)
            next(following, None)  # the separator


def _compute_only(model: Language, attributes: AbstractSet[int | str]) -> None:
    """Let the model compute no other attributes of new words: there are twenty, each by a function in Python."""
    vocabulary: Any = model.vocab
    getters = vocabulary.lex_attr_getters.items()
    vocabulary.lex_attr_getters = {key: get for key, get in getters if {key, NAMES[key]} & attributes}
