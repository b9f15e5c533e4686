"""The vocabulary of one language: terms that indicate topics, prepared for matching in one pass."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple, Protocol, TypedDict, Unpack

from copytaster.tagging.topics.taxonomy import SCHEME, Heading

WEIGHTS = {"strong": 3.0, "plain": 1.5, "weak": 0.5}
"""Two weak terms must not outweigh one plain term, nor two plain terms one strong term."""

TOP_WEIGHT = 1.5
"""The weight of a narrower topic's strong term for its top, when the top does not list it: that of a plain term."""

LEAST_SHARE = 0.15
"""A topic's share of all evidence: keeps the second subject of a story and drops what is only mentioned."""

_FILE = re.compile(r"topics_([a-z]{2,3})\.toml")
_WORD = re.compile(r"[^\W_]+")
_VOWEL_Y = re.compile(r"[aeiou]y$")

Words = tuple[str, ...]


class Indication(NamedTuple):
    """A term indicates a topic with a weight. ``term`` is its form in the list, shown for all its inflections."""

    code: str
    term: str
    weight: float


class Form(NamedTuple):
    """An inflected form of a term, with the indexes of its indications; a silent phrase has none."""

    words: Words
    indications: tuple[int, ...]


class Reading(Protocol):
    """Splits a text into tokens, and gives each token the key under which the forms of terms are stored."""

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text as they occur in ``lowered(text)``."""
        ...

    def keys(self, tokens: Sequence[str]) -> Sequence[str]:
        """Return the key of each token."""
        ...


class WordReading:
    """The reading of term lists that contain every form: words are their own keys."""

    def tokens(self, text: str) -> list[str]:
        """Return the words of a text."""
        return words(text)

    def keys(self, tokens: Sequence[str]) -> Sequence[str]:
        """Return the words unchanged."""
        return tokens


WORD_READING = WordReading()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The forms of terms: single words by the word, phrases by their first and second word, longest first.

    ``version`` changes with every change to the lists. ``least_share`` is the share of all evidence that a top-level
    topic needs, ``trust`` the factor of scores, and ``kind`` the terms' name in reasons, "" for hand-written ones.
    """

    single: Mapping[str, Form]
    phrases: Mapping[str, Mapping[str, tuple[Form, ...]]]
    indications: tuple[Indication, ...]
    version: str
    reading: Reading = WORD_READING
    least_share: float = LEAST_SHARE
    trust: float = 1.0
    kind: str = ""


def words(text: str) -> list[str]:
    """Return the words of a text (letters and digits) in lower case; hyphens and apostrophes separate words."""
    return _WORD.findall(lowered(text))


def word_starts(text: str, tokens: Iterable[str]) -> Iterator[int]:
    """Yield the start of each word of ``words(text)``, given as ``tokens``; cheaper than matching again."""
    lowercase, end = lowered(text), 0
    for token in tokens:
        # Between two words there are no letters or digits, so the next occurrence is the next word.
        start = lowercase.find(token, end)
        end = start + len(token)
        yield start


def lowered(text: str) -> str:
    """Return the text in lower case with its length unchanged.

    Only the İ of Turkish has a longer form, an i and a combining dot; Turkish writes the i alone.
    """
    return text.replace("İ", "i").lower()


def load_vocabularies(headings: Mapping[str, Heading]) -> dict[str, Vocabulary]:
    """Return the vocabulary of each language with packaged terms; topics that are not in ``headings`` are ignored."""
    loaded = {}
    for file in files("copytaster.tagging.topics").iterdir():
        if match := _FILE.fullmatch(file.name):
            content = file.read_bytes()
            language = match.group(1)
            version = f"topics_{language}@{hashlib.sha256(content).hexdigest()[:8]}"
            loaded[language] = build_vocabulary(
                tomllib.loads(content.decode()),
                headings,
                inflect=INFLECTIONS.get(language, _uninflected),
                version=version,
            )
    return loaded


def build_vocabulary(
    terms: Mapping[str, Any], headings: Mapping[str, Heading], *, inflect: Inflect, version: str
) -> Vocabulary:
    """Build a vocabulary from terms in the format of ``topics_en.toml``; ``inflect`` yields the forms of terms."""
    found: dict[Words, dict[str, Indication]] = defaultdict(dict)
    for form, _ in inflect(terms.get("silent", "")):
        found[form] = {}
    listed = {f"{SCHEME}:{number}": lists for number, lists in terms.items() if isinstance(lists, Mapping)}
    known = [headings[code] for code in listed if code in headings]
    # Tops first: the weight of a narrower topic's term for its top depends on the terms that the top itself lists.
    for heading in sorted(known, key=lambda each: each.code != each.top):
        for strength, weight in WEIGHTS.items():
            for form, term in inflect(listed[heading.code].get(strength, "")):
                # Of several entries of a term in one topic, the first and strongest is used.
                found[form].setdefault(heading.code, Indication(heading.code, term, weight))
                if heading.top not in found[form]:
                    top_weight = TOP_WEIGHT if strength == "strong" else 0.0
                    _add_for_top(form, Indication(heading.top, term, top_weight), found)
    return indexed(found, version)


def _add_for_top(form: Words, own: Indication, found: dict[Words, dict[str, Indication]]) -> None:
    """Let a narrower topic's term indicate the top too, with its own weight or that of a shorter term inside it."""
    inside = (form[at : at + size] for size in range(1, len(form)) for at in range(len(form) - size + 1))
    shorter = [found[part][own.code] for part in inside if part in found and own.code in found[part]]
    best = max([own, *shorter], key=lambda each: each.weight)
    if best.weight:
        found[form][own.code] = best


class Weighing(TypedDict, total=False):
    """The fields of a vocabulary that differ between term lists and labels."""

    reading: Reading
    least_share: float
    trust: float
    kind: str


def indexed(found: Mapping[Words, Mapping[str, Indication]], version: str, **weighing: Unpack[Weighing]) -> Vocabulary:
    """Return a vocabulary of forms with their indications by topic."""
    numbers: dict[Indication, int] = {}
    single: dict[str, Form] = {}
    phrases: dict[str, dict[str, list[Form]]] = defaultdict(lambda: defaultdict(list))
    for words_, by_topic in found.items():
        form = Form(words_, tuple(numbers.setdefault(each, len(numbers)) for each in by_topic.values()))
        if len(words_) == 1:
            single[words_[0]] = form
        else:
            phrases[words_[0]][words_[1]].append(form)
    longest_first = {
        first: {second: tuple(sorted(forms, key=_word_count, reverse=True)) for second, forms in by_second.items()}
        for first, by_second in phrases.items()
    }
    return Vocabulary(single, longest_first, tuple(numbers), version, **weighing)


def _word_count(form: Form) -> int:
    return len(form.words)


def verb_forms(word: str) -> tuple[str, ...]:
    """Return a word and its regular forms in -s, -ed and -ing; strong verbs and doubled letters are not covered."""
    stem = word.removesuffix("e")
    past = f"{word[:-1]}ied" if word.endswith("y") and not _VOWEL_Y.search(word) else f"{stem}ed"
    return word, _with_s(word), past, f"{stem}ing"


def english_forms(terms: str) -> Iterator[tuple[Words, str]]:
    """Yield each form of each term, with the term: plurals, and -s, -ed and -ing for terms that end in ``*``."""
    for term, (*head, last) in _entries(terms):
        for form in verb_forms(last) if term.endswith("*") else (last, _with_s(last)):
            yield (*head, form), term.removesuffix("*")


def _uninflected(terms: str) -> Iterator[tuple[Words, str]]:
    for term, entry in _entries(terms):
        yield tuple(entry), term


def _entries(terms: str) -> Iterator[tuple[str, list[str]]]:
    for entry in re.split(r"[,\n]+", terms):
        if parts := words(entry):
            yield " ".join(entry.split()), parts


def _with_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and not _VOWEL_Y.search(word):
        return f"{word[:-1]}ies"
    return f"{word}s"


Inflect = Callable[[str], Iterator[tuple[Words, str]]]

INFLECTIONS: Mapping[str, Inflect] = {"en": english_forms}
"""The inflection rules of each language. For other languages the term list must contain every form."""
