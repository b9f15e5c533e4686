"""Numeric references to characters that do not exist, as systems that count in UTF-16 write them."""

from __future__ import annotations

import re

_RUN = re.compile(
    r"(?:&#(?:0*+(?:5[5-7]\d{3}(?!\d)|\d{7,}+)|[xX]0*+(?:[dD][89a-fA-F][0-9a-fA-F]{2}(?![0-9a-fA-F])|[0-9a-fA-F]{6,}+));?)+"
)
"""References that may be surrogates (D800 to DFFF) or numbers beyond Unicode, one behind the other."""

_REFERENCE = re.compile(r"&#([xX]?)0*([0-9a-fA-F]+);?")

_MAX_DIGITS = 7
"""Digits of the highest code point in decimal form."""

_HIGHEST = 0x10FFFF
_LOST = "\ufffd"


def with_existing_characters(markup: str) -> str:
    """Return ``markup`` with two references that are a pair of surrogates as the character that the pair stands for.

    Other references to what is no character become U+FFFD. Parsers of markup fail on both, or lose the character.
    """
    return _RUN.sub(_joined, markup)


def _joined(run: re.Match[str]) -> str:
    units = "".join(_unit(each) for each in _REFERENCE.finditer(run.group()))
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unit(reference: re.Match[str]) -> str:
    base, digits = 16 if reference[1] else 10, reference[2]
    number = int(digits, base) if len(digits) <= _MAX_DIGITS else _HIGHEST + 1
    if number > _HIGHEST:
        return _LOST
    return chr(number) if 0xD800 <= number <= 0xDFFF else reference.group()  # noqa: PLR2004 - the surrogates
