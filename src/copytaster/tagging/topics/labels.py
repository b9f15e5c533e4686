"""Topics of languages without a term list: the IPTC's labels of the Media Topics, as terms of top-level topics.

Labels are names, not terms that writers choose, so they find few topics. They are a floor: two different labels of one
topic are needed, a label that occurs below several topics counts for none, and scores are low.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from copytaster.tagging.topics.taxonomy import SCHEME
from copytaster.tagging.topics.vocabulary import WEIGHTS, Indication, Reading, Vocabulary, indexed, lowered, words

LEAST_SHARE = 0.55
"""Share of a topic in all evidence of labels: without a clear majority, a text has no clear subject."""

TRUST = 0.4
"""Factor of scores, because labels are weaker evidence than terms: the highest score is .4."""

LEAST_STEM = 3
"""Letters that remain when an ending is removed: shorter ones are shared by unrelated words."""

LEAST_PART = 6
"""Letters of a label that counts as a part of a compound: shorter ones occur in unrelated words by chance."""

CACHED_WORDS = 1 << 13
"""Words of a language whose keys are kept, at most one megabyte: nine in ten words of a day's news."""

ENDINGS: Mapping[str, tuple[str, ...]] = {
    language: tuple(endings.split())
    for language, endings in {
        "ar": "ات ية ون ين ة ه",  # noqa: RUF001 - Arabic letters are meant
        "da": "ernes erne enes ene ers ens ets er en et es e s",
        "de": "innen ern en er em es e n s",
        "es": "es s e",
        "fr": "es e s x",
        "pt": "oes aes ais ao al es ns s m e",
        "sv": "ernas arnas ornas erna arna orna ers ens ets er ar or en et an na a e s",
        "zh": "",
    }.items()
}
"""Endings of number, case, gender and definiteness, the longest first; endings that form other words are not in it."""

COMPOUNDING = frozenset({"da", "de", "sv"})
"""Languages that write compounds as one word: "Fußballverein" contains the label "Fußball"."""

UNSPACED = frozenset({"zh"})
"""Languages without spaces, whose tokens are single characters: labels are found as sequences of them."""

_ARABIC_ARTICLE = re.compile(r"[وفبك]?(?:ال|لل)(?=\w{3})")
_ARABIC_LETTERS = str.maketrans("أإآى", "اااي", "ـ")
_LETTER = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class LabelReading(Reading):
    """Splits a text of one language into tokens, and gives each the key under which labels are stored."""

    language: str
    parts: frozenset[str]

    def tokens(self, text: str) -> list[str]:
        """Return the words of a text, or the characters of one in a language without spaces."""
        return _LETTER.findall(lowered(text)) if self.language in UNSPACED else words(text)

    def keys(self, tokens: Sequence[str]) -> Sequence[str]:
        """Return the stem of each token; for a compound that contains a label, the stem of the label."""
        if self.language in UNSPACED:
            return tokens
        if self.language not in COMPOUNDING:
            return [stem(token, self.language) for token in tokens]
        return [_label_part(stem(token, self.language), self.parts) for token in tokens]


@lru_cache(CACHED_WORDS)
def stem(word: str, language: str) -> str:
    """Return a word in lower case without accents and without the first of the language's endings that it has."""
    plain = unicodedata.normalize("NFD", word.translate(_ARABIC_LETTERS))
    folded = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("ß", "ss")
    if language == "ar":
        article = _ARABIC_ARTICLE.match(folded)
        folded = folded[article.end() :] if article else folded
    ending = next((each for each in ENDINGS[language] if _ends_in(folded, each)), "")
    return folded.removesuffix(ending)


def label_tokens(label: str, language: str) -> tuple[str, ...]:
    """Return the keys of a label, without regard to labels inside its compounds."""
    reading = LabelReading(language, frozenset())
    return tuple(reading.keys(reading.tokens(label)))


@cache
def load_labels(language: str) -> Vocabulary | None:
    """Return the labels of a language, or None if there are none; read once, when an article first needs them."""
    if language not in ENDINGS:
        return None
    content = files("copytaster.tagging.topics").joinpath(f"labels_{language}.toml").read_bytes()
    version = f"labels_{language}@{hashlib.sha256(content).hexdigest()[:8]}"
    return build_labels(tomllib.loads(content.decode()), language, version=version)


def build_labels(labels: Mapping[str, str], language: str, *, version: str) -> Vocabulary:
    """Build the vocabulary of a language from the labels of each top-level topic, separated by commas."""
    found = {
        form: {f"{SCHEME}:{number}": Indication(f"{SCHEME}:{number}", label, WEIGHTS["plain"])}
        for number, listed in labels.items()
        for label in listed.split(", ")
        if (form := label_tokens(label, language))
    }
    single = frozenset(form[0] for form in found if len(form) == 1 and len(form[0]) >= LEAST_PART)
    return indexed(
        found,
        version,
        reading=LabelReading(language, single),
        least_share=LEAST_SHARE,
        trust=TRUST,
        kind=f"IPTC labels ({language})",
    )


def _ends_in(word: str, ending: str) -> bool:
    return len(word) - len(ending) >= LEAST_STEM and word.endswith(ending)


@lru_cache(CACHED_WORDS)
def _label_part(word: str, parts: Collection[str]) -> str:
    """Return the longest of ``parts`` with which a word begins or ends, else the word."""
    if word in parts:
        return word
    return max((part for part in _ends(word) if part in parts), key=len, default=word)


def _ends(word: str) -> Iterator[str]:
    for size in range(LEAST_PART, len(word)):
        yield word[:size]
        yield word[-size:]
