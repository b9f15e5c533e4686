"""Fields that precede a plain text in labelled lines: ``Headline: …``, ``Byline: …``, ``Body:``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.release_terms.opening import add_heading, add_note
from copytaster.parsing.release_terms.status_codes import add_status

_FIELDS = {
    "headline": "title",
    "title": "title",
    "hed": "title",
    "byline": "byline",
    "author": "byline",
    "dateline": "dateline",
    "date": "published_at",
    "published": "published_at",
    "pubdate": "published_at",
    "publication date": "published_at",
    "source": "publisher",
    "agency": "publisher",
    "provider": "publisher",
    "slug": "slugline",
    "slugline": "slugline",
    "keyword": "slugline",
    "keywords": "keywords",
    "summary": "summary",
    "abstract": "summary",
    "standfirst": "summary",
    "language": "language",
    "id": "guid",
    "guid": "guid",
    "note": "note",
    "status": "status",
    "pubstatus": "status",
    "editor's note": "note",
    "section": "",
    "category": "",
    "priority": "",
    "words": "",
    "wordcount": "",
    "word count": "",
    "copyright": "",
    "body": "text",
    "text": "text",
    "story": "text",
    "titel": "title",
    "überschrift": "title",
    "schlagzeile": "title",
    "autor": "byline",
    "datum": "published_at",
    "quelle": "publisher",
    "stichwort": "slugline",
    "vorspann": "summary",
    "sprache": "language",
    "ressort": "",
    "titre": "title",
    "auteur": "byline",
    "chapeau": "summary",
    "langue": "language",
    "rubrique": "",
    "texte": "text",
    "título": "title",
    "titular": "title",
    "fecha": "published_at",
    "fuente": "publisher",
    "resumen": "summary",
    "idioma": "language",
    "sección": "",
    "texto": "text",
}
"""The article's field for each label, in English, German, French and Spanish. Labels without a field
are taken off the text, and nothing is read from them."""

_LINE = re.compile(r"\s*(?P<label>[^\W\d_](?:[^\W\d_]|[' ]){1,19})\s?:(?:\s+(?P<value>.*)|\s*)")
_LEAST_LABELS = 3
"""Labels at the top of a text, one of them of its headline or body: fewer may be prose, or an answer."""

_LEAST_KNOWN = 2
"""Known labels among them."""

_MOST_UNKNOWN = 20
"""Lines with unknown labels: each system has some of its own, but no more."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The values by label, the lines of the body, and the labelled lines whose labels are not known."""

    values: dict[str, str]
    body: tuple[str, ...]
    unknown: tuple[str, ...]


def read_labelled(lines: Sequence[str], *, taken: int = 0) -> Labelled | None:
    """Return the labelled lines at the top of a text; None if there are fewer than three, or fewer than two are known.

    ``taken`` counts the labelled lines that were taken off the top before: slug and embargo. A value continues in
    indented lines. The lines after ``Body:``, or after the last labelled line, are the body. Other
    labels belong to the top if only labelled lines follow up to a blank line.
    """
    values: dict[str, str] = {}
    unknown: list[str] = []
    label, at = "", 0
    for at, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        name = match["label"].strip().lower() if match else ""
        if match and name in _FIELDS:
            label, value = name, (match["value"] or "").strip()
            if _FIELDS[label] == "text":
                return _checked(Labelled(values | {label: ""}, (value, *lines[at + 1 :]), tuple(unknown)), taken)
            values[label] = value
        elif label and line[:1].isspace() and line.strip():
            values[label] = f"{values[label]} {' '.join(line.split())}"
        elif unknown and not label and line[:1].isspace() and line.strip():
            unknown[-1] = f"{unknown[-1]} {' '.join(line.split())}"
        elif match and values and len(unknown) < _MOST_UNKNOWN and _is_among_labels(lines, at):
            label = ""
            unknown.append(" ".join(line.split()))
        elif line.strip():
            break
    return _checked(Labelled(values, tuple(lines[at:]), tuple(unknown)), taken)


def _is_among_labels(lines: Sequence[str], at: int) -> bool:
    """Say whether a labelled line stands below another line, and before nothing but such lines up to the body."""
    rest = takewhile(_is_no_body, lines[at : at + _MOST_UNKNOWN])
    return bool(lines[at - 1].strip()) and all(line[:1].isspace() or _LINE.fullmatch(line) for line in rest)


def _is_no_body(line: str) -> bool:
    match = _LINE.fullmatch(line)
    return bool(line.strip()) and not (match and _FIELDS.get(match["label"].strip().lower()) == "text")


def _checked(found: Labelled, taken: int) -> Labelled | None:
    has_article = bool({_FIELDS[label] for label in found.values} & {"title", "text"})
    count = len(found.values) + len(found.unknown) + taken
    is_enough = len(found.values) >= _LEAST_KNOWN and count >= _LEAST_LABELS
    return found if has_article and is_enough and any(line.strip() for line in found.body) else None


def add_labelled(builder: DraftBuilder, labelled: Labelled) -> None:
    """Add the values as fields, and what is not known as a note."""
    for line in labelled.unknown:
        builder.add_note(line)
    for label, value in labelled.values.items():
        _add_value(builder, _FIELDS[label], value, f"label/{label}")


def _add_value(builder: DraftBuilder, field: str, value: str, source: str) -> None:
    match field:
        case "" | "text":
            pass
        case "published_at":
            builder.add_time(field, value, source, 0.85)
        case "status":
            add_status(builder, value, source)
        case "language":
            builder.add_language(value, source, 0.9)
        case "keywords":
            builder.add_list(field, (term.strip() for term in re.split("[,;]", value)), source, 0.85)
        case "title":
            add_heading(builder, value, source, 0.9)
        case "note":
            add_note(builder, value, source, 0.9)
        case _:
            builder.add(field, value, source, 0.9)
    if field == "byline":
        builder.add_list("authors", names_in(f"by {re.sub('(?i)^by ', '', value)}"), source, 0.8)
