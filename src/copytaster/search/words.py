"""The words of a text for searches, in any script: the same for the index, for queries and for highlights.

Case, diacritics and the width of characters do not matter. A script without spaces between words is cut into pairs of
adjacent characters, and so is Hangul, whose words have endings: a run of characters is then found wherever it occurs.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from sys import intern

import regex

_APOSTROPHES = "\u02b9-\u02bf\ua78b\ua78c"
"""Letters by Unicode that stand for an apostrophe, as in Ukrainian, Uzbek and Hawaiian; most people type that, which
separates words."""

_RUN = regex.compile(rf"(?V1)[[\p{{L}}\p{{N}}\p{{M}}\p{{Cf}}]--[{_APOSTROPHES}]]+")
"""Letters and digits with their combining marks, and the invisible signs between them."""

_PLAIN_RUN = re.compile(rf"[^\W_{_APOSTROPHES}]+")
"""The same for texts without marks and invisible signs, in half the time."""

_NOT_PLAIN = re.compile(
    "[^\0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u058f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u20cf]"
)
"""What texts in Latin, Greek and Cyrillic letters with their punctuation do not have."""

_ASCII_BREAKS = str.maketrans({chr(each): " " for each in range(128) if not chr(each).isalnum()})
"""Puts a space in place of all that separates words."""

_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u30fc\uff70\uff9e\uff9f"
)
"""Scripts that are cut into pairs; the last four are signs that both Japanese syllabaries use."""

_PART = regex.compile(rf"(?P<cut>[{_UNSPACED}][{_UNSPACED}\p{{M}}\p{{Cf}}]*)|[^{_UNSPACED}]+")

_CHARACTER = regex.compile(r"\X[\uff9e\uff9f]?")
"""A letter with its marks, which in Thai are vowels and tones; the two signs are marks of half width."""

_DIACRITICS = regex.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)
"""Marks that writers may omit: accents, Hebrew points, Arabic vowel signs. In Indian scripts marks are vowels."""

_NO_WORD = regex.compile(rf"[^\p{{L}}\p{{N}}\p{{M}}]+|[{_APOSTROPHES}]+")
"""What the normal form of a letter may contain besides letters, such as the stroke of a half."""

_LETTER = regex.compile(r"[\p{L}\p{N}]")

_PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ŧ": "t",
    }
)
"""Letters that Unicode does not take apart, as people type them who do not have them on their keyboard."""

CACHED = 20_000
"""Words with other letters than ASCII that are remembered in their cut form: some 8 MB."""

LONGEST_REMEMBERED = 40
"""Longer runs are not remembered: those of a script without spaces are clauses, which do not recur."""


class Places:
    """The places of words, by the number of the word, in eight bytes each."""

    __slots__ = ("_bounds",)

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        self._bounds = array("I", chain.from_iterable(places))

    def __len__(self) -> int:
        return len(self._bounds) // 2

    def __getitem__(self, number: int) -> tuple[int, int]:
        return self._bounds[2 * number], self._bounds[2 * number + 1]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._bounds[::2], self._bounds[1::2], strict=True)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in order, and the place of each: ``text[start:end]``.

    ``firsts`` are the ends of the first characters of words that are pairs, by the number of the word. The words of
    many texts are kept at the same time, so equal ones are one object.
    """

    values: list[str]
    places: Places
    firsts: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; the last one may continue if ``open_ended``."""

    words: tuple[str, ...]
    open_ended: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A word of a run that has other letters than ASCII; ``is_cut`` if it is a pair of characters."""

    value: str
    start: int
    end: int
    first: int
    is_cut: bool


def words_of(text: str) -> list[str]:
    """Return the words of a text; cost: some 30 ns for each character, 10 if all are ASCII."""
    if text.isascii():
        return text.lower().translate(_ASCII_BREAKS).split()
    values: list[str] = []
    for run in _pattern(text).findall(text):
        if run.isascii():
            values.append(run.lower())
        else:
            values += [each.value for each in _parts(run)]
    return values


def placed_words(text: str) -> Words:
    """Return the words of a text with their places; one and a half times the cost of ``words_of``."""
    places = [each.span() for each in _pattern(text).finditer(text)]
    runs = [text[start:end] for start, end in places]
    values = [intern(run.lower() if run.isascii() else _only_word(run)) for run in runs]
    if all(values):
        return Words(values, Places(places), {})
    parts = [(start, part) for run, (start, _) in zip(runs, places, strict=True) for part in _parts(run)]
    return Words(
        [intern(part.value) for _, part in parts],
        Places((start + part.start, start + part.end) for start, part in parts),
        {number: start + part.first for number, (start, part) in enumerate(parts) if part.is_cut},
    )


def phrase_of(text: str, *, open_ended: bool) -> Phrase:
    """Return the phrase that texts with ``text`` contain; ``open_ended`` if its last word may continue.

    Where words are cut into pairs, the end of ``text`` need not be the end of a word.
    """
    values, runs = tuple(words_of(text)), _pattern(text).findall(text)
    last = _parts(runs[-1]) if values else ()
    if not last or not last[-1].is_cut:
        return Phrase(values, open_ended)
    is_single = len(last) == 1 or not last[-2].is_cut
    return Phrase(values if is_single else values[:-1], open_ended=is_single)


def _pattern(text: str) -> re.Pattern[str]:
    """Return the pattern of runs for a text; both find the same runs in a plain one."""
    pattern: re.Pattern[str] = _RUN if _NOT_PLAIN.search(text) else _PLAIN_RUN
    return pattern


def _only_word(run: str) -> str:
    """Return the word that a run is; "" if it is none, or more than one."""
    parts = _parts(run)
    return parts[0].value if len(parts) == 1 and not parts[0].is_cut else ""


def _parts(run: str) -> tuple[_Part, ...]:
    return _cut(run) if len(run) > LONGEST_REMEMBERED else _remembered(run)


@lru_cache(maxsize=CACHED)
def _remembered(run: str) -> tuple[_Part, ...]:
    return _cut(run)


def _cut(run: str) -> tuple[_Part, ...]:
    found: list[_Part] = []
    for match in _PART.finditer(run):
        if match["cut"]:
            found += _pairs(run, match.start(), match.end())
        else:
            found.append(_Part(_folded(match[0]), match.start(), match.end(), match.end(), is_cut=False))
    return tuple(each for each in found if each.value)


def _pairs(run: str, start: int, end: int) -> list[_Part]:
    """Return each character with the next one, and the last one alone: a single character is found as a beginning."""
    ends = [each.end() for each in _CHARACTER.finditer(run, start, end)]
    starts = [start, *ends[:-1]]
    values = [_folded(run[first:last]) for first, last in zip(starts, ends, strict=True)]
    return [
        _Part(value + following, first, ends[min(number + 1, len(ends) - 1)], ends[number], is_cut=True)
        for number, (value, following, first) in enumerate(zip(values, [*values[1:], ""], starts, strict=True))
    ]


def _folded(word: str) -> str:
    """Return a word without case, diacritics, invisible signs and differences of width."""
    taken_apart = unicodedata.normalize("NFKD", word).casefold()
    plain = _DIACRITICS.sub("", taken_apart).translate(_PLAIN)
    value: str = _NO_WORD.sub("", unicodedata.normalize("NFKC", plain))
    return value if _LETTER.search(value) else ""
