"""Figures, names and headline words: what tells two texts of one template apart, or one story under two headlines."""

from __future__ import annotations

import re

from copytaster.dedup.normalise import words

_FIGURE = re.compile(r"\d(?:[\d.,/-]*\d)?")
# A capital inside a sentence; after a full stop everything has one. The space comes first because it is found fast.
_NAME = re.compile(r" (?<=[a-z,;0-9] )([A-Z][A-Za-z]{2,})")
_PLAIN = frozenset(
    words("a an and as at by for from in into of on or s t the to u with after over sees seen says said")
)
_MARK = re.compile(
    r"^\W*(?:correct|update|refil|rpt|repeat|adds|upd|writethru|advisory|\w+ lead)|\bcorrect(?:ed|ion|s)\b",
    re.IGNORECASE,
)


def figures(text: str) -> set[str]:
    """Return the numbers of a text as they stand, without the commas between thousands."""
    return {each.replace(",", "") for each in _FIGURE.findall(text)}


def names(text: str) -> set[str]:
    """Return the capitalised words inside sentences, in small letters; empty for scripts without capitals."""
    return {each.casefold() for each in _NAME.findall(text)}


def headline_words(title: str) -> set[str]:
    """Return the words of a headline that say something."""
    return {each for each in words(title) if not each.isdigit()} - _PLAIN


def announces_change(title: str) -> bool:
    """Say whether the headline calls itself a correction, an update or a repeat, in the agencies' ways of saying it."""
    return bool(_MARK.search(title))
