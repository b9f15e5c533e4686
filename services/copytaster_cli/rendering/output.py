"""Writes to the terminal: results to stdout, all other messages to stderr. Control characters are escaped."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from copytaster.model.printable_text import escape

FILE_WIDTH = 200
"""Width in characters of a table that is written to a file or a pipe."""


def stdout_console() -> Console:
    """Return the console for results as text; markup and emoji codes in them are printed literally."""
    width = None if sys.stdout.isatty() else FILE_WIDTH
    return Console(file=sys.stdout, markup=False, emoji=False, highlight=False, width=width)


def stderr_console() -> Console:
    """Return the console for progress and notes, on stderr."""
    return Console(file=sys.stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)


def print_error(message: str) -> None:
    """Write an error message to stderr."""
    sys.stderr.write(f"copytaster: {escape(message)}\n")


def print_note(message: str) -> None:
    """Write a note about the result to stderr."""
    sys.stderr.write(f"{escape(message)}\n")


def emit(*documents: BaseModel) -> None:
    """Write each document as one line of JSON to stdout."""
    for document in documents:
        emit_text(document.model_dump_json())


def emit_text(line: str) -> None:
    """Write a line of text or JSON to stdout, without control characters, and flush it: a program may wait for it."""
    sys.stdout.write(f"{escape(line)}\n")
    sys.stdout.flush()


def cell(value: object) -> str:
    """Return a value as text: a dash if it is absent, a time with its offset and without fractions of seconds."""
    if value is None or value == "":
        return "–"  # noqa: RUF001  # a dash, not a hyphen
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").replace("+00:00", "Z")
    return escape(str(value))


def table(*columns: str, rows: Iterable[Iterable[object]], title: str | None = None) -> Table:
    """Return a table; long values are wrapped, not cut."""
    result = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        result.add_column(column, overflow="fold")
    for row in rows:
        result.add_row(*map(cell, row))
    return result


def fields(**values: object) -> Table:
    """Return the names and values of fields; absent values are omitted."""
    result = Table.grid(padding=(0, 2))
    for name, value in values.items():
        if value not in {None, ""}:
            result.add_row(Text(name, style="dim"), Text(cell(value)))
    return result
