"""Adds an article's text to a draft, and the fields that are printed in the text itself: byline, date and dateline."""

from __future__ import annotations

from collections.abc import Iterable

from copytaster.parsing.draft_builder import DraftBuilder, latest_publication, time_confidence
from copytaster.parsing.plain.furniture import cut_furniture
from copytaster.parsing.plain.opening_lines import names_in, read_opening

DAMAGED = 0.5
"""Multiplies the confidence of a text in which characters or parts are missing."""


def add_text(builder: DraftBuilder, paragraphs: Iterable[str], source: str, confidence: float = 1.0) -> None:
    """Add a text without furniture and opening lines; the opening lines and a cut credit are added as fields.

    Does nothing if the draft has a text or there is no paragraph with a character.
    """
    whole = "\n\n".join(filter(None, paragraphs))
    if not whole or "text" in builder:
        return
    trimmed = cut_furniture(whole)
    opening = read_opening(trimmed.text.split("\n\n"), latest=latest_publication(builder.now))
    text = "\n\n".join(opening.paragraphs)
    builder.add("text", text, source, confidence * DAMAGED if "\ufffd" in text else confidence)
    for byline, part, trust in ((opening.byline, "byline", 0.8), (trimmed.reporter_line(), "credit", 0.7)):
        builder.add_from_text("byline", byline, part, trust)
        builder.add_from_text("authors", names_in(byline or ""), part, trust)
    builder.add_from_text("dateline", opening.dateline, "dateline", 0.9)
    if opening.published:
        trust = time_confidence(opening.published, 0.8)
        builder.add_from_text("published_at", opening.published.at, opening.published_in, trust)


def add_byline(builder: DraftBuilder, byline: str, source: str) -> None:
    """Add a byline from a field of its own, and the names in it as authors."""
    builder.add("byline", byline, source)
    builder.add("authors", names_in(byline), source, 0.8)
