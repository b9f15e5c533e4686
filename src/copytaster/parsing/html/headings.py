"""Compares headings of a page: whether two of them name the same story."""

from __future__ import annotations

import re


def folded(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


def words(text: str) -> frozenset[str]:
    """Return the different words of a text in lower case."""
    return frozenset(re.findall(r"\w+", text.casefold()))


def similar(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two headings, given as their words, share half the words of the shorter."""
    return 2 * len(one & other) >= min(len(one), len(other)) > 0
