"""Figures, names and headline words, which distinguish two texts of one template."""

from __future__ import annotations

import re

from copytaster.dedup.normalise import words

_FIGURE = re.compile(r"\d(?:[\d.,/-]*\d)?")
# A capital inside a sentence; after a full stop every word has one. The pattern begins with the space for speed.
_NAME = re.compile(r" (?<=[a-z,;0-9] )([A-Z][A-Za-z]{2,})")
_STOP_WORDS = frozenset(
    words("a an and as at by for from in into of on or s t the to u with after over sees seen says said")
)
_CHANGE = re.compile(
    r"^\W*(?:correct|update|refil|rpt|repeat|adds|upd|writethru|advisory|\w+ lead)|\bcorrect(?:ed|ion|s)\b",
    re.IGNORECASE,
)


def figures(text: str) -> set[str]:
    """Return the numbers of a text without the commas between thousands."""
    return {each.replace(",", "") for each in _FIGURE.findall(text)}


def names(text: str) -> set[str]:
    """Return the capitalised words inside sentences, in lower case; empty for scripts without capitals."""
    return {each.casefold() for each in _NAME.findall(text)}


def headline_words(title: str) -> set[str]:
    """Return the words of a headline, without stop words and numbers."""
    return {each for each in words(title) if not each.isdigit()} - _STOP_WORDS


def announces_change(title: str) -> bool:
    """Return whether the headline announces a correction, an update or a repeat, in the terms of news agencies."""
    return bool(_CHANGE.search(title))
