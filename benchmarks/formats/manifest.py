"""The corpus' manifest: files, and the expected results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expected value; ``kind`` is its place without the numbers of entries: ``entries.title``."""

    kind: str
    index: int
    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the corpus. ``beyond`` is the number of expectations that need HTTP headers."""

    file: str
    format: str
    path: Path
    expected: tuple[Expectation, ...]
    beyond: int


def read_manifest(data: Path) -> Iterator[Row]:
    """Yield the rows of ``manifest.jsonl`` in the folder ``data``, or in ``formats`` below it."""
    folder = data if (data / MANIFEST).exists() else data / "formats"
    with (folder / MANIFEST).open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            expected = tuple(_expectation(path, value) for path, value in entry.get("expected") or ())
            beyond = len(entry.get("expected_needs_http_context") or ())
            yield Row(entry["file"], entry["format"], folder / entry["file"], expected, beyond)


def _expectation(path: str | list[str | int], value: Any) -> Expectation:
    steps = [path] if isinstance(path, str) else path
    numbers = [step for step in steps if isinstance(step, int)]
    return Expectation(".".join(step for step in steps if isinstance(step, str)), (numbers or [0])[0], value)
