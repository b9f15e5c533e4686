"""Web pages with their truth: a folder with a JSON Lines file (or .gz) whose lines name the pages' files."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copytaster.parsing.charset.decoding import decode


@dataclass(frozen=True, slots=True)
class Page:
    """A page's bytes, its decoded markup (the input of the rivals), and its true text and metadata."""

    name: str
    content: bytes
    html: str
    truth: dict[str, Any]


def load_pages(folder: Path, truth: str = "truth") -> list[Page]:
    """Return the pages that ``truth`` names; ``FileNotFoundError`` without them.

    ``truth`` is the name of the truth file without its extension, in ``folder`` or its sub-folder ``extraction``.
    """
    for base in (folder, folder / "extraction"):
        for name in (f"{truth}.jsonl", f"{truth}.jsonl.gz"):
            if (base / name).is_file():
                return [_page(base, json.loads(line)) for line in _read(base / name).splitlines() if line.strip()]
    raise FileNotFoundError(f"There is no {truth}.jsonl or {truth}.jsonl.gz in {folder} or in {folder / 'extraction'}.")


def _page(base: Path, truth: dict[str, Any]) -> Page:
    content = _read(base / truth["file"])
    return Page(str(truth["file"]), content, decode(content).text, truth)


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content
