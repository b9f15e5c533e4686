"""The number of words of a text in any script."""

from __future__ import annotations

import regex

_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}]|[[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]&&\p{L}]", regex.VERSION1
)
"""Letters of scripts that put no space between words."""

_LETTER = regex.compile(r"[\p{L}\p{N}]")


def word_count(text: str) -> int:
    """Return the number of words between white space; each letter of a script without spaces counts as a word."""
    spaced, letters = _UNSPACED.subn(" ", text)
    words = spaced.split()
    # Punctuation that stood between letters of such a script is no word.
    return letters + sum(1 for word in words if _LETTER.search(word)) if letters else len(words)
