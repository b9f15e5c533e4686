"""Marks that browsers draw although they are no text of a page: around quotations, and in fractions."""

from __future__ import annotations

from lxml.etree import _Element

OPENING, CLOSING = "\u201c", "\u201d"
_QUOTES = ('"', "'", "\u2018", "\u201c", "\u201e", "\u00ab", "\u00bb", "\u2039", "\u300c")


def has_marks(quotation: str) -> bool:
    """Say whether a quotation begins with a mark of its own."""
    return quotation.lstrip().startswith(_QUOTES)


def write_marks(tree: _Element) -> None:
    """Write the marks around the quotations (``q``) of a tree, which become parts of their line, and in fractions."""
    for quotation in list(tree.iter("q")):
        if not has_marks("".join(map(str, quotation.itertext()))):
            quotation.text = f"{OPENING}{quotation.text or ''}"
            if len(quotation):
                quotation[-1].tail = f"{quotation[-1].tail or ''}{CLOSING}"
            else:
                quotation.text = f"{quotation.text}{CLOSING}"
        quotation.tag = "span"
    for fraction in tree.iter("mfrac"):
        if len(fraction) > 1:
            fraction[0].tail = "/"
