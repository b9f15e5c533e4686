"""What the formats have in common: documents come page by page, so that an export needs the memory of one page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from copytaster.export.exported import ExportedDocument


class Encoder(Protocol):
    """Writes the documents of one export. The parts together are the file: head, one part for each page, tail."""

    media_type: str
    suffix: str

    def head(self) -> bytes:
        """Return what precedes the documents."""
        ...

    def page(self, documents: Sequence[ExportedDocument]) -> bytes:
        """Return the next documents; empty if they are written later, with others."""
        ...

    def tail(self) -> bytes:
        """Return what follows the documents."""
        ...


def encode(pages: Iterable[Sequence[ExportedDocument]], encoder: Encoder) -> Iterator[bytes]:
    """Yield the parts of the file that are not empty, reading one page at a time."""
    if head := encoder.head():
        yield head
    for page in pages:
        if part := encoder.page(page):
            yield part
    if tail := encoder.tail():
        yield tail
