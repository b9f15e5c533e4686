"""Places of words in a text whose words need not be folded: one without letters beyond ASCII, as most English ones.

Cutting such a text into words takes ten times as long as looking for a few words in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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


def plain_places(text: str, phrase: Phrase) -> Iterator[tuple[int, int]]:
    """Yield the places of a phrase in a plain text in lower case: those that ``placed_words`` would give its words."""
    first = phrase.words[0]
    rest = _rest(phrase)
    start = text.find(first)
    while start >= 0:
        end = start + len(first)
        if not text[start - 1 : start].isalnum():
            if rest is None:
                if not text[end : end + 1].isalnum():
                    yield start, end
            elif match := rest.match(text, end):
                yield start, match.end()
        start = text.find(first, start + 1)


@lru_cache(maxsize=100)  # it is asked for each article that is compared
def _rest(phrase: Phrase) -> re.Pattern[str] | None:
    """Return the pattern of what follows the first word of a phrase; None if only its end does."""
    if len(phrase.words) == 1 and not phrase.open_ended:
        return None
    following = "".join(rf"[^0-9a-z]+{re.escape(each)}" for each in phrase.words[1:])
    return re.compile(following + ("[0-9a-z]*" if phrase.open_ended else "(?![0-9a-z])"))
