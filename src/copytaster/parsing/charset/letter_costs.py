"""What characters take to write, in bits: letters after each other by a table of 37 languages, the rest by kind."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

# Bits. Measured on running text: a letter takes four to five, a syllable or a common character seven to ten.
LETTER, OWN_SCRIPT, STRANGE_LETTER, CASE = 5.0, 10.0, 14.0, 6.0
_BEYOND_LATIN = 0x370
"""Where Greek begins: a strange letter of the own script is less strange there, for Latin is shared by all."""

TYPOGRAPHY, SYMBOL, CONTROL, UNDEFINED = 6.0, 12.0, 20.0, 30.0
KANA, PRINTED_WIDE, DAILY, COMMON, RARE, GLUED = 6.0, 9.0, 7.5, 11.5, 17.0, 9.0
BACK_OFF = 4.0
"""What a letter takes in a place where it was not seen, beside what it takes by itself."""

PRINTED = frozenset(
    "\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u2022\xab\xbb\xa0\u20ac\xa3\xa7\xb0\xa9\xae\u2122\u2116\xb7\u2015\xa1\xbf"
)
"""What is printed between words in Europe."""


@cache
def unseen(letter: str, language: str) -> float:
    """Return the cost of a letter that the language's common words do not have: less where the script is its own."""
    own = max(table()[language][""], key=ord)
    return OWN_SCRIPT if ord(letter) >> 7 == ord(own) >> 7 and ord(letter) >= _BEYOND_LATIN else STRANGE_LETTER


@cache
def pair_costs(language: str) -> dict[tuple[str, str], float]:
    """Return the costs of a letter after another, and under the empty string those of a letter after a strange one."""
    told = table()[language]
    costs = {
        (before, row[at]): int(row[at + 1], 36) / 2 for before, row in told.items() for at in range(0, len(row), 2)
    }
    return costs | {key: cost + BACK_OFF for key, cost in costs.items() if key[0] == ""}


@cache
def table() -> dict[str, dict[str, str]]:
    """Return the table as it is written: language, letter, and what follows it each with a digit of half bits."""
    content = files("copytaster.parsing.charset").joinpath("letter_pairs.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = json.loads(content)
    return found
