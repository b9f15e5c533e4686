"""Words and letters that distinguish languages which the language model confuses or does not know."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

FACTOR = 4.0
"""Each word or letter of a language multiplies its weight by this. Two outweigh most wrong results of the model."""

MAX_HITS = 8
"""Words and letters that count. Eight outweigh every probability of the model; a long text quotes other languages."""

LEAST_RELATIVE_WEIGHT = 1e-3
"""The least weight of a confused language, relative to the heaviest: the model's probabilities are too extreme."""

LEAST_SHARE = 0.15
"""A language that the model does not know needs this share of a text's different words: others have them by chance."""

_WORD = re.compile(r"[^\W\d_][^\s.,;:!?\"()\[\]/\u0964\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]*")


@dataclass(frozen=True, slots=True)
class MarkedLanguage:
    """The words and letters of a language. ``relative`` is 0 when the language model knows the language."""

    words: frozenset[str]
    letters: frozenset[str]
    relative: float

    def hits(self, words: frozenset[str], letters: frozenset[str]) -> int:
        """Return how many of the words and letters occur, at most ``MAX_HITS``."""
        found = len(self.words & words)
        if self.relative and found < LEAST_SHARE * len(words):
            return 0
        return min(found + len(self.letters & letters), MAX_HITS)


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """The marked languages by code, and for each language the marked ones that are mistaken for it."""

    languages: Mapping[str, MarkedLanguage]
    mistaken_for: Mapping[str, frozenset[str]]

    def adjusted(self, text: str, weights: Mapping[str, float]) -> Mapping[str, float]:
        """Return the weights after the words of ``text`` are compared with those of the languages in question.

        These are the heaviest language, the first of equal ones, and those that are mistaken for it. Other weights are
        unchanged.
        """
        heaviest = max(weights, key=weights.__getitem__, default="")
        mistaken = self.mistaken_for.get(heaviest)
        if not mistaken:
            return weights
        lower = text.lower()
        words, letters = frozenset(_WORD.findall(lower)), frozenset(lower)
        adjusted = dict(weights)
        for code in mistaken | {heaviest}:
            language = self.languages.get(code)
            hits = language.hits(words, letters) if language else 0
            if hits:
                least = (language.relative if language and language.relative else LEAST_RELATIVE_WEIGHT) * weights[
                    heaviest
                ]
                adjusted[code] = max(weights.get(code, 0.0), least) * FACTOR**hits
        return adjusted


def load_language_words() -> LanguageWords:
    """Load the packaged lists (a few milliseconds)."""
    content = files("copytaster.tagging").joinpath("language_words.toml").read_text(encoding="utf-8")
    lists = tomllib.loads(content)
    mistaken_for: dict[str, frozenset[str]] = {}
    for code, entry in lists.items():
        for other in entry["instead_of"].split():
            mistaken_for[other] = mistaken_for.get(other, frozenset()) | {code}
    languages = {
        code: MarkedLanguage(
            words=frozenset(entry.get("words", "").split()),
            letters=frozenset(entry.get("letters", "")),
            relative=entry.get("relative", 0.0),
        )
        for code, entry in lists.items()
    }
    return LanguageWords(languages, mistaken_for)
