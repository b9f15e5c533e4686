"""Joins the lines of PDF pages to paragraphs across columns and pages, and removes running heads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from copytaster.parsing.documents.document_draft import Paragraph
from copytaster.parsing.documents.pdf_lines import Line
from copytaster.parsing.plain.line_breaks import joins_without_space

_EDGE_LINES = 2
"""Lines at the top and at the bottom of a page that may be running heads: publisher, date, page number."""

_REPEATED = 0.5
"""Share of the pages that have a running head: left and right pages often have different ones."""

_MIN_PAGES = 2
"""Minimum number of pages on which a running head appears."""

_PAGE_NUMBER = re.compile(
    r"[-\u2013\u2014\[(|\s]*(?:(?:page|seite|p\.|s\.|pagina|página|sida|side)\s*)?\d{1,4}"
    r"(?:\s*(?:of|/|von|sur|de|di|van|av|af)\s*\d{1,4})?[-\u2013\u2014\])|\s]*",
    re.IGNORECASE,
)
_LARGER = 1.15
"""Multiple of the most frequent font size from which on a line is a heading."""

_SAME_SIZE = 0.12
"""Relative difference up to which two lines may belong to one paragraph."""

_WIDE_GAP = 1.3
"""Multiple of the usual line distance from which on a new paragraph begins."""

_INDENT = 0.6
"""Multiple of the font size: the smallest indent of a first line."""

_SHORT = 0.85
"""Share of the column's width: a shorter line that ends with a full stop ends its paragraph."""

_VERY_SHORT = 0.6
"""The same for a line without a full stop: names, places and dates above a story. Lines of ragged prose are longer."""

_STOP = re.compile(r"[.!?:…][\"'”\u2019»)\]]*$")
_BROKEN_WORD = re.compile(r"(?<=[^\W_])[-\u00ad\u2010]$")
_LETTER_AND_HYPHEN = re.compile(r"[^\W\d_].$")
_INITIAL = re.compile(r"\W*\w\W*")
_BULLET = re.compile(r"[•●▪■◦‣\u2013\u2014*-]\s+\S|\(?\d{1,2}[.)]\s+\S")


def paragraphs_of(pages: Sequence[Sequence[Line]]) -> list[Paragraph]:
    """Return the paragraphs in the order in which the document draws them, with joined lines and hyphenated words."""
    filled = [page for page in _without_running_heads(pages) if page]
    lines = [line for page in filled for line in page]
    if not lines:
        return []
    body, usual = _body_size(lines), _usual_gap(lines)
    rights = _right_edges(lines)
    blocks: list[list[Line]] = [[lines[0]]]
    for before, line in pairwise(lines):
        if _begins_paragraph(before, line, usual=usual, right=rights.get(round(before.left), before.right)):
            blocks.append([line])
        else:
            blocks[-1].append(line)
    largest = _headline_size(filled[0])
    return [Paragraph(_joined(block), heading=block[0].size == largest > body * _LARGER) for block in blocks]


def running_heads(pages: Sequence[Sequence[Line]]) -> list[str]:
    """Return the lines that occur at the edges of the pages, each once, without the numbers of pages."""
    pairs = zip(pages, map(frozenset, _without_running_heads(pages)), strict=True)
    dropped = (line.text for page, rest in pairs for line in page if line not in rest)
    return [text for text in dict.fromkeys(dropped) if not _PAGE_NUMBER.fullmatch(text)]


def _without_running_heads(pages: Sequence[Sequence[Line]]) -> Iterator[list[Line]]:
    edges = [_edges(page) for page in pages]
    pages_with = Counter(shape for edge in edges for shape in {_shape(line) for line in edge})
    least = max(_MIN_PAGES, len(pages) * _REPEATED)
    for page, edge in zip(pages, edges, strict=True):
        yield [
            line
            for line in page
            if line not in edge or not (_PAGE_NUMBER.fullmatch(line.text) or pages_with[_shape(line)] >= least)
        ]


def _edges(page: Sequence[Line]) -> set[Line]:
    ranked = sorted(page, key=lambda line: line.top)
    return {*ranked[:_EDGE_LINES], *ranked[-_EDGE_LINES:]}


def _shape(line: Line) -> tuple[str, float]:
    """Return what is equal in a running head on all pages; its size distinguishes it from a headline with this text."""
    return re.sub(r"\d+", "0", line.text), line.size


def _body_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0]


def _headline_size(page: Sequence[Line]) -> float:
    """Return the largest size on the first page; later ones have advertisements. An initial alone is no headline."""
    return max((line.size for line in page if not _INITIAL.fullmatch(line.text)), default=0.0)


def _usual_gap(lines: Sequence[Line]) -> float:
    gaps = [one.bottom - two.bottom for one, two in pairwise(lines) if 0 < one.bottom - two.bottom < 3 * one.size]
    return median(gaps) if gaps else 0.0


def _right_edges(lines: Sequence[Line]) -> dict[int, float]:
    """Return for each left edge the right edge of the longest line that begins there."""
    ranked = sorted(lines, key=lambda line: round(line.left))
    return {left: max(line.right for line in column) for left, column in groupby(ranked, lambda line: round(line.left))}


def _begins_paragraph(before: Line, line: Line, *, usual: float, right: float) -> bool:
    if abs(line.size - before.size) > _SAME_SIZE * before.size or _BULLET.match(line.text):
        return True
    if _BROKEN_WORD.search(before.text):
        return False
    ended = bool(_STOP.search(before.text))
    gap = before.bottom - line.bottom
    if gap <= 0 or gap > 4 * before.size:  # another column or page: only an unfinished sentence continues
        return ended
    if usual and gap > usual * _WIDE_GAP:
        return True
    if line.left - before.left > _INDENT * line.size:
        return ended
    return before.right - before.left < (_SHORT if ended else _VERY_SHORT) * (right - before.left)


def _joined(block: Sequence[Line]) -> str:
    text = block[0].text
    for line in block[1:]:
        if _BROKEN_WORD.search(text):
            is_divided = line.text[:1].islower() and _LETTER_AND_HYPHEN.search(text)
            text = (text[:-1] if is_divided else text) + line.text
        else:
            text += line.text if joins_without_space(text, line.text) else f" {line.text}"
    return text
