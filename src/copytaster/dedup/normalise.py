"""Normalisation: two texts are equal if their words are; case, punctuation, quotes and spacing are ignored."""

from __future__ import annotations

import hashlib
import re
import unicodedata

EAST_ASIAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Kana and ideographs, for a class of characters. They have no spaces between words; Hangul has."""

# In scripts without spaces every character is a word.
_WORD = re.compile(rf"[{EAST_ASIAN}\u0e00-\u0e7f]|[^\W_]+")

_HAS_MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u07bf\u0900-\u1cff\ua800-\uabff]")
"""Texts in scripts with marks that Unicode composes with no letter."""

_OPTIONAL_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]+"
)
"""Marks that writers may omit: accents, Hebrew points, Arabic vowels and stretching. All other marks are vowels."""

_BLOCKS_WITH_VOWELS = (
    *(range(0x780, 0x7C0), range(0x900, 0xE00), range(0xF00, 0x1000), range(0x1700, 0x1780), range(0x1900, 0x1D00)),
    range(0xA800, 0xAC00),
)
_VOWELS = "".join(
    letter for block in _BLOCKS_WITH_VOWELS for letter in map(chr, block) if unicodedata.category(letter)[0] == "M"
)

_WORD_WITH_VOWELS = re.compile(
    rf"[{EAST_ASIAN}\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17d7\u17dc-\u17ff]"
    rf"|[^\W_]+(?:[{_VOWELS}][^\W_]*)*"
)
"""The same for these texts: Python takes no mark for a part of a word. Lao, Burmese and Khmer have no spaces either."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]+"
)
"""Invisible characters, with which some copies of a text are written and others are not (Unicode 23.2)."""

_ASCII = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128))


def words(text: str) -> list[str]:
    """Return the normalised words of a text."""
    # Most English text is ASCII, for which a table needs 15 microseconds and the pattern 38.
    if text.isascii():
        return text.translate(_ASCII).split()
    plain = composed(_INVISIBLE.sub("", text)).casefold()
    if not _HAS_MARKS.search(plain):
        return _WORD.findall(plain)
    return _WORD_WITH_VOWELS.findall(_OPTIONAL_MARKS.sub("", plain))


def composed(text: str) -> str:
    """Return the text in the Unicode normalisation form NFKC."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def text_hash(title: str, text: str) -> str:
    """Return a hash over the words of title and text, 32 hex digits; equal hashes mean equal texts."""
    normalised = f"{' '.join(words(title))}\n{' '.join(words(text))}"
    return hashlib.sha256(normalised.encode()).hexdigest()[:32]
