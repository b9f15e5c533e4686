"""The lines of a PDF page, with the size of their letters and where they stand."""

from __future__ import annotations

from ctypes import byref, c_double
from dataclasses import dataclass
from typing import Any

from pypdfium2 import raw

from copytaster.parsing.charset.decoding import clean

_HYPHENS = (0x02, 0xFFFE)
"""What pdfium puts for a hyphen at which a word was broken; the line then goes on with the word's rest."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line; lengths are points from the page's lower left corner."""

    text: str
    size: float
    left: float
    right: float
    top: float
    bottom: float


def read_lines(page: Any) -> list[Line]:
    """Return the lines that have characters, in the order in which the document draws them.

    A word that is broken at a line's end is whole, with the rest of its line. ``page`` is pdfium's text page. Costs
    some 2 µs a character.
    """
    lines: list[Line] = []
    run: list[int] = []
    codes: list[int] = []
    for at in range(page.count_chars()):
        code = raw.FPDFText_GetUnicode(page.raw, at)
        if code in (0x0A, 0x0D):
            _close(page, run, codes, lines)
            run, codes = [], []
        elif code:
            run.append(at)
            codes.append(code)
    _close(page, run, codes, lines)
    return lines


def _close(page: Any, run: list[int], codes: list[int], lines: list[Line]) -> None:
    text = " ".join(clean(_word_for_word(codes)).split())
    if not text:
        return
    printed = [at for at, code in zip(run, codes, strict=True) if code > ord(" ")]
    first, last = _box(page, printed[0]), _box(page, printed[-1])
    size = raw.FPDFText_GetFontSize(page.raw, printed[0]) or 0.0
    # A font of size 1 that a matrix enlarges: the letters' height tells its size on paper.
    size = size if size > 1 else (first[3] - first[2])
    lines.append(Line(text, size=round(size, 1), left=first[0], right=last[1], top=first[3], bottom=last[2]))


def _word_for_word(codes: list[int]) -> str:
    letters = []
    for at, code in enumerate(codes):
        if code not in _HYPHENS:
            letters.append(chr(code) if code < 0x110000 else "\ufffd")  # noqa: PLR2004 - Unicode ends there
        elif at + 1 < len(codes) and not chr(min(codes[at + 1], 0x10FFFF)).islower():
            letters.append("-")  # a compound with a name or number in it keeps its hyphen
    return "".join(letters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _box(page: Any, at: int) -> tuple[float, float, float, float]:
    """Return left, right, bottom, top of a character."""
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    raw.FPDFText_GetCharBox(page.raw, at, byref(left), byref(right), byref(bottom), byref(top))
    return left.value, right.value, bottom.value, top.value
