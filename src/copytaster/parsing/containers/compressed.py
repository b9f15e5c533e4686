"""gzip, bzip2 and xz: one member, whose name is the file's without the last extension."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, cast

from copytaster.parsing.containers.bounded_stream import bounded_member
from copytaster.parsing.containers.member_sidecars import described
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Item, Member, Searching


@dataclass(frozen=True, slots=True)
class CompressedParser:
    """Parses compressed files of one format, which begin with ``mark``."""

    format: str
    mark: bytes
    extension: str
    stream: Callable[[BinaryIO], BinaryIO]

    def score(self, original: Original) -> float:
        """Return .9 for the format's signature; the parser of a format that is always compressed may score higher."""
        return 0.9 if original.head.startswith(self.mark) else 0.0

    def parse(self, original: Original) -> Iterator[Item | Searching]:
        """Yield the one member."""
        name = _inner_name(original.name, self.extension)
        start = lambda: self.stream(original.open())  # noqa: E731 - a def would say no more
        member = Member(name, lambda: bounded_member(start, locator=name, packed=original.size, original=original))
        yield from described(original, lambda: [member])


def compressed_parsers() -> list[CompressedParser]:
    """Return the parsers of the three formats."""
    return [
        CompressedParser("gzip", b"\x1f\x8b", ".gz", lambda file: _binary(gzip.GzipFile(fileobj=file))),
        CompressedParser("bzip2", b"BZh", ".bz2", lambda file: _binary(bz2.BZ2File(file))),
        CompressedParser("xz", b"\xfd7zXZ\x00", ".xz", lambda file: _binary(lzma.LZMAFile(file))),
    ]


def _binary(stream: object) -> BinaryIO:
    """Return the stream as ``BinaryIO``, which it is although typeshed does not say so."""
    return cast("BinaryIO", stream)


def _inner_name(name: str, extension: str) -> str:
    last = PurePath(name.rsplit("!", 1)[-1]).name
    if last.lower().endswith(".tgz"):
        return f"{last[:-4]}.tar"
    return last[: -len(extension)] if last.lower().endswith(extension) and len(last) > len(extension) else last
