"""JSON Lines: one object a line, as many lines as the limits allow, one line in memory at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode, peek
from copytaster.parsing.json_documents.field_map import FieldMap
from copytaster.parsing.json_documents.items import Document
from copytaster.parsing.json_documents.shapes import Shapes
from copytaster.parsing.json_documents.values import broken, decoded_json, open_decoder, read_value
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import BadItem, Draft, Group

_NAMES = (".jsonl", ".ndjson", ".jsonlines")

_WIDE = ("utf-16", "utf-32")


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

    def parse(self, original: Original) -> Iterator[Group | BadItem]:
        """Yield the articles of each line, lazily; a line that is none is a bad item, and the rest goes on.

        Costs .1 to .2 ms a line of 2 KB, and the memory of one line.
        """
        reader = _LineReader(Document(original.name, self.format), Shapes(self.plain, original.now), open_decoder())
        for number, line in enumerate(_lines(original), start=1):
            if isinstance(line, RefusedError):
                yield reader.document.refused(line, f"line {number}")
            elif line.strip():
                yield Group(f"line {number}", partial(reader.items, line, f"line {number}"))


@dataclass(frozen=True, slots=True)
class _LineReader:
    document: Document
    shapes: Shapes
    decoder: json.JSONDecoder

    def items(self, line: bytes, at: str) -> Iterator[Draft | BadItem]:
        """Yield the articles of a line: nearly always one."""
        text, decoded = decoded_json(line)
        text = text.strip()
        try:
            value, end = read_value(text, 0, self.decoder, at)
            if text[end:].strip():
                raise broken(at, "something follows its end")
        except RefusedError as error:
            yield self.document.refused(error, at)
            return
        for where, found in self.shapes.read(value, at):
            yield self.document.item(found, decoded, where)


def _lines(original: Original) -> Iterator[bytes | RefusedError]:
    """Yield the lines in UTF-8 or whatever they are in; instead of one that is too long, why it was passed over."""
    stream, most = _narrow(original), original.limits.file_bytes
    while line := stream.readline(most + 1):
        if len(line) <= most:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(HEAD_BYTES)
        yield RefusedError(Reason.TOO_LARGE, f"it has more than {most:,} bytes, which no article needs.")


def _narrow(original: Original) -> BinaryIO:
    """Return a stream whose lines end in one byte; what is in UTF-16 or -32 is read as a whole for that."""
    if not decode(original.head).charset.startswith(_WIDE):
        return original.open()
    return io.BytesIO(decoded_json(original.content)[0].encode(errors="replace"))


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
