"""Texts in the Unicode form in which words are compared, with the places of their letters in the stored texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import regex

_GRAPHEME = regex.compile(r"\X")
"""A letter with its combining marks: what is composed never reaches beyond it."""


class ComposedText:
    """A text in which a letter and its accent are one character, as in word lists, models and rules (Unicode's NFC).

    Articles keep the form in which they were sent, and files of macOS and PDF often have letters and accents apart.
    """

    def __init__(self, stored: str) -> None:
        self.text = stored
        self._bounds: Sequence[tuple[int, int]] | None = None
        if not unicodedata.is_normalized("NFC", stored):
            parts = [(unicodedata.normalize("NFC", found[0]), found.span()) for found in _GRAPHEME.finditer(stored)]
            self.text = "".join(part for part, _ in parts)
            self._bounds = [span for part, span in parts for _ in part]

    @property
    def is_stored(self) -> bool:
        """Whether the text is the stored one, so that all places are the same."""
        return self._bounds is None

    def stored_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end in the stored text of a place in ``text``."""
        if self._bounds is None or start == end:  # an empty place has no letters to be found again
            return start, end
        return self._bounds[start][0], self._bounds[end - 1][1]
