"""Joins hard-wrapped lines without moving any character, so that names across line ends are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

NARROWEST = 40
"""Shorter lines are lists, tables and headings; teletypes and mail have 60 to 80 characters."""

WIDEST = 100
"""Longer lines are paragraphs, each on a line of its own."""

_BLOCK = re.compile(r"^[^\n]++(?:\n[^\n]++)+", re.MULTILINE)
"""Begins at a line and gives nothing back: otherwise the time grows with the square of a paragraph's length."""

_SENTENCE_END = tuple(".!?:;")
_NEW_ITEM = re.compile(r"\s{2,}|[-*\N{BULLET}>|]")
_COLUMNS = re.compile(r"\S(?:\t|\s{3,})\S")


def unwrapped(text: str) -> str:
    """Return the text with each line end inside a wrapped sentence replaced by a space; its length is unchanged.

    A line end is a wrap if the next word would not have fitted into the widest line of its block.
    """
    if "\n" not in text:
        return text
    wraps = [at for block in _BLOCK.finditer(text) for at in _wraps(block[0], block.start())]
    if not wraps:
        return text
    characters = list(text)
    for at in wraps:
        characters[at] = " "
    return "".join(characters)


def _wraps(block: str, start: int) -> Iterator[int]:
    lines = block.split("\n")
    widest = max(map(len, lines))
    if not NARROWEST <= widest <= WIDEST:
        return
    end = start
    for line, following in pairwise(lines):
        end += len(line)
        first_word = following.split(maxsplit=1)[0] if following.strip() else ""
        full = len(line.rstrip()) + 1 + len(first_word) > widest
        ended = line.rstrip().endswith(_SENTENCE_END) or _COLUMNS.search(line) or _NEW_ITEM.match(following)
        if first_word and full and not ended:
            yield end
        end += 1
