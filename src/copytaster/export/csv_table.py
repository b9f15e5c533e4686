"""CSV (RFC 4180) of the metadata, for spreadsheets: one row for each document, without the text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from copytaster.export.columns import METADATA, row_of
from copytaster.export.exported import ExportedDocument

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""What a spreadsheet takes as the beginning of a formula, in both widths of the characters."""

LIST_SEPARATOR = "; "


class CsvTable:
    """Implements ``Encoder``; a resumed export continues a file, and has no row with names."""

    media_type = "text/csv; charset=utf-8; header=present"
    suffix = "csv"

    def __init__(self, *, resumed: bool = False) -> None:
        self._resumed = resumed

    def head(self) -> bytes:
        """Return the row with the names of the columns."""
        return b"" if self._resumed else _rows([METADATA])

    def page(self, documents: Sequence[ExportedDocument]) -> bytes:
        """Return one row for each document."""
        return _rows([[_cell(each) for each in row_of(document, METADATA)] for document in documents])

    def tail(self) -> bytes:
        """Return nothing."""
        return b""


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _cell(value: Any) -> str:
    """Return the value as text that no spreadsheet calculates: an apostrophe precedes what looks like a formula."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case list():
            return _safe(LIST_SEPARATOR.join(value))
        case str():
            return _safe(value)
        case _:
            return str(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
