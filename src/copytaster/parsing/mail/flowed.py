"""Text in ``format=flowed``: its paragraphs are wrapped in lines that end in a space (RFC 3676)."""

from __future__ import annotations

import re

_QUOTES = re.compile(r">*")
_SIGNATURE_SEPARATOR = "-- "


def unwrapped(text: str, *, delete_space: bool) -> list[str]:
    """Return the paragraphs; quoted ones begin with their quote marks and a space.

    ``delete_space`` is the parameter ``DelSp``: the space at the end of a line was added, because the script of the
    text has none. Blank lines are left out.
    """
    paragraphs: list[str] = []
    pending, depth_before = "", 0
    for line in text.split("\n"):
        depth = _QUOTES.match(line).end()  # type: ignore[union-attr]  # the pattern matches every string
        content = line[depth:].removeprefix(" ")
        # Quotes of another depth end a paragraph, although its last line claims to continue (4.5).
        if pending and depth != depth_before:
            paragraphs.append(_quoted(pending, depth_before))
            pending = ""
        depth_before = depth
        if content.endswith(" ") and content != _SIGNATURE_SEPARATOR:
            pending += content[:-1] if delete_space else content
        else:
            paragraphs.append(_quoted(pending + content, depth))
            pending = ""
    paragraphs.append(_quoted(pending, depth_before))
    return list(filter(None, paragraphs))


def is_flowed(text: str) -> bool:
    """Return whether a line continues in the next one; many programs declare the format and wrap without spaces."""
    return any(line.endswith(" ") and line.strip("> ") and line != _SIGNATURE_SEPARATOR for line in text.split("\n"))


def _quoted(text: str, depth: int) -> str:
    words = " ".join(text.split())
    return f"{'>' * depth} {words}" if depth and words else words
