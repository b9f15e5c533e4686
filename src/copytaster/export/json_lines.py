"""JSON Lines: one article document on each line, with the field ``cursor``."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.export.exported import ExportedDocument

_LINE_ENDS = {chr(each): f"\\u{each:04x}" for each in (0x85, 0x2028, 0x2029)}
"""Characters that JSON allows as they are, and at which many a reader of lines ends one: Python's, that of Node."""


def json_line(document: str) -> bytes:
    """Return a JSON document as one line, for every reader of lines."""
    for end, escaped in _LINE_ENDS.items():
        document = document.replace(end, escaped)  # much faster than `translate`
    return document.encode() + b"\n"


class JsonLines:
    """Implements ``Encoder``."""

    media_type = "application/x-ndjson"
    suffix = "jsonl"

    def head(self) -> bytes:
        """Return nothing."""
        return b""

    def page(self, documents: Sequence[ExportedDocument]) -> bytes:
        """Return one line for each document."""
        return b"".join(json_line(each.model_dump_json()) for each in documents)

    def tail(self) -> bytes:
        """Return nothing."""
        return b""
