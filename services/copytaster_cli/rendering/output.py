"""Writes to the terminal: results to stdout, everything else to stderr, and no control characters of files."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

FILE_WIDTH = 200
"""Columns of a table that is written to a file or a pipe."""

BIDIRECTIONAL = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Characters that change the direction of writing, which can make one name resemble another."""


def people() -> Console:
    """Return the console for results in text form; markup and emoji codes in the text of files have no effect."""
    width = None if sys.stdout.isatty() else FILE_WIDTH
    return Console(file=sys.stdout, markup=False, emoji=False, highlight=False, width=width)


def aside() -> Console:
    """Return the console for progress and notes, on stderr."""
    return Console(file=sys.stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """Write a message for people to stderr."""
    sys.stderr.write(f"copytaster: {safe(message)}\n")


def emit(*documents: BaseModel) -> None:
    """Write each document as one line of JSON to stdout."""
    for document in documents:
        emit_text(document.model_dump_json())


def emit_text(line: str) -> None:
    """Write a line to stdout, and flush it: a person or program may wait for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def safe(text: str) -> str:
    """Return the text with control characters, and characters that cannot be shown, as escapes."""
    return "".join(f"\\u{ord(each):04x}" if _is_control(each) else each for each in text)


def _is_control(character: str) -> bool:
    if character in "\n\t":
        return False
    return character in BIDIRECTIONAL or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def cell(value: object) -> str:
    """Return a value as text: a dash for an absent one, times to the second in UTC."""
    if value is None or value == "":
        return "–"  # noqa: RUF001  # a dash, not a hyphen
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return safe(str(value))


def table(*columns: str, rows: Iterable[Iterable[object]], title: str | None = None) -> Table:
    """Return a table; long values are wrapped, not cut."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*map(cell, row))
    return made


def fields(**values: object) -> Table:
    """Return the names and values of fields; absent values are omitted."""
    made = Table.grid(padding=(0, 2))
    for name, value in values.items():
        if value not in {None, ""}:
            made.add_row(Text(name, style="dim"), Text(cell(value)))
    return made
