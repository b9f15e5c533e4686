"""The JSON documents of articles, made from their records without a model of each part.

A record was written from a valid article, and has the values as they are in the document; what is missing are the
defaults, and what ``article_records`` derives. Fields and values that this release does not know raise
``NewerRecordError``, as they do when the models are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined, to_jsonable_python

from copytaster.model.article import (
    Article,
    ArticleStatus,
    Entity,
    EntityType,
    Image,
    Keyword,
    Relation,
    RelationKind,
    Ruling,
    Signal,
    Subject,
    Tag,
    TaggedBy,
    Topic,
)
from copytaster.model.article_document import ArticleDocument, Json
from copytaster.store.redis.article_links import read_links
from copytaster.store.redis.article_records import unpack_article, unpack_tagging
from copytaster.store.redis.article_rows import assembled_article

LISTS: Mapping[str, type[BaseModel]] = {
    "topics": Topic,
    "entities": Entity,
    "keywords": Keyword,
    "tags": Tag,
    "subjects": Subject,
    "images": Image,
}
"""The fields that are lists of objects."""

OBJECTS: Mapping[str, type[BaseModel]] = {"relation": Relation, "ruling": Ruling, "tagged_by": TaggedBy}
"""The fields that are objects."""

VALUES: Mapping[str, frozenset[str | None]] = {
    name: frozenset({None, *(each.value for each in kind)})
    for name, kind in {"status": ArticleStatus, "signal": Signal, "kind": RelationKind, "type": EntityType}.items()
}
"""The values that fields of these names may have, wherever they are."""


class DocumentRows:
    """Turns the rows that the script ``read_article`` returns into documents, and keeps the last ``remembered``.

    A row is compared as a whole, so that what is returned is never out of date.
    """

    def __init__(self, remembered: int) -> None:
        self._known = lru_cache(maxsize=remembered)(_document_of)

    def document(self, row: Sequence[Any]) -> ArticleDocument:
        """Return the document of the row."""
        number, document, tagging, links, *rest = row
        return self._known(number, document, tagging, tuple(links), *rest)


def _document_of(  # noqa: PLR0913  # the row
    number: bytes, document: bytes, tagging: bytes, links: tuple[bytes, ...], count: int, accepted: int, decision: bytes
) -> ArticleDocument:
    fields = None
    if not (decision or document.startswith(b"{") or tagging.startswith(b"{")):
        fields = _fields(int(number), document, tagging, links, count)
    if fields is None:
        # A record of an earlier release, one that only a newer one knows, or a person's decision: they are rare.
        return ArticleDocument.of(
            assembled_article(int(number), document, tagging, links, count, accepted=bool(accepted), decision=decision)
        )
    if accepted:
        fields["relation"] = None
    return ArticleDocument(fields)


def _fields(number: int, document: bytes, tagging: bytes, links: Sequence[bytes], count: int) -> Json | None:
    """Return the document; None if its parts have fields or values that the models do not."""
    stored = unpack_article(document, "an article")
    if tagging:
        labels = unpack_tagging(tagging, stored["text"], f"article {stored['id']}")
        stored |= labels | {"provenance": stored["provenance"] | labels["provenance"]}
    known = defaults_of(Article)
    fields = known | stored
    for name, model in LISTS.items():
        if found := fields[name]:
            fields[name] = [defaults_of(model) | each for each in found]
    for name, model in OBJECTS.items():
        if found := fields[name]:
            fields[name] = defaults_of(model) | found
    fields["version"], fields["duplicate_count"] = number, count
    fields["duplicates"] = [each.model_dump(mode="json") for each in read_links(links)]
    return fields if len(fields) == len(known) and _is_known(fields) else None


def _is_known(fields: Json) -> bool:
    """Return whether every part has the fields of its model only, and values that it permits."""
    for name, model in LISTS.items():
        size = len(defaults_of(model))
        if any(len(each) != size for each in fields[name] or ()):
            return False
    for name, model in OBJECTS.items():
        if fields[name] and len(fields[name]) != len(defaults_of(model)):
            return False
    relation, ruling = fields["relation"], fields["ruling"]
    return (
        fields["status"] in VALUES["status"]
        and fields["signal"] in VALUES["signal"]
        and (not relation or relation["kind"] in VALUES["kind"])
        and (not ruling or ruling["status"] in VALUES["status"])
        and all(each["type"] in VALUES["type"] for each in fields["entities"] or ())
    )


@cache
def defaults_of(model: type[BaseModel]) -> Json:
    """Return the JSON of an object of the model with its defaults, and null where it has none; nobody changes it."""
    found = {name: each.get_default(call_default_factory=True) for name, each in model.model_fields.items()}
    return {name: None if value is PydanticUndefined else to_jsonable_python(value) for name, value in found.items()}
