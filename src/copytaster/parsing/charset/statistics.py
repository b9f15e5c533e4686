"""Which charset bytes are in: the one in which they look most like a language, by what each letter takes to write."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from copytaster.parsing.charset.letter_costs import (
    CASE,
    CONTROL,
    PRINTED,
    SYMBOL,
    TYPOGRAPHY,
    UNDEFINED,
    pair_costs,
    table,
    unseen,
)
from copytaster.parsing.charset.multibyte import ASCII_WORD, WORD, wide_costs

SAMPLE_BYTES = 24_000
"""Of words with bytes beyond ASCII: what parts two relatives may be one letter in some thousand."""

_CODE = re.compile(rb"</?[A-Za-z][^<>]{0,2000}>|&[A-Za-z#0-9]{1,10};")

# Charsets of one byte with the languages that are written in them, the commoner of each family first, and what taking
# one costs from the start, in bits: nobody sends IBM's or Apple's any more, except in archives.
_FAMILIES = (
    (("cp1252", 0), ("mac_roman", 32), ("cp850", 32), ("iso8859-15", 20)),
    (("cp1250", 12), ("iso8859-2", 12), ("cp852", 32), ("mac_latin2", 32)),
    (
        ("cp1251", 12),
        ("koi8-r", 12),
        ("koi8-u", 16),
        ("iso8859-5", 14),
        ("cp866", 16),
        ("cp855", 20),
        ("mac_cyrillic", 20),
    ),
    (("cp1253", 12), ("iso8859-7", 12), ("mac_greek", 32), ("cp737", 32)),
    (("cp1254", 12), ("iso8859-9", 12)),
    (("cp1255", 12), ("iso8859-8", 12), ("cp862", 32)),
    (("cp1256", 12), ("iso8859-6", 14)),
    (("cp1257", 12), ("iso8859-13", 12), ("iso8859-4", 20)),
    (("tis-620", 12), ("cp874", 12)),
)
_SPEAKERS = (
    ("en", "fr", "de", "es", "pt", "it", "nl", "da", "sv", "nb", "fi", "is", "ca"),
    ("pl", "cs", "sk", "hu", "ro", "hr", "sl", "sq", "de"),
    ("ru", "uk", "bg", "be", "mk", "sr"),
    ("el",),
    ("tr",),
    ("he",),
    ("ar", "fa", "ur"),
    ("lt", "lv", "et"),
    ("th",),
)

_LAST_ASCII = 0x7F

MOST_BESIDE = 30
"""Words: enough to know a language by, too few to outvote the letters that the choice is about."""

BESIDE_SHARE = 0.5
"""Names and English words stand in every language's texts."""

DECLARED_BITS = 40.0
"""What a declaration that does not decode to the last byte is still worth: some ten letters."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A charset by Python's name, and how many bits a byte of the words beyond ASCII takes in it: text four to six."""

    charset: str
    bits: float


@dataclass(frozen=True, slots=True)
class _Charset:
    """A charset of one byte: each byte's letter in small (empty for none), its cost by itself, and the capitals."""

    letters: tuple[str, ...]
    alone: tuple[float, ...]
    capitals: frozenset[int]


def most_likely(content: bytes, declared: str | None = None) -> Guess | None:
    """Return the charset in which ``content`` looks most like a language; None where all its bytes are ASCII.

    Costs some 20 ms, whatever the size.
    """
    opening = content[: 10 * SAMPLE_BYTES]
    prose = _CODE.sub(b" ", opening)
    words = _words(prose) or _words(opening) or _words(content)
    if not words:
        return None
    ranked = {**_narrow(words, _beside(prose)), **wide_costs(content, words)}
    if declared in ranked:
        ranked[declared] -= DECLARED_BITS
    best = min(ranked, key=lambda each: ranked[each])
    return Guess(best, ranked[best] / sum(map(len, words)))


def _words(text: bytes) -> list[bytes]:
    found, size = [], 0
    for match in WORD.finditer(text):
        found.append(match.group())
        size += len(match.group())
        if size > SAMPLE_BYTES:
            break
    return found


def _beside(prose: bytes) -> list[bytes]:
    """Return words of ASCII from the first line that has others as well: they say which Latin language it is."""
    line = next((each for each in prose.split(b"\n") if not each.isascii()), b"")
    return [each for each in ASCII_WORD.findall(WORD.sub(b" ", line)) if len(each) > 1][:MOST_BESIDE]


def _narrow(words: list[bytes], beside: list[bytes]) -> dict[str, float]:
    pairs = Counter(pair for word in words for pair in _pairs(word))
    strange = _strangeness(Counter(pair for word in beside for pair in _pairs(word)))
    costs = {}
    for family, languages in zip(_FAMILIES, _SPEAKERS, strict=True):
        for name, start in family:
            charset = _charset(name)
            costs[name] = start + min(
                _cost(pairs, charset, language) + strange.get(language, 0.0) for language in languages
            )
    return costs


def _strangeness(pairs: Counter[tuple[int, int]]) -> dict[str, float]:
    """Return for each language of Latin script how much dearer the pairs are in it than in the likeliest, by half."""
    ascii_only = _charset("ascii")
    costs = {
        language: _cost(pairs, ascii_only, language)
        for languages in _SPEAKERS
        for language in languages
        if "a" in table()[language]
    }
    least = min(costs.values())
    return {language: (cost - least) * BESIDE_SHARE for language, cost in costs.items()}


def _pairs(word: bytes) -> Iterator[tuple[int, int]]:
    edged = b" %b " % word
    return pairwise(edged)


def _cost(pairs: Counter[tuple[int, int]], charset: _Charset, language: str) -> float:
    known, letters, total = pair_costs(language), charset.letters, 0.0
    for (before, byte), count in pairs.items():
        letter = letters[byte]
        if not letter:
            cost = charset.alone[byte]
        elif letter == " " and not letters[before].strip():
            cost = 0.0
        else:
            cost = known.get((letters[before] or " ", letter)) or known.get(("", letter)) or unseen(letter, language)
            if before > _LAST_ASCII and not letters[before]:
                cost += charset.alone[before] / 3  # marks stand between words
            if byte in charset.capitals and before not in charset.capitals and letters[before].strip():
                cost += CASE
        total += cost * count
    return total


@cache
def _charset(name: str) -> _Charset:
    characters = [bytes([byte]).decode(name, errors="replace") for byte in range(256)]
    return _Charset(
        letters=tuple(_small(each) for each in characters),
        alone=tuple(_cost_alone(each) for each in characters),
        capitals=frozenset(byte for byte, each in enumerate(characters) if each.isupper()),
    )


def _small(character: str) -> str:
    if character == " ":
        return " "
    return character.lower()[0] if unicodedata.category(character)[0] in "LM" and character not in "ªº" else ""


def _cost_alone(character: str) -> float:
    if character == "\ufffd" or unicodedata.category(character) == "Co":
        return UNDEFINED
    if unicodedata.category(character) == "Cc":
        return CONTROL
    return TYPOGRAPHY if character in PRINTED else SYMBOL
