"""Reads what the parts of a system have logged since a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path


class PartLogs:
    """The logs of all parts: the files ``*.log`` of a folder, which only grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def mark(self) -> Mapping[Path, int]:
        """Return the present end of each log."""
        return {file: file.stat().st_size for file in self._folder.glob("*.log")}

    def lines_since(self, mark: Mapping[Path, int]) -> Iterator[str]:
        """Yield the lines that were written after a mark, each with the name of its part."""
        for file in sorted(self._folder.glob("*.log")):
            with file.open("rb") as opened:
                opened.seek(mark.get(file, 0))
                for line in opened:
                    yield f"{file.stem}: {line.decode(errors='replace').strip()}"
