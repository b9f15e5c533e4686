"""The parsers of JSON: one for each kind of document, alike but for what they recognise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copytaster.disposition import Reason
from copytaster.errors import RefusedError
from copytaster.parsing.charset import Decoded, decode, peek
from copytaster.parsing.fields import Fields
from copytaster.parsing.json_documents.field_map import FieldMap
from copytaster.parsing.json_documents.lines import JsonLinesParser
from copytaster.parsing.json_documents.shapes import Shapes
from copytaster.parsing.json_documents.values import read_values
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import BadItem, Draft, Parser

_OPENING = re.compile(r"\s*(?:\[\s*)*(?:\{\s*(?:\"|\}|$)|\[\s*(?:\]|$|[\"\d-]|true|false|null))")
"""An object, or an array of values: text may open with a word in brackets."""

_NAMES = (".json", ".jsonld", ".ninjs", ".geojson")


@dataclass(frozen=True, slots=True)
class JsonParser:
    """Reads one kind of JSON document; the elements of arrays and envelopes are items."""

    format: str
    sure: float
    sign: re.Pattern[str] | None
    """What the first 64 KiB of the kind hold; None for plain objects."""
    plain: FieldMap

    def score(self, original: Original) -> float:
        """Return how sure the kind is where its sign stands in a file that opens like JSON."""
        head = peek(original.head, HEAD_BYTES)
        named = self.sign is None and original.has_extension(*_NAMES) and head.lstrip()[:1] in {"{", "["}
        if not named and not _OPENING.match(head):
            return 0.0
        return self.sure if self.sign is None or self.sign.search(head) else 0.0

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield each article. Raises ``RefusedError`` for what is no JSON (``parse_failed``) or holds no article.

        Reads the file as a whole, its elements one by one.
        """
        decoded = decode(original.content, original.hints.charset)
        shapes = Shapes(self.plain, original.now)
        number = 0
        for number, value in enumerate(read_values(decoded.text, original.name), start=1):
            for where, found in shapes.read(value, f"element {number}"):
                yield item_of(found, decoded, format_=self.format, where=where, name=original.name)
        if not number:
            raise RefusedError(Reason.NO_TEXT, f"{original.name} is an empty list: it holds no article.")


def item_of(found: Fields | RefusedError, decoded: Decoded, *, format_: str, where: str, name: str) -> Draft | BadItem:
    """Return the article, or what is wrong with it."""
    try:
        if isinstance(found, RefusedError):
            raise RefusedError(found.reason, f"{name}: {found.message}")
        return found.draft(decoded, format_=format_, where=f"{name}: {where}")
    except RefusedError as error:
        return BadItem.of(where, error)


def json_parsers(plain: FieldMap) -> list[Parser]:
    """Return the parsers of all kinds of JSON; ``plain`` maps the objects of no known kind."""
    kinds = [
        ("json-feed", 0.95, re.compile(r"jsonfeed\.org/version/")),
        ("ninjs", 0.92, re.compile(_NINJS, re.IGNORECASE)),
        ("json-ld", 0.9, re.compile(r"\"@(?:type|graph)\"\s*:")),
        ("json", 0.6, None),
    ]
    return [JsonLinesParser(plain), *(JsonParser(name, sure, sign, plain) for name, sure, sign in kinds)]


_NINJS = (
    r"\"\$?standard\"\s*:\s*\{[^{}]*ninjs|\"uri\"\s*:[^\0]*\"(?:versioncreated|firstcreated|pubstatus|headlines|bodies"
    r"|body_x?html|body_text|representationtype|copyrightholder)\"\s*:"
    r"|\"(?:versioncreated|firstcreated|pubstatus|headlines|bodies)\"\s*:[^\0]*\"uri\"\s*:"
)
"""The standard's name, or its identifier with one of the properties that only it has."""
