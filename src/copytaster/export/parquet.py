"""Parquet, for analysis: the metadata and the texts as typed columns. It needs the extra ``parquet`` (pyarrow)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from copytaster.errors import ConfigurationError
from copytaster.export.columns import METADATA, TEXTS, row_of
from copytaster.export.exported import ExportedDocument

ROWS = 2_000
"""Documents of a row group, some 10 MB in memory: fewer would cost readers a seek for each column, and compress less.
"""

TIMES = frozenset({"published_at", "modified_at", "received_at", "embargoed_until", "deleted_at"})
NUMBERS = frozenset({"version", "word_count", "duplicate_count", "urgency"})
LISTS = frozenset({"topic_codes", "topics", "entities", "keywords", "tags"})


class MissingExtraError(ConfigurationError):
    """The format needs a package that is not installed."""


class Parquet:
    """Implements ``Encoder``. Raises ``MissingExtraError`` if pyarrow is not installed."""

    media_type = "application/vnd.apache.parquet"
    suffix = "parquet"

    def __init__(self) -> None:
        self._arrow = _import_arrow()
        self._columns = (*METADATA, *TEXTS)
        self._schema = self._arrow.schema([(each, self._type_of(each)) for each in self._columns])
        self._sink = _Sink()
        self._writer = self._arrow.parquet.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._rows = list[list[Any]]()

    def head(self) -> bytes:
        """Return the file's first bytes."""
        return self._sink.taken()

    def page(self, documents: Sequence[ExportedDocument]) -> bytes:
        """Return a row group when there are enough documents for one."""
        self._rows += [row_of(each, self._columns) for each in documents]
        return self._row_group() if len(self._rows) >= ROWS else b""

    def tail(self) -> bytes:
        """Return the last row group and the file's index."""
        last = self._row_group() if self._rows else b""
        self._writer.close()
        return last + self._sink.taken()

    def _row_group(self) -> bytes:
        columns = [list(values) for values in zip(*self._rows, strict=True)]
        self._rows = []
        self._writer.write_table(self._arrow.table(columns, schema=self._schema))
        return self._sink.taken()

    def _type_of(self, column: str) -> Any:
        if column in TIMES:
            return self._arrow.timestamp("us", tz="UTC")
        if column in NUMBERS:
            return self._arrow.int64()
        return self._arrow.list_(self._arrow.string()) if column in LISTS else self._arrow.string()


class _Sink:
    """A file for pyarrow, whose bytes are taken as they are written; it knows its length, not its content."""

    closed = False

    def __init__(self) -> None:
        self._length = 0
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Append bytes."""
        before = len(self._waiting)
        self._waiting += data
        self._length += len(self._waiting) - before
        return len(self._waiting) - before

    def tell(self) -> int:
        """Return the number of bytes that were written."""
        return self._length

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        found = bytes(self._waiting)
        self._waiting.clear()
        return found


def _import_arrow() -> ModuleType:
    """Return pyarrow, with the part that writes Parquet."""
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise MissingExtraError(
            "the format parquet needs pyarrow, which is not installed: `pip install 'copytaster[parquet]'`;"
            " jsonl, ninjs and csv need no further package"
        ) from error
