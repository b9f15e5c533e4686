"""Normalisation: two texts are equal if their words are; case, punctuation, quotes and spacing are ignored."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# In scripts without spaces every character is a word: kana, CJK ideographs, Thai. Hangul has spaces.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]|[^\W_]+")

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]+"
)
"""Invisible characters, with which some copies of a text are written and others are not (Unicode 23.2)."""

_ASCII = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128))


def words(text: str) -> list[str]:
    """Return the normalised words of a text."""
    # Most English text is ASCII, for which a table needs 15 microseconds and the pattern 38.
    return (
        text.translate(_ASCII).split()
        if text.isascii()
        else _WORD.findall(composed(_INVISIBLE.sub("", text)).casefold())
    )


def composed(text: str) -> str:
    """Return the text in the Unicode normalisation form NFKC."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def text_hash(title: str, text: str) -> str:
    """Return a hash over the words of title and text, 32 hex digits; equal hashes mean equal texts."""
    normalised = f"{' '.join(words(title))}\n{' '.join(words(text))}"
    return hashlib.sha256(normalised.encode()).hexdigest()[:32]
