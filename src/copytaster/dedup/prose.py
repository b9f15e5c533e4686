"""The part of a text that says something: lines of navigation, link lists and button labels do not count.

Pages share their furniture, not their stories. What is furniture is told line by line, never from neighbours or from
other articles, so the same line is judged alike in every copy.
"""

from __future__ import annotations

import re

WRAPPED_CHARACTERS = 45
"""A line at least this long may go on in the next one: wire copy wraps at 60 to 70, menus have words or two a line."""

FEW_WORDS = 7
"""Shorter lines without a figure and without an end mark are labels; sentences are longer or end."""

FEWEST_CHARACTERS = 80
"""With less left than this the lines were the text: a list, a poem, a table of names."""

SMALLEST_SHARE = 0.15
"""With less of the text left than this, too."""

_MARKUP = re.compile(
    r"</?(?:p|br|div|span|a|b|i|em|strong|h[1-6]|ul|ol|li|table|tr|td|th|img|blockquote|section|article)\b[^<>]*>",
    re.IGNORECASE,
)
_END = (".", "!", "?", ":", ";", ",", '"', "\u201d", "'", "\u2019", ")", "\u00bb", "\u2026", "-")
_FIGURE = re.compile(r"\d")


def prose(text: str) -> str:
    """Return the paragraphs, one a line, without markup and furniture; all of them when little else would be left."""
    found = _paragraphs(_MARKUP.sub("\n", text) if "<" in text else text)
    kept = "\n".join(each for each in found if not _furniture(each))
    if len(kept) < max(FEWEST_CHARACTERS, SMALLEST_SHARE * len(text)):
        return "\n".join(found)
    return kept


def _paragraphs(text: str) -> list[str]:
    """Join wrapped lines; a paragraph ends at an empty line, at a short one, and where the next is indented."""
    found: list[str] = []
    lines: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if lines and (not stripped or line.startswith("  ")):
            found.append(" ".join(lines))
            lines = []
        if stripped:
            lines.append(stripped)
            if len(stripped) < WRAPPED_CHARACTERS:
                found.append(" ".join(lines))
                lines = []
    if lines:
        found.append(" ".join(lines))
    return found


def _furniture(paragraph: str) -> bool:
    return paragraph.count(" ") < FEW_WORDS and not paragraph.endswith(_END) and not _FIGURE.search(paragraph)
