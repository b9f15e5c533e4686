"""The parsers of JSON documents, one for each kind; they differ in the signature by which they recognise a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.json_documents.field_map import FieldMap
from copytaster.parsing.json_documents.item_reader import ItemReader
from copytaster.parsing.json_documents.items import Document
from copytaster.parsing.json_documents.lines import JsonLinesParser
from copytaster.parsing.json_documents.values import decoded_json, read_values
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft, Parser

_OPENING = re.compile(r"\s*(?:\[\s*)*(?:\{\s*(?:\"|\}|$)|\[\s*(?:\]|$|[\"\d-]|true|false|null))")
"""The start of an object or of an array of values. A text may start with a word in brackets."""

_EXTENSIONS = (".json", ".jsonld", ".ninjs", ".geojson")

_EXTENSION_SCORE = 0.4
"""Score of a file whose name alone says JSON: broken JSON, which takes precedence over plain text (.3)."""


@dataclass(frozen=True, slots=True)
class JsonParser:
    """Reads one kind of JSON document; the elements of arrays and envelopes are items."""

    format: str
    confidence: float
    signature: re.Pattern[str] | None
    """Found in the first 64 KiB of every document of the kind; None for plain objects."""
    plain: FieldMap

    def score(self, original: Original) -> float:
        """Return the kind's confidence for a file that starts like JSON and has the kind's signature."""
        head = original.head_text
        if _OPENING.match(head):
            return self.confidence if self.signature is None or self.signature.search(head) else 0.0
        return _EXTENSION_SCORE if self.signature is None and original.has_extension(*_EXTENSIONS) else 0.0

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield each article. Raises ``RefusedError``: ``parse_failed`` for broken JSON, ``no_text`` for an empty list.

        Reads the whole file, and decodes its elements one by one.
        """
        text, decoded = decoded_json(original.content, original.hints.charset)
        document, reader = Document(original.name, self.format), ItemReader(self.plain, original.now)
        number = 0
        for number, value in enumerate(read_values(text, original.name), start=1):
            for where, fields in reader.read(value, f"element {number}"):
                yield document.item(fields, decoded, where)
        if not number:
            raise RefusedError(Reason.NO_TEXT, f"{original.name} is an empty list: it holds no article.")


def json_parsers(plain: FieldMap) -> list[Parser]:
    """Return the parsers of all kinds of JSON; ``plain`` is the field map for objects of no known kind."""
    kinds: list[tuple[str, float, re.Pattern[str] | None]] = [
        ("json-feed", 0.95, re.compile(r"jsonfeed\.org/version/")),
        ("ninjs", 0.92, re.compile(_NINJS, re.IGNORECASE)),
        ("json-ld", 0.9, re.compile(r"\"@(?:type|graph)\"\s*:")),
        ("json", 0.6, None),
    ]
    return [JsonLinesParser(plain), *(JsonParser(*kind, plain) for kind in kinds)]


_NINJS = (
    r"\A(?:(?=[^\0]*?\"\$?standard\"\s*:\s*\{[^{}]*ninjs)|(?=[^\0]*?\"(?:uri|guid|itemid)\"\s*:)(?=[^\0]*?\"(?:versioncreated|firstcreated"
    r"|pubstatus|headlines|bodies|body_x?html|body_text|representationtype|copyrightholder|eventdetails"
    r"|plannedcoverage|digitalsourcetype)\"\s*:))"
)
"""The standard's name, or an item's ``uri`` or ``guid`` with one of the properties that only ninjs has."""
