"""Which characters are shown as escapes, in names, on terminals, in logs and in JSON."""

from __future__ import annotations

import unicodedata

BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters with the property Bidi_Control: they change the order in which text is shown, so that one name looks like
another."""

UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories: control characters, lone surrogates (which stand for bytes that are not UTF-8), line separators."""


def is_control(character: str) -> bool:
    """Return whether a character is a control character, a line separator, or half of one that cannot be decoded."""
    return unicodedata.category(character) in UNPRINTABLE


def needs_escape(character: str) -> bool:
    """Return whether a character is shown as an escape: a control character of any kind."""
    return character in BIDIRECTIONAL or is_control(character)


def escape(text: str) -> str:
    r"""Return text for a terminal or a log, and JSON without loss: ``\u202e`` for a character that needs an escape.

    Line ends and tabs stay. In a line of JSON the escapes are those of JSON, so that it is read as before.
    """
    if text.isascii() and text.isprintable():  # almost always, and fifty times faster
        return text
    return "".join(f"\\u{ord(each):04x}" if each not in "\n\t" and needs_escape(each) else each for each in text)
