"""The parsers of JSON: one for each kind of document, alike but for what they recognise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import peek
from copytaster.parsing.json_documents.field_map import FieldMap
from copytaster.parsing.json_documents.items import Document
from copytaster.parsing.json_documents.lines import JsonLinesParser
from copytaster.parsing.json_documents.shapes import Shapes
from copytaster.parsing.json_documents.values import decoded_json, read_values
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import BadItem, Draft, Parser

_OPENING = re.compile(r"\s*(?:\[\s*)*(?:\{\s*(?:\"|\}|$)|\[\s*(?:\]|$|[\"\d-]|true|false|null))")
"""An object, or an array of values: text may open with a word in brackets."""

_NAMES = (".json", ".jsonld", ".ninjs", ".geojson")
_MERELY_NAMED = 0.4


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
        if _OPENING.match(head):
            return self.sure if self.sign is None or self.sign.search(head) else 0.0
        # What is named so and is nothing else is broken JSON, and text it is the least.
        return _MERELY_NAMED if self.sign is None and original.has_extension(*_NAMES) else 0.0

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield each article. Raises ``RefusedError`` for what is no JSON (``parse_failed``) or holds no article.

        Reads the file as a whole, its elements one by one.
        """
        text, decoded = decoded_json(original.content, original.hints.charset)
        document, shapes = Document(original.name, self.format), Shapes(self.plain, original.now)
        number = 0
        for number, value in enumerate(read_values(text, original.name), start=1):
            for where, found in shapes.read(value, f"element {number}"):
                yield document.item(found, decoded, where)
        if not number:
            raise RefusedError(Reason.NO_TEXT, f"{original.name} is an empty list: it holds no article.")


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
    r"\A(?:(?=[^\0]*?\"\$?standard\"\s*:\s*\{[^{}]*ninjs)|(?=[^\0]*?\"uri\"\s*:)(?=[^\0]*?\"(?:versioncreated|firstcreated"
    r"|pubstatus|headlines|bodies|body_x?html|body_text|representationtype|copyrightholder|eventdetails"
    r"|plannedcoverage|digitalsourcetype)\"\s*:))"
)
"""The standard's name, or its identifier with one of the properties that only it has."""
