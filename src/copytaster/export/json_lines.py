"""JSON Lines: one article document on each line, with the field ``cursor``."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.export.exported import ExportedDocument


class JsonLines:
    """Implements ``Encoder``."""

    media_type = "application/x-ndjson"
    suffix = "jsonl"

    def head(self) -> bytes:
        """Return nothing."""
        return b""

    def page(self, documents: Sequence[ExportedDocument]) -> bytes:
        """Return one line for each document."""
        return b"".join(each.model_dump_json().encode() + b"\n" for each in documents)

    def tail(self) -> bytes:
        """Return nothing."""
        return b""
