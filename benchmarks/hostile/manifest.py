"""The files of the corpus and the expectation for each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """A file below the corpus, its group, and the expectation in the manifest's words."""

    file: str
    group: str
    expect: str


def rows(data: Path) -> list[Row]:
    """Return the manifest. Raises ``FileNotFoundError`` if it is missing."""
    lines = (data / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [Row(entry["file"], entry["group"], entry["expect"]) for entry in map(json.loads, lines)]
