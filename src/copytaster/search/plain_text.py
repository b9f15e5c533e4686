"""Places of words in a text whose words need not be folded: one without letters beyond ASCII, as most English ones.

Cutting such a text into words takes ten times as long as looking for a few words in it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from copytaster.search.words import Phrase

_PLAIN = re.compile(
    "[\0-\x7f\u00a0-\u00a9\u00ab\u00ac\u00ae-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u20a0-\u20cf]*"
)
"""Texts of ASCII, with quotation marks, dashes and signs of currencies: their words are runs of ASCII letters and
digits, and in lower case all characters stay where they are."""


def is_plain(text: str) -> bool:
    """Return whether the words of a text are found by ``plain_places``; cost: some nanosecond for each character."""
    return text.isascii() or _PLAIN.fullmatch(text) is not None


def plain_places(text: str, phrase: Phrase) -> list[tuple[int, int]]:
    """Return the places of a phrase in a plain text in lower case: those that ``placed_words`` would give its words."""
    pattern = _pattern(phrase)
    if len(phrase.words) == 1:
        return [each.span() for each in pattern.finditer(text)]
    found, at = list[tuple[int, int]](), 0
    while match := pattern.search(text, at):  # places of a phrase may overlap
        found.append(match.span())
        at = match.start() + 1
    return found


@lru_cache(maxsize=100)  # it is asked for each article that is compared
def _pattern(phrase: Phrase) -> re.Pattern[str]:
    """Return the pattern of a phrase; it begins with a letter, since the search for one is quicker than a condition."""
    first, *others = (re.escape(each) for each in phrase.words)
    initial = re.escape(phrase.words[0][0])
    following = "".join(rf"[^0-9a-z]+{each}" for each in others)
    end = "[0-9a-z]*" if phrase.open_ended else "(?![0-9a-z])"
    return re.compile(rf"{initial}(?<![0-9a-z]{initial}){first[len(initial) :]}{following}{end}")
