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

_CURRENCIES = "$\u00a2-\u00a5\u058f\u060b\u07fe\u07ff\u09f2\u09f3\u09fb\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20cf\ufdfc"
"""The currency signs of Unicode 16, for a class of characters; NFKC makes the wide ones of these."""

_FIGURES_AND_SIGNS = re.compile(
    rf"\d+|(?<!\w)[-+\u00b1\u2212\u2013](?=[{_CURRENCIES}]?\d)|[{_CURRENCIES}%\u2030\u066a]"
)
"""Runs of digits, and what changes their meaning: a sign before one, a currency, a percent sign."""

_MINUS = str.maketrans("\u2212\u2013\u066a", "--%")

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


def content_hash(title: str, text: str) -> str:
    """Return a hash that also covers the signs of figures: ``$5``, ``€5``, ``-5`` and ``5%`` differ.

    Two versions of an article with equal hashes say the same. Without such signs it is ``text_hash``.
    """
    digest, signs = text_hash(title, text), _signs(f"{title}\n{text}")
    return hashlib.sha256(f"{digest} {signs}".encode()).hexdigest()[:32] if signs else digest


def _signs(text: str) -> str:
    """Return the figures and signs in their order, so that each sign has its place; empty without signs."""
    found = _FIGURES_AND_SIGNS.findall(composed(_INVISIBLE.sub("", text)))
    return " ".join(found).translate(_MINUS) if any(not each.isdecimal() for each in found) else ""
