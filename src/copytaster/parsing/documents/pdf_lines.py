"""Reads the lines of a PDF page with their font size and position."""

from __future__ import annotations

from ctypes import byref, c_double
from dataclasses import dataclass
from math import hypot
from typing import Any, TypeAlias

from pypdfium2 import raw

from copytaster.parsing.charset.decoding import clean

_HYPHENS = (0x02, 0xFFFE)
"""Codes that pdfium returns for a hyphen at the end of a line, without a line end behind it."""

_LINE_ENDS = (0x0A, 0x0D)

Box: TypeAlias = tuple[float, float, float, float]
"""Left, right, bottom and top."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line; lengths are points to the right and upwards on the page as it is shown, from any corner of it."""

    text: str
    size: float
    left: float
    right: float
    top: float
    bottom: float


def read_lines(page: Any) -> list[Line]:
    """Return the lines that have characters and are on the page as it is cropped, in the order in which they are drawn.

    ``page`` is pdfium's text page. Costs some 2 µs a character.
    """
    lines: list[Line] = []
    run: list[int] = []
    codes: list[int] = []
    for at in range(page.count_chars()):
        code = raw.FPDFText_GetUnicode(page.raw, at)
        if code and code not in _LINE_ENDS:
            run.append(at)
            codes.append(ord("-") if code in _HYPHENS else code)
        # Behind a hyphen pdfium continues with whatever is drawn next: the rest of the word, or the number of the page.
        if code in _LINE_ENDS or code in _HYPHENS:
            _close(page, run, codes, lines)
            run, codes = [], []
    _close(page, run, codes, lines)
    shown = _shown(page)
    return [line for line in lines if _is_within(line, shown)]


def _close(page: Any, run: list[int], codes: list[int], lines: list[Line]) -> None:
    text = " ".join(clean(_decoded(codes)).split())
    if not text:
        return
    printed = [at for at, code in zip(run, codes, strict=True) if code > ord(" ")]
    first, last = _box(page, printed[0]), _box(page, printed[-1])
    size = _size(page, printed[0])
    # A font that is drawn by the document has any unit: then the height of a letter is the size.
    size = size if size > 1 else (first[3] - first[2])
    lines.append(Line(text, size=round(size, 1), left=first[0], right=last[1], top=first[3], bottom=last[2]))


def _decoded(codes: list[int]) -> str:
    letters = (chr(code) if code < 0x110000 else "\ufffd" for code in codes)  # noqa: PLR2004 - the end of Unicode
    return "".join(letters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _size(page: Any, at: int) -> float:
    """Return the font size of a character as it is printed: many programs use fonts of size 1 and enlarge them."""
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(page.raw, at, byref(matrix))
    return float(raw.FPDFText_GetFontSize(page.raw, at) * hypot(matrix.c, matrix.d))


def _box(page: Any, at: int) -> Box:
    """Return the place of a character on the page as it is shown, which may be turned."""
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    raw.FPDFText_GetCharBox(page.raw, at, byref(left), byref(right), byref(bottom), byref(top))
    return _turned(page, (left.value, right.value, bottom.value, top.value))


def _shown(page: Any) -> Box:
    """Return the part of the page that is shown."""
    area = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page.page.raw, byref(area))
    return _turned(page, (area.left, area.right, area.bottom, area.top))


def _turned(page: Any, box: Box) -> Box:
    for _ in range(raw.FPDFPage_GetRotation(page.page.raw)):  # quarters of a turn, clockwise
        box = box[2], box[3], -box[1], -box[0]
    return box


def _is_within(line: Line, area: Box) -> bool:
    """Return whether any part of a line is within an area; true of an empty one, which is an error of the document."""
    left, right, bottom, top = area
    across = max(line.left, line.right) >= left and min(line.left, line.right) <= right
    return (across and max(line.bottom, line.top) >= bottom and min(line.bottom, line.top) <= top) or left == right
