"""The topics and the terms that speak for them, ready for matching in one pass."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

WEIGHTS = {"strong": 3.0, "plain": 1.5, "weak": 0.5}
"""Two weak hints for another topic must not outweigh one plain term, nor two plain ones a strong one."""

_WORD = re.compile(r"[^\W_]+")
_VOWEL_Y = re.compile(r"[aeiou]y$")


@dataclass(frozen=True, slots=True)
class Heading:
    """A Media Topic by its code and official name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """That a term, shown as ``term`` whatever its inflection was, speaks for a topic with a weight."""

    heading: Heading
    term: str
    weight: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms by their words.

    ``phrases`` maps a first word to the terms that begin with it, longest first; ``evidence`` maps a term, as the tuple
    of its words, to all it speaks for.
    """

    phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    evidence: Mapping[tuple[str, ...], tuple[Evidence, ...]]


def words(text: str) -> list[str]:
    """Return the words of a text in lower case: letters and digits; hyphens and apostrophes part words."""
    return _WORD.findall(text.lower())


def load_vocabulary() -> Vocabulary:
    """Read the terms that come with the package."""
    source = files("copytaster.tagging").joinpath("topics.toml").read_text(encoding="utf-8")
    return build_vocabulary(tomllib.loads(source)["topic"])


def build_vocabulary(topics: Iterable[Mapping[str, Any]]) -> Vocabulary:
    """Build a vocabulary from topics as they stand in ``topics.toml``: code, name, and terms by strength."""
    evidence: dict[tuple[str, ...], dict[str, Evidence]] = defaultdict(dict)
    for topic in topics:
        heading = Heading(topic["code"], topic["name"])
        for strength, weight in WEIGHTS.items():
            for form, term in _forms(topic.get(strength, "")):
                # The first, stronger mention of a term within a topic stands.
                evidence[form].setdefault(heading.code, Evidence(heading, term, weight))
    phrases: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for form in evidence:
        phrases[form[0]].append(form)
    return Vocabulary(
        {first: tuple(sorted(forms, key=len, reverse=True)) for first, forms in phrases.items()},
        {form: tuple(by_topic.values()) for form, by_topic in evidence.items()},
    )


def verb_forms(word: str) -> tuple[str, ...]:
    """Return a word with its forms in -s, -ed and -ing, by rule: strong verbs and doubled letters are unknown."""
    stem = word.removesuffix("e")
    past = f"{word[:-1]}ied" if word.endswith("y") and not _VOWEL_Y.search(word) else f"{stem}ed"
    return word, _with_s(word), past, f"{stem}ing"


def _forms(terms: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for entry in re.split(r"[,\n]+", terms):
        *head, last = words(entry) or [""]
        if last:
            term = " ".join(entry.strip().rstrip("*").split())
            inflect = verb_forms if entry.strip().endswith("*") else _noun_forms
            for form in inflect(last):
                yield (*head, form), term


def _noun_forms(word: str) -> tuple[str, ...]:
    return word, _with_s(word)


def _with_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and not _VOWEL_Y.search(word):
        return f"{word[:-1]}ies"
    return f"{word}s"
