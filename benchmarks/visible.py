"""Comparison of texts by their visible characters: the product removes invisible ones, such as soft hyphens."""

from __future__ import annotations

import regex

_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}]")


def without_invisible(text: str) -> str:
    """Return ``text`` without all characters that have no shape of their own (Unicode 23.2), also needed ones."""
    return str(_INVISIBLE.sub("", text))
