"""JSON Lines: one object a line, as many lines as the limits allow, one line in memory at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from copytaster.disposition import Reason
from copytaster.errors import RefusedError
from copytaster.parsing.charset import decode, peek
from copytaster.parsing.fields import Fields
from copytaster.parsing.json_documents.field_map import FieldMap
from copytaster.parsing.json_documents.shapes import Shapes
from copytaster.parsing.json_documents.values import broken, open_decoder, read_value
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import BadItem, Draft

_NAMES = (".jsonl", ".ndjson", ".jsonlines")

_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


@dataclass(frozen=True, slots=True)
class JsonLinesParser:
    """Reads a file in which every line is an object of any kind that is read as JSON."""

    plain: FieldMap
    format: str = "json-lines"

    def score(self, original: Original) -> float:
        """Return .97 where the first lines are objects; a single one counts only in a file that is named so."""
        head = peek(original.head, HEAD_BYTES)
        lines = [line for line in head.split("\n") if line.strip()]
        if not lines or not lines[0].lstrip().startswith("{"):
            return 0.0
        if original.has_extension(*_NAMES):
            return 0.97
        return 0.97 if len(lines) > 1 and lines[1].lstrip()[:1] == "{" and _is_object(lines[0]) else 0.0

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield an article for each line, lazily; a line that is none is a bad item, and the rest goes on.

        Costs .1 to .2 ms a line of 2 KB, and the memory of one line.
        """
        shapes = Shapes(self.plain, original.now)
        decoder = open_decoder()
        for number, line in enumerate(_lines(original), start=1):
            if isinstance(line, RefusedError):
                yield BadItem.of(f"line {number}", line)
            elif line.strip():
                yield from self._items(line, number, shapes, decoder, name=original.name)

    def _items(
        self, line: bytes, number: int, shapes: Shapes, decoder: json.JSONDecoder, *, name: str
    ) -> Iterator[Draft | BadItem]:
        at = f"line {number}"
        decoded = decode(line)
        text = decoded.text.strip()
        try:
            value, end = read_value(text, 0, decoder, f"{name}: {at}")
            if text[end:].strip():
                raise broken(f"{name}: {at}", "something follows its end")
        except RefusedError as error:
            yield BadItem.of(at, error)
            return
        for where, found in shapes.read(value, at):
            yield _item(found, decoded_as=decoded, format_=self.format, where=where, name=name)


def _lines(original: Original) -> Iterator[bytes | RefusedError]:
    """Yield the lines in UTF-8 or whatever they are in; instead of one that is too long, why it was passed over."""
    stream, most = _narrow(original), original.limits.file_bytes
    while line := stream.readline(most + 1):
        if len(line) <= most:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(HEAD_BYTES)
        yield RefusedError(
            Reason.TOO_LARGE, f"{original.name} has a line of more than {most:,} bytes, which no article needs."
        )
