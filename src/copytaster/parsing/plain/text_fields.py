"""Adds an article's text to a draft, and the fields that are printed in the text itself: byline, date and dateline."""

from __future__ import annotations

from collections.abc import Iterable

from copytaster.parsing.draft_builder import DraftBuilder, latest_publication
from copytaster.parsing.plain.control_lines import Controlled, read_control_lines
from copytaster.parsing.plain.furniture import cut_furniture
from copytaster.parsing.plain.months import names_place
from copytaster.parsing.plain.opening_lines import names_in, read_opening
from copytaster.parsing.release_terms.opening import take_release_terms
from copytaster.parsing.release_terms.status_codes import signal_by_slug

DAMAGED = 0.5
"""Multiplies the confidence of a text in which characters or parts are missing."""


def add_text(builder: DraftBuilder, paragraphs: Iterable[str], source: str, confidence: float = 1.0) -> None:
    """Add a text without furniture, opening lines and release terms, which are added as fields, like a cut credit.

    Does nothing if the draft has a text or there is no paragraph with a character.
    """
    if "text" in builder:
        return
    printed = tuple(filter(None, take_release_terms(builder, list(paragraphs), source)))
    if not printed:
        return
    controlled = read_control_lines(printed)
    trimmed = cut_furniture("\n\n".join(controlled.lines))
    opening = read_opening(trimmed.text.split("\n\n"), latest=latest_publication(builder.now))
    text = "\n\n".join(opening.paragraphs)
    builder.add("text", text, source, confidence * DAMAGED if "\ufffd" in text else confidence)
    for byline, part, trust in ((opening.byline, "byline", 0.8), (trimmed.reporter_line(), "credit", 0.7)):
        builder.add_from_text("byline", byline, part, trust)
        builder.add_from_text("authors", names_in(byline or ""), part, trust)
    add_controlled(builder, controlled)
    builder.add_from_text("dateline", opening.dateline, "dateline", 0.9)
    if opening.published:
        builder.add_time_from_text("published_at", opening.published, opening.published_in, 0.8)


def add_controlled(builder: DraftBuilder, controlled: Controlled) -> None:
    """Add what control lines say: slug, notes, the byline of a sign-off, and the signal of a slug or note."""
    builder.add_from_text("slugline", controlled.slug, "slug", 0.8)
    builder.add_from_text("note", controlled.note, "note", 0.8)
    builder.add_from_text("byline", controlled.byline, "sign-off", 0.6)
    builder.add_from_text("authors", names_in(controlled.byline or ""), "sign-off", 0.6)
    builder.add_from_text("signal", signal_by_slug(controlled.slug or ""), "slug", 0.8)


def add_dateline(builder: DraftBuilder, dateline: str, source: str) -> None:
    """Add a dateline from a field of its own; a time without a place is a time of publication, with low confidence."""
    if names_place(dateline):
        builder.add("dateline", dateline, source)
    else:
        builder.add_time("published_at", dateline, source, 0.5)


def add_byline(builder: DraftBuilder, byline: str, source: str) -> None:
    """Add a byline from a field of its own, and the names in it as authors."""
    builder.add("byline", byline, source)
    builder.add("authors", names_in(byline), source, 0.8)
