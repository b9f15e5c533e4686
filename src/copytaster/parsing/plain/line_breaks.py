"""Line breaks of plain text: breaks of hard-wrapped prose are joined, those of lists, tables and dialogue remain."""

# ruff: noqa: RUF001  # typographic dashes are meant

from __future__ import annotations

import re
from collections.abc import Sequence

import regex

_WRAPPED_LINE = 120
"""Characters; lines wrapped by hand are not longer, so the newline after a longer line ends a paragraph."""

_SHORT_LINE = 0.75
"""Share of the widest line. A line that would be shorter even with the next word was ended by its author."""

_KINSOKU = 3
"""Characters by which East Asian lines differ: punctuation does not begin a line."""

_PROSE_LINE = 40
"""Characters; blocks with shorter lines are no wrapped prose if each line begins with a capital."""

_LEAST_LINES = 3
"""Lines that begin with capitals, from which on a block of short lines is no prose: two occur by chance."""

_ITEM = regex.compile(r"(?:[-*•·▪‣–—]|\(?\d{1,2}[.)]|\(?\p{L}\))\s+\S")
"""The mark of an item of a list: a bullet, dash, number or letter."""

_SPEAKER = regex.compile(
    r"(?:[QAFPRSDВО]|\p{Lu}[\p{L}.'-]{1,20}(?: \p{Lu}[\p{L}.'-]{1,20}){0,2}|\p{Lu}{2,20})[:.]\s+\S"
)
"""A speaker's name or letter before a question or an answer."""

_COLUMN_GAP = re.compile(r"\S(?:\t+| {3,})(?=\S)")
_CELL_GAP = re.compile(r"\t+| {2,}")
_NUMBER = regex.compile(r"[-+−]?[\d.,:/–%-]*\d[\d.,:/–%-]*")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]」』]*$")

_EAST_ASIAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\uff01-\uff60\u2014\u2018-\u201d…]")
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\uff01-\uff60]")

_HYPHEN_AT_END = re.compile(r"-\s*\n")

_CONTINUED = regex.compile(r"(?P<right>[\p{L}\p{M}]+)")
_SUSPENDED = frozenset(
    ["and", "or", "to", "und", "oder", "bis", "et", "ou", "y", "e", "o", "en", "of", "och", "og", "i", "a"]
)
"""Words after a suspended hyphen: "two- and three-day", "Nacht- und Tagfahrten"."""

_FIRST_PARTS = frozenset([
    "all", "anti", "best", "better", "cross", "eight", "ever", "far", "fast", "fifth", "first", "five", "four", "full",
    "half", "hard", "high", "ill", "large", "last", "late", "left", "long", "low", "near", "new", "nine", "old", "one",
    "open", "quarter", "right", "second", "self", "seven", "short", "single", "six", "small", "soft", "third", "three",
    "top", "twenty", "two", "well", "wide", "year",
])  # fmt: skip
"""First parts of English compounds with a hyphen."""

_LAST_PARTS = frozenset([
    "backed", "based", "born", "called", "driven", "friendly", "funded", "led", "owned", "profile", "related", "scale",
    "term", "winning",
])  # fmt: skip
"""Last parts of such compounds."""

_SHORT_PARTS = frozenset(["day", "hit", "mile", "off", "old", "run"])
"""Last parts of fewer than four letters, which are otherwise the rest of a divided word: ``high-ly``."""

_SUFFIXES = frozenset(["ened", "ening", "ness", "ship", "ships", "teen", "ward", "wards", "ings", "eous"])
"""Ends of words that begin like a first part: ``hard-ness``, ``six-teen``."""


def joined_lines(lines: Sequence[str], vocabulary: frozenset[str] = frozenset()) -> str:
    """Return lines as one: East Asian lines without a space, divided words without their hyphen.

    ``vocabulary`` has the words of the text in lower case: a word or compound that occurs in it decides on the hyphen.
    """
    whole = ""
    for line in lines:
        whole = _joined(whole, line, vocabulary) if whole else line
    return whole


def joins_without_space(before: str, after: str) -> bool:
    """Say whether a line break between two texts is no space: both sides are Chinese or Japanese."""
    sides = before[-1:], after[:1]
    if sides[0].isascii() or sides[1].isascii():
        return False
    return all(_EAST_ASIAN.search(side) for side in sides) and _WIDE.search("".join(sides)) is not None


def words_of(text: str) -> frozenset[str]:
    """Return the words and compounds of a text in lower case, without those that a line break divides.

    Without a hyphen at the end of a line no word is divided, so that none is returned.
    """
    if not _HYPHEN_AT_END.search(text):
        return frozenset()
    return frozenset(regex.findall(r"(?<![\p{L}-])\p{L}+(?:-\p{L}+)*(?!-?\n)", text.lower()))


def split_block(lines: Sequence[str], vocabulary: frozenset[str] = frozenset()) -> list[str]:
    """Return the paragraphs of lines that no blank line separates: one for each fixed line or joined run of lines."""
    block = [line for line in lines if line.strip()]
    tidy = [" ".join(line.split()) for line in block]
    if any(len(line) > _WRAPPED_LINE for line in tidy[:-1]) or is_table(block) or _is_verse(tidy):
        return tidy
    width, marks = max(map(len, tidy), default=0), _marked(tidy)
    runs: list[list[str]] = []
    for at, line in enumerate(tidy):
        if runs and not marks[at] and (any(marks[:at]) or not _is_ended(tidy[at - 1], line, width)):
            runs[-1].append(line)
        else:
            runs.append([line])
    return [joined_lines(run, vocabulary) for run in runs]


def is_wrapped(lines: Sequence[str]) -> bool:
    """Say whether text without blank lines is hard-wrapped: most lines end within a sentence, close to one width."""
    tidy = [" ".join(line.split()) for line in lines if line.strip()]
    width = max(map(len, tidy), default=0)
    inner = tidy[:-1]
    if not inner or width > _WRAPPED_LINE or is_table(lines):
        return False
    open_ends = sum(not _SENTENCE_END.search(line) for line in inner)
    full = sum(not _is_ended(line, following, width) for line, following in zip(inner, tidy[1:], strict=True))
    return open_ends * 2 >= len(inner) and full * 2 > len(inner) and not _is_verse(tidy)


def split_wrapped(lines: Sequence[str], vocabulary: frozenset[str] = frozenset()) -> list[str]:
    """Return the paragraphs of hard-wrapped text without blank lines: an indent or a short last line separates them."""
    block = [line for line in lines if line.strip()]
    width = max((len(" ".join(line.split())) for line in block), default=0)
    indented = any(line.startswith((" ", "\t")) for line in block) and not all(line[:1].isspace() for line in block)
    runs: list[list[str]] = []
    for line in block:
        content = " ".join(line.split())
        ends = not runs or (line[:1].isspace() if indented else _ends_paragraph(runs[-1][-1], content, width))
        if ends:
            runs.append([content])
        else:
            runs[-1].append(content)
    return [joined_lines(run, vocabulary) for run in runs]


def is_table(lines: Sequence[str]) -> bool:
    """Say whether most lines are rows of a table: cells with wide gaps, or names with several numbers."""
    rows = [line.strip() for line in lines if line.strip()]
    return len(rows) > 1 and sum(map(_is_row, rows)) * 2 > len(rows)


def _is_row(line: str) -> bool:
    cells = _CELL_GAP.split(line)
    words = line.split()
    numbers = sum(_NUMBER.fullmatch(word) is not None for word in words)
    return (
        bool(_COLUMN_GAP.search(line))
        or (len(cells) > 2 and numbers > 0 and not _SENTENCE_END.search(line))  # noqa: PLR2004 - two may be one gap
        or (numbers > 1 and numbers * 2 >= len(words) and bool(_NUMBER.fullmatch(words[-1])))
    )


def _is_verse(lines: Sequence[str]) -> bool:
    """Say whether short lines each begin with a capital or figure, as names, results, addresses and verses do."""
    if len(lines) < _LEAST_LINES or max(map(len, lines)) > _PROSE_LINE or _WIDE.search("".join(lines)):
        return False
    return all(line[:1].isupper() or line[:1].isdigit() for line in lines)


def _marked(lines: Sequence[str]) -> list[bool]:
    """Return for each line whether it begins an item or an answer; the first ones decide that there are such."""
    for mark in (_ITEM, _SPEAKER):
        found = [mark.match(line) is not None for line in lines]
        begins = found[:1] == [True] or (found[1:2] == [True] and lines[0].endswith((":", "?", ".")))
        if begins and sum(found) > 1:
            return found
    return [False] * len(lines)


def _is_ended(line: str, following: str, width: int) -> bool:
    """Say whether the author ended a line: the next word would have fitted by far."""
    if _WIDE.search(line[-1:]) and _WIDE.search(following[:1]):
        return len(line) < width - _KINSOKU
    return len(line) + 1 + len(following.split(" ", 1)[0]) < width * _SHORT_LINE


def _ends_paragraph(line: str, following: str, width: int) -> bool:
    return bool(_SENTENCE_END.search(line)) and (
        _is_ended(line, following, width)
        or (not _WIDE.search(line[-1:]) and len(line) + 1 + len(following.split(" ", 1)[0]) <= width)
    )


def _joined(whole: str, line: str, vocabulary: frozenset[str]) -> str:
    # CSS Text 4.1.3: a break between two East Asian wide characters disappears.
    if joins_without_space(whole, line):
        return whole + line
    if whole[-2:-1].isdigit() and whole.endswith("-"):
        return whole + line
    divided, continued = _divided(whole), _CONTINUED.match(line)
    if not divided or not line:
        return f"{whole} {line}"
    if continued is None:
        return whole + line if line[:1].isdigit() else f"{whole} {line}"
    if continued["right"].lower() in _SUSPENDED and divided.lower() not in _FIRST_PARTS:
        return f"{whole} {line}"
    return whole + line if _keeps_hyphen(divided, continued["right"], vocabulary) else whole[:-1] + line


def _divided(whole: str) -> str:
    """Return the word before a hyphen at the end of a line; empty without one."""
    match = regex.search(r"([\p{L}\p{M}]+)-$", whole[-40:]) if whole.endswith("-") else None
    return match[1] if match else ""


def _keeps_hyphen(left: str, right: str, vocabulary: frozenset[str]) -> bool:
    if not right[:1].islower():
        return True
    if f"{left}{right}".lower() in vocabulary:
        return False
    if f"{left}-{right}".lower() in vocabulary:
        return True
    is_part = (len(right) > 3 and right not in _SUFFIXES) or right in _SHORT_PARTS  # noqa: PLR2004 - see _SHORT_PARTS
    return (left.lower() in _FIRST_PARTS and is_part) or right in _LAST_PARTS
