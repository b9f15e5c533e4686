"""The body of an NITF document: headline, byline, dateline, abstract, text and media."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.inline_markup import images_of, paragraphs_of
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.plain.text_fields import add_dateline, add_text
from copytaster.parsing.release_terms.opening import add_heading, add_note
from copytaster.parsing.safe_xml import Element, children, first, name_of, text_of


def add_nitf_body(builder: DraftBuilder, nitf: Element, where: str, text: Sequence[str] | None = None) -> None:
    """Add the fields in the body of an NITF document; ``where`` is the prefix of their sources.

    ``text`` are the paragraphs of a text with other parts besides this document, by default those of its content.
    """
    body = first(nitf, "body")
    head, content = first(body, "body.head"), first(body, "body.content")
    add_heading(builder, text_of(first(head, "hedline/hl1")), f"{where}/hl1", 1.0)
    _add_byline(builder, head, where)
    add_dateline(builder, _dateline(first(head, "dateline")), f"{where}/dateline")
    builder.add_time("published_at", _norm(head), f"{where}/story.date", 0.8)
    distributor = first(head, "distributor")
    builder.add("publisher", text_of(first(distributor, "org")) or text_of(distributor), f"{where}/distributor", 0.9)
    notes = [text_of(each) for each in children(head, "note")]
    add_note(builder, "\n".join(filter(None, notes)), f"{where}/note")
    if text is None and content is not None:
        text = paragraphs_of(content)
    add_text(builder, text or (), where)
    if content is not None:
        builder.add_list("images", images_of(content), f"{where}/media")
    _add_abstract(builder, first(head, "abstract"), where)
    add_heading(builder, text_of(first(nitf, "head/title")), f"{where}/head/title", 0.9)


def _add_abstract(builder: DraftBuilder, abstract: Element | None, where: str) -> None:
    """Add the abstract as summary, or as text if there is no other text."""
    if abstract is None:
        return
    paragraphs = [each for part in (abstract, *abstract) for each in _paragraph(part)] or [text_of(abstract)]
    if "text" in builder:
        builder.add("summary", " ".join(paragraphs), f"{where}/abstract")
    else:
        add_text(builder, paragraphs, f"{where}/abstract", 0.7)


def _paragraph(part: Element) -> list[str]:
    return paragraphs_of(part) if name_of(part) == "p" else []


def _add_byline(builder: DraftBuilder, head: Element | None, where: str) -> None:
    for byline in children(head, "byline"):
        people = [text_of(each) for each in children(byline, "person")]
        titles = [text_of(each) for each in children(byline, "byttl")]
        printed = _joined(byline)
        name = printed.removesuffix(", ".join(filter(None, titles))).rstrip(" ,")
        authors = [person.removeprefix("By ").strip() for person in people] or names_in(name)
        builder.add("byline", printed, f"{where}/byline")
        builder.add_list("authors", authors, f"{where}/byline", 0.9)


def _joined(byline: Element) -> str:
    """Return the byline with a comma before each title, because an element separates it instead of a comma."""
    parts = [byline.text or ""]
    for child in byline:
        before = "".join(parts).strip()
        needs_comma = name_of(child) == "byttl" and before and not before.endswith(",")
        parts += [", " if needs_comma else " ", text_of(child), child.tail or ""]
    return " ".join("".join(parts).split()).replace(" ,", ",").strip(" ,")


def _dateline(dateline: Element | None) -> str:
    """Return place and date as printed."""
    if dateline is None:
        return ""
    location = first(dateline, "location")
    if location is None:
        return text_of(dateline)
    parts = [text_of(each) for each in location] or [text_of(location)]
    printed = ", ".join(filter(None, [*parts, text_of(first(dateline, "story.date"))]))
    return printed or text_of(dateline)


def _norm(head: Element | None) -> str | None:
    date = first(head, "dateline/story.date")
    return None if date is None else date.get("norm")
