"""The records of an article: the document of a version, and its tagging, without what can be derived from the text.

Fields with their default value are not stored. A span is stored as its distance from the last one and its length, and
not at all if the spans of a name or a term are all its occurrences in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from copytaster.dedup.identity import article_id
from copytaster.model.article import Article, Tagging
from copytaster.model.article_document import Json
from copytaster.store.redis.packing import unpack

TOPIC = ("code", "name", "score", "why", "spans", "rule")
ENTITY = ("name", "type", "count", "spans", "why")
KEYWORD = ("term", "score", "why", "spans")
"""The columns of the rows as which labels are stored. Fields without a column follow as an object; nulls at the end are
omitted."""

ALL_OCCURRENCES = 1
"""Stands for spans that are all occurrences of the name or term."""


def article_record(article: Article) -> Json:
    """Return the record of this version, without its number, the copies and the results of tagging.

    An id that follows from the identity is left out.
    """
    fields = article.model_dump(
        mode="json", exclude={"version", "duplicates", "duplicate_count"}, exclude_defaults=True
    )
    if article.identity and article.id == article_id(article.identity):
        del fields["id"]
    return fields | {"provenance": _flat(fields["provenance"])}


def unpack_article(packed: bytes, what: str) -> Json:
    """Return the fields of the version. Raises ``NewerRecordError``, which names ``what``."""
    fields = _with_provenance(unpack(packed, what))
    return fields if "id" in fields else {"id": article_id(fields["identity"])} | fields


def tagging_record(tagging: Tagging, text: str) -> Json:
    """Return the record of the tagging of an article with this text."""
    fields, text = tagging.model_dump(mode="json", exclude_defaults=True), _lower(text)
    record = fields | {
        "topics": [_row(_without_spans(each, "name", text), TOPIC) for each in fields["topics"]],
        "keywords": [_row(_without_spans(each, "term", text), KEYWORD) for each in fields["keywords"]],
        "provenance": _flat(fields["provenance"]),
    }
    if fields["entities"] is not None:
        record["entities"] = [_row(_short_entity(each, text), ENTITY) for each in fields["entities"]]
    return record


def unpack_tagging(packed: bytes, text: str, what: str) -> Json:
    """Return the fields of the tagging of an article with this text. Raises ``NewerRecordError``."""
    fields = _with_provenance(unpack(packed, what, text=text))
    if packed.startswith(b"{"):
        return fields
    text = _lower(text)
    fields["topics"] = [_with_spans(_object(each, TOPIC), "name", text) for each in fields["topics"]]
    fields["keywords"] = [_with_spans(_object(each, KEYWORD), "term", text) for each in fields["keywords"]]
    if fields["entities"] is not None:
        fields["entities"] = [_long_entity(_object(each, ENTITY), text) for each in fields["entities"]]
    return fields


def _short_entity(entity: Json, text: str) -> Json:
    short, start = _without_spans(entity, "name", text), f"{entity['name']}: "
    if entity["count"] == len(entity["spans"]):
        del short["count"]
    if entity.get("why", "").startswith(start):
        short["why"] = [entity["why"].removeprefix(start)]
    return short


def _long_entity(entity: Json, text: str) -> Json:
    entity = _with_spans(entity, "name", text)
    if isinstance(why := entity.get("why"), list):
        entity["why"] = f"{entity['name']}: {why[0]}"
    return {"count": len(entity["spans"])} | entity


def _without_spans(label: Json, name: str, text: str) -> Json:
    short, spans = dict(label), [(each["start"], each["end"]) for each in label.get("spans", ())]
    if spans:
        short["spans"] = ALL_OCCURRENCES if spans == _occurrences(label[name], text) else _distances(spans)
    return short


def _with_spans(label: Json, name: str, text: str) -> Json:
    """Return the label, which is changed, with its spans as objects."""
    found = label.get("spans")
    if found is not None:
        spans = _spans(found) if isinstance(found, list) else _occurrences(label[name], text)
        label["spans"] = [{"start": start, "end": end} for start, end in spans]
    return label


def _lower(text: str) -> str:
    """Return the text in lower case; as it is if that would move its characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _occurrences(name: str, text: str) -> list[tuple[int, int]]:
    """Return the spans of a name in a text in lower case, without those that begin or end inside a word."""
    name = name.lower()
    found, start = list[tuple[int, int]](), text.find(name)
    while start >= 0:
        end = start + len(name)
        before, after = text[start - 1 : start], text[end : end + 1]
        if not (before.isalnum() or after.isalnum() or before == "_" or after == "_"):
            found.append((start, end))
        start = text.find(name, end)
    return found


def _distances(spans: Sequence[tuple[int, int]]) -> list[int]:
    found, last = list[int](), 0
    for start, end in spans:
        found += [start - last, end - start]
        last = end
    return found


def _spans(distances: Sequence[int]) -> Iterator[tuple[int, int]]:
    last = 0
    for distance, length in zip(distances[::2], distances[1::2], strict=True):
        start = last + distance
        last = start + length
        yield start, last


def _row(fields: Json, columns: Sequence[str]) -> list[Any]:
    row = [fields.get(each) for each in columns]
    if others := {name: value for name, value in fields.items() if name not in columns}:
        return [*row, others]
    while row and row[-1] is None:
        row.pop()
    return row


def _object(row: Sequence[Any], columns: Sequence[str]) -> Json:
    fields = dict(zip(columns, row, strict=False))
    if None in row:
        fields = {name: value for name, value in fields.items() if value is not None}
    if len(row) > len(columns):
        fields |= row[len(columns)]
    return fields


def _flat(provenance: Json) -> list[Any]:
    return [each for name, found in provenance.items() for each in (name, found["from"], found["confidence"])]


def _with_provenance(fields: Json) -> Json:
    flat = fields["provenance"]
    if isinstance(flat, dict):
        return fields
    rows = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    return fields | {"provenance": {name: {"from": place, "confidence": sure} for name, place, sure in rows}}
