"""The terms that speak for topics in one language, ready for matching in one pass."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

from copytaster.tagging.topics.taxonomy import SCHEME, Heading

WEIGHTS = {"strong": 3.0, "plain": 1.5, "weak": 0.5}
"""Two weak hints for another topic must not outweigh one plain term, nor two plain ones a strong one."""

LIFTED = 1.5
"""What a strong term of a narrower topic weighs for its top, where the top does not list it: as much as a plain one."""

_FILE = re.compile(r"topics_([a-z]{2,3})\.toml")
_WORD = re.compile(r"[^\W_]+")
_VOWEL_Y = re.compile(r"[aeiou]y$")

Words = tuple[str, ...]


class Evidence(NamedTuple):
    """That a term, shown as ``term`` whatever its inflection was, speaks for a topic with a weight."""

    code: str
    term: str
    weight: float


class Form(NamedTuple):
    """A term as its words stand in a text, with the numbers of all evidence that it is; none for a silent phrase."""

    words: Words
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms by their first word, and those of several words then by the second, longest first.

    ``version`` changes with every change to the lists.
    """

    single: Mapping[str, Form]
    phrases: Mapping[str, Mapping[str, tuple[Form, ...]]]
    evidence: tuple[Evidence, ...]
    version: str


def words(text: str) -> list[str]:
    """Return the words of a text in lower case: letters and digits; hyphens and apostrophes part words."""
    return _WORD.findall(lowered(text))


def word_starts(text: str, tokens: Iterable[str]) -> Iterator[int]:
    """Yield where in the text each of ``words(text)`` begins, given as ``tokens``; cheaper than matching anew."""
    low, end = lowered(text), 0
    for token in tokens:
        # Between two words there are no letters or digits, so the next find is the next word.
        start = low.find(token, end)
        end = start + len(token)
        yield start


def lowered(text: str) -> str:
    """Return the text in lower case and in its length: letters whose small form is longer stay as they are."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(each.lower() if len(each.lower()) == 1 else each for each in text)


def load_vocabularies(headings: Mapping[str, Heading]) -> dict[str, Vocabulary]:
    """Return the vocabulary of each language that the package has terms for; only topics in ``headings`` count."""
    loaded = {}
    for file in files("copytaster.tagging.topics").iterdir():
        if named := _FILE.fullmatch(file.name):
            content = file.read_bytes()
            language = named.group(1)
            version = f"topics_{language}@{hashlib.sha256(content).hexdigest()[:8]}"
            loaded[language] = build_vocabulary(
                tomllib.loads(content.decode()), headings, forms=FORMS.get(language, _as_it_stands), version=version
            )
    return loaded


def build_vocabulary(
    terms: Mapping[str, Any], headings: Mapping[str, Heading], *, forms: Inflect, version: str
) -> Vocabulary:
    """Build a vocabulary from terms as they stand in ``topics_en.toml``; ``forms`` knows the language's inflections."""
    found: dict[Words, dict[str, Evidence]] = defaultdict(dict)
    for form, _ in forms(terms.get("silent", "")):
        found[form] = {}
    listed = {f"{SCHEME}:{number}": lists for number, lists in terms.items() if isinstance(lists, Mapping)}
    known = [headings[code] for code in listed if code in headings]
    # Tops first: what a narrower topic's terms say about its top depends on what the top itself lists.
    for heading in sorted(known, key=lambda each: each.code != each.top):
        for strength, weight in WEIGHTS.items():
            for form, term in forms(listed[heading.code].get(strength, "")):
                # The first, stronger mention of a term within a topic stands.
                found[form].setdefault(heading.code, Evidence(heading.code, term, weight))
                if heading.top not in found[form]:
                    _lift(form, Evidence(heading.top, term, LIFTED if strength == "strong" else 0.0), found)
    return _arranged(found, version)


def _lift(form: Words, lifted: Evidence, found: dict[Words, dict[str, Evidence]]) -> None:
    """Let a narrower topic's term speak for the top: for its own part, or for the shorter terms that it hides."""
    inside = (form[at : at + size] for size in range(1, len(form)) for at in range(len(form) - size + 1))
    hidden = [found[part][lifted.code] for part in inside if part in found and lifted.code in found[part]]
    best = max([lifted, *hidden], key=lambda each: each.weight)
    if best.weight:
        found[form][lifted.code] = best


def _arranged(found: Mapping[Words, Mapping[str, Evidence]], version: str) -> Vocabulary:
    numbers: dict[Evidence, int] = {}
    single: dict[str, Form] = {}
    phrases: dict[str, dict[str, list[Form]]] = defaultdict(lambda: defaultdict(list))
    for words_, by_topic in found.items():
        form = Form(words_, tuple(numbers.setdefault(each, len(numbers)) for each in by_topic.values()))
        if len(words_) == 1:
            single[words_[0]] = form
        else:
            phrases[words_[0]][words_[1]].append(form)
    longest_first = {
        first: {second: tuple(sorted(forms, key=_length, reverse=True)) for second, forms in by_second.items()}
        for first, by_second in phrases.items()
    }
    return Vocabulary(single, longest_first, tuple(numbers), version)


def _length(form: Form) -> int:
    return len(form.words)


def verb_forms(word: str) -> tuple[str, ...]:
    """Return a word with its forms in -s, -ed and -ing, by rule: strong verbs and doubled letters are unknown."""
    stem = word.removesuffix("e")
    past = f"{word[:-1]}ied" if word.endswith("y") and not _VOWEL_Y.search(word) else f"{stem}ed"
    return word, _with_s(word), past, f"{stem}ing"


def english_forms(terms: str) -> Iterator[tuple[Words, str]]:
    """Yield each listed term's forms, with the term: plurals of nouns, and -s, -ed and -ing of what ends in ``*``."""
    for term, (*head, last) in _entries(terms):
        for form in verb_forms(last) if term.endswith("*") else (last, _with_s(last)):
            yield (*head, form), term.removesuffix("*")


def _as_it_stands(terms: str) -> Iterator[tuple[Words, str]]:
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

FORMS: Mapping[str, Inflect] = {"en": english_forms}
"""How a language inflects its terms; the terms of one that is not here stand in its file in every form."""
