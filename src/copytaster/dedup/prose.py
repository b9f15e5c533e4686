"""The prose of a text, without lines of navigation, link lists and button labels.

Pages of one site share such boilerplate, but not their stories. Each line is classified on its own, without its
neighbours and without other articles, so that the result is the same in every copy.
"""

from __future__ import annotations

import re

from copytaster.dedup.normalise import EAST_ASIAN

WRAPPED_CHARACTERS = 45
"""A line of at least this length may continue in the next one: wire copy wraps at 60 to 70, menus have short lines."""

FEW_WORDS = 7
"""Lines with fewer words, without a figure and without a final punctuation mark are labels."""

FEWEST_CHARACTERS = 80
"""If less than this would remain, the short lines are the text itself: a list, a poem, a table of names."""

SMALLEST_SHARE = 0.15
"""The same limit, as a share of the text."""

_MARKUP = re.compile(
    r"</?(?:p|br|div|span|a|b|i|em|strong|h[1-6]|ul|ol|li|table|tr|td|th|img|blockquote|section|article)\b[^<>]*>",
    re.IGNORECASE,
)
_END = (
    *(".", "!", "?", ":", ";", ",", '"', "\u201d", "'", "\u2019", ")", "\u00bb", "\u2026", "-"),
    # Full stops, closing quotes and question marks of Chinese and Japanese, Arabic, Urdu, Hindi, Burmese and Khmer.
    *("\u3002", "\u3001", "\u300d", "\u300f", "\u300b", "\u061f", "\u061b", "\u060c", "\u06d4", "\u0964", "\u0965"),
    *("\u104a", "\u104b", "\u17d4", "\u17d5"),
)
_FIGURE = re.compile(r"\d")

_UNSPACED = (
    (re.compile(f"[{EAST_ASIAN}]"), 2),
    (re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3]"), 4),
)
"""Letters of scripts without spaces between words, and about how many are a word: those of Chinese and Japanese, then
those of Thai, Lao, Burmese and Khmer."""


def prose(text: str) -> str:
    """Return the paragraphs, one in a line, without markup and boilerplate; with it if almost nothing would remain."""
    paragraphs = _paragraphs(_MARKUP.sub("\n", text) if "<" in text else text)
    remaining = "\n".join(each for each in paragraphs if not _is_boilerplate(each))
    if len(remaining) < max(FEWEST_CHARACTERS, SMALLEST_SHARE * len(text)):
        return "\n".join(paragraphs)
    return remaining


def _paragraphs(text: str) -> list[str]:
    """Join wrapped lines; a paragraph ends at an empty line, at a short line, and before an indented line."""
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


def _is_boilerplate(paragraph: str) -> bool:
    if paragraph.count(" ") >= FEW_WORDS or paragraph.endswith(_END) or _FIGURE.search(paragraph):
        return False
    return paragraph.isascii() or _unspaced_words(paragraph) < FEW_WORDS


def _unspaced_words(paragraph: str) -> int:
    return sum(len(letter.findall(paragraph)) // letters for letter, letters in _UNSPACED)
