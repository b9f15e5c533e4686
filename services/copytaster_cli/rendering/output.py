"""Writing to the terminal: results to stdout, everything else to stderr, and nothing that could steer the terminal."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

UNBOUND_WIDTH = 200
"""Columns of a table that goes into a file or pipe, where there is no edge to break lines at."""

TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""The characters that turn the direction of writing: with them a name can look like another."""


def people() -> Console:
    """Return the console for people's results. Text of files is never read as markup or emoji."""
    width = None if sys.stdout.isatty() else UNBOUND_WIDTH
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
    """Write a line to stdout, at once: somebody may be waiting for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def safe(text: str) -> str:
    """Return the text with what a terminal would obey, or what it cannot show, written as escapes."""
    return "".join(f"\\u{ord(each):04x}" if _steers(each) else each for each in text)


def _steers(character: str) -> bool:
    if character in "\n\t":
        return False
    return character in TURNING or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def cell(value: object) -> str:
    """Return a value as a table shows it: a dash for what is not there, times to the second in UTC."""
    if value is None or value == "":
        return "–"  # noqa: RUF001  # a dash, not a hyphen
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return safe(str(value))


def table(*columns: str, rows: Iterable[Iterable[object]], title: str | None = None) -> Table:
    """Return a table that breaks long values rather than cutting them."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*map(cell, row))
    return made
