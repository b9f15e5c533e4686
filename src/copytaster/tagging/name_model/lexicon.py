"""Words that were read before: their tokens, and the vectors of these."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from spacy.attrs import IDS, IS_SPACE, LENGTH, NAMES
from spacy.language import Language
from spacy.strings import get_string_id

from copytaster.tagging.name_model.encoder import embedded
from copytaster.tagging.name_model.weights import Embedding, Floats

MOST_TOKENS = 16_384
"""Different tokens that are kept, those of four to eight hundred articles. When there are more, all are forgotten.

With their words they take up to 20 MB of a child's memory. With half as many, splitting a text took a tenth longer for
short wire texts and a quarter for news of 2 KB; twice as many saved nothing more.
"""

MOST_WORDS = 2 * MOST_TOKENS
"""Words that are kept. Most are one token, with or without a comma or a full stop behind it."""

# spaCy splits at white space. A single space after a word is no token; any other white space is one.
_CHUNK = re.compile(r"\S+|(?<=\S )\s+|(?<=\S)[^\S ]\s*|\A\s+")

_SEPARATOR = "\n"
"""Between words that are split together. It is a token, so that no exception of the tokenizer spans two words."""


class Word(NamedTuple):
    """A word that was read: for each of its tokens the row of its vector, and its place in the word."""

    rows: tuple[int, ...]
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: their vectors, and which are white space.

    The rest is what their places are found by, which few of them need: the text's words, the place and the first token
    of each word, and for each token the number of its word.
    """

    vectors: Floats
    blank: npt.NDArray[np.bool_]
    words: Sequence[Word]
    places: Sequence[tuple[int, int]]
    firsts: npt.NDArray[np.intp]
    word_of: npt.NDArray[np.intp]

    def places_of(self, tokens: Sequence[int]) -> list[tuple[int, int]]:
        """Return where these tokens begin and end in the text."""
        numbers = self.word_of[np.array(tokens, np.intp)]
        within = np.array(tokens, np.intp) - self.firsts[numbers]
        found = list[tuple[int, int]]()
        for number, token in zip(numbers.tolist(), within.tolist(), strict=True):
            at, (start, end) = self.places[number][0], self.words[number].places[token]
            found.append((at + start, at + end))
        return found


class Lexicon:
    """Splits texts into the tokens of a model, and returns their vectors; the same word is split once.

    What is remembered does not change any result. Words of letters, most of the new ones, are read without spaCy's
    tokenizer, in a quarter of the time. Unlike that, this never takes tokens on both sides of a space for an exception
    (``: )`` for a smiley), which occurs in no news text that was measured.
    """

    def __init__(self, model: Language, embedding: Embedding) -> None:
        self._model = model
        self._embedding = embedding
        _compute_only(model, {*embedding.attributes, IS_SPACE})  # spaCy's parser reads the latter
        vocabulary, tokenizer = cast("Any", model.vocab), cast("Any", model.tokenizer)
        self._getters = [vocabulary.lex_attr_getters[IDS[str(each)]] for each in embedding.attributes]
        self._key = struct.Struct(f"={len(self._getters)}Q")
        self._exceptions = frozenset(tokenizer.rules)
        self._has_plain_words = model.lang == "en"
        self._forget()

    def __len__(self) -> int:
        """Return the number of words that are remembered."""
        return len(self._words)

    def tokens(self, text: str) -> Tokens:
        """Return the tokens of a text."""
        places = [chunk.span() for chunk in _CHUNK.finditer(text)]
        chunks = [text[start:end] for start, end in places]
        different = frozenset(chunks)
        unknown = different.difference(self._words)
        if unknown and (len(self._rows) > MOST_TOKENS or len(self._words) > MOST_WORDS):
            self._forget()
            unknown = different
        if unknown:
            self._learn(unknown)
        words = [self._words[chunk] for chunk in chunks]
        rows = [each.rows for each in words]
        counts = np.fromiter(map(len, rows), np.intp, len(rows))
        blank = np.fromiter(map(str.isspace, chunks), np.bool_, len(chunks))  # white space is a chunk of its own
        return Tokens(
            vectors=self._vectors[np.fromiter(chain.from_iterable(rows), np.intp)],
            blank=blank.repeat(counts),
            words=words,
            places=places,
            firsts=counts.cumsum() - counts,
            word_of=np.arange(len(words)).repeat(counts),
        )

    def _forget(self) -> None:
        self._words: dict[str, Word] = {}
        self._rows: dict[bytes, int] = {}
        self._vectors = np.empty((MOST_TOKENS, len(self._embedding.mixer.scale)), np.float32)

    def _learn(self, words: frozenset[str]) -> None:
        first, others = len(self._rows), list[str]()
        for word in words:
            if tokens := self._plain_tokens(word):
                self._remember(word, ((self._key_of(token), len(token)) for token in tokens))
            else:
                others.append(word)
        if others:
            self._split_all(others)
        attributes = list(self._rows)[first:]
        values = np.frombuffer(b"".join(attributes), np.uint64).reshape(-1, len(self._embedding.tables))
        if len(self._rows) <= len(self._vectors):
            self._vectors[first : len(self._rows)] = embedded(values, self._embedding)
        else:  # too many with this text: all are forgotten before the next one
            self._vectors = np.concatenate([self._vectors[:first], embedded(values, self._embedding)])

    def _plain_tokens(self, word: str) -> tuple[str, ...]:
        """Return the tokens of a word of letters, with or without a comma or full stop; none for any other word.

        No rule for English splits letters. A comma is split off, and a full stop behind a small letter, unless there is
        an exception for the word, with it or without.
        """
        if not self._has_plain_words:
            return ()
        stem = word[:-1] if word[-1] == "," or (word[-1] == "." and word[-2:-1].islower()) else word
        if not (stem.isascii() and stem.isalpha()) or stem in self._exceptions or word in self._exceptions:
            return ()
        return (stem,) if stem is word else (stem, word[-1])

    def _key_of(self, token: str) -> bytes:
        """Return the attributes of a token that is not split, as ``to_array`` returns them."""
        return self._key.pack(*[get_string_id(get(token)) for get in self._getters])

    def _remember(self, word: str, tokens: Iterator[tuple[bytes, int]]) -> None:
        """Remember a word, of which the attributes and lengths of the tokens come next."""
        rows, places, start = list[int](), list[tuple[int, int]](), 0
        while start < len(word):
            key, length = next(tokens)
            rows.append(self._rows.setdefault(key, len(self._rows)))
            places.append((start, start + length))
            start += length
        self._words[word] = Word(tuple(rows), tuple(places))

    def _split_all(self, words: Sequence[str]) -> None:
        with self._model.memory_zone():  # what spaCy remembers is released: it would remember everything
            texts = [word for word in words if not word.isspace()]
            if texts:
                self._split(_SEPARATOR.join(texts), texts)
            for space in (word for word in words if word.isspace()):
                self._split(space, [space])

    def _split(self, text: str, words: Iterable[str]) -> None:
        """Remember the tokens of words, which are the text between separators."""
        values = self._model.tokenizer(text).to_array([*self._embedding.attributes, LENGTH])
        following = zip([row.tobytes() for row in values[:, :-1]], values[:, -1].tolist(), strict=True)
        for word in words:
            self._remember(word, following)
            next(following, None)  # the separator


def _compute_only(model: Language, attributes: AbstractSet[int | str]) -> None:
    """Let the model compute no other attributes of new words: there are twenty, each by a function in Python."""
    vocabulary: Any = model.vocab
    getters = vocabulary.lex_attr_getters.items()
    vocabulary.lex_attr_getters = {key: get for key, get in getters if {key, NAMES[key]} & attributes}
