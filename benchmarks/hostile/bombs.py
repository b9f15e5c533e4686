"""Small files that cost whoever reads them carelessly much memory or time: one for each kind that was found."""

from __future__ import annotations

import bz2
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

BLOCK_BYTES = 45_000_000
"""Zeros that one block of bzip2 holds, in some 45 bytes."""

ZIP_BLOCKS = 6
"""270 MB: more than the memory that a watcher may use, and made within seconds."""

STREAMS = 140
"""6.4 KB of bzip2, which unpack to 6 GB."""

HEADER_BYTES = 64 * 1024
BRACKETS = 5_000_000
LAUGHS = 9


def make_bombs(folder: Path) -> list[Path]:
    """Write the bombs into a folder, and return them. Those about a ``_source.yml`` lie in folders of their own."""
    files = []
    for name, make in BOMBS.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(make())
        files.append(file)
    return files


@cache
def _zeros(blocks: int) -> bytes:
    packer = bz2.BZ2Compressor()
    pieces = [packer.compress(bytes(BLOCK_BYTES)) for _ in range(blocks)]
    return b"".join([*pieces, packer.flush()])


def _zip(method: int, packed: bytes, declared: int) -> bytes:
    """Return an archive with one entry, which declares another size than it has."""
    name = b"story.txt"
    fields = struct.pack("<HHHHHIIIHH", 46, 0, method, 0, 0, zlib.crc32(b""), len(packed), declared, len(name), 0)
    local = b"PK\x03\x04" + fields + name + packed
    entry = b"PK\x01\x02" + struct.pack("<H", 46) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + entry + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local), 0)


def _folded_header() -> bytes:
    return b"Subject: x\nContent-Type: multipart/mixed\n" + b" \n" * (HEADER_BYTES // 2) + b"\nText.\n"


def _merges() -> bytes:
    lines = ["a0: &a0 {k0: v}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: v}}" for n in range(1, 5 * LAUGHS)]
    return "\n".join(lines).encode()


def _laughs() -> bytes:
    lines = ["a0: &a0 [lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, LAUGHS))]
    return "\n".join([*lines, f"source: *a{LAUGHS - 1}"]).encode()


def _large_dictionary() -> bytes:
    """Return an xz stream of no content that declares a dictionary of 1.5 GB (tukaani.org/xz/xz-file-format.txt)."""
    header = b"\x02\x00\x21\x01" + bytes([37]) + bytes(3)
    block = header + struct.pack("<I", zlib.crc32(header)) + b"\x00\x00\x00\x00"
    flags = b"\x00\x01"
    return b"\xfd7zXZ\x00" + flags + struct.pack("<I", zlib.crc32(flags)) + block


BOMBS: dict[str, Callable[[], bytes]] = {
    "bzip2.zip": lambda: _zip(zipfile.ZIP_BZIP2, _zeros(ZIP_BLOCKS), declared=1_000),
    "deflate.zip": lambda: _zip(zipfile.ZIP_DEFLATED, zlib.compress(bytes(BLOCK_BYTES), wbits=-15), declared=1_000),
    "streams.bz2": lambda: bz2.compress(bytes(BLOCK_BYTES)) * STREAMS,
    "empty-streams.bz2": lambda: bz2.compress(b"") * 500_000,
    "dictionary.xz": _large_dictionary,
    "header.eml": _folded_header,
    "brackets.json": lambda: b"[" + b"[]," * BRACKETS + b"[]]",
    "lines.json": lambda: b"[] " * BRACKETS,
    "deep.json": lambda: b"[" * BRACKETS,
    "escapes.json": lambda: b'["' + b"\\\\" * BRACKETS + b'"]',
    "backslashes.rtf": lambda: b"{\\rtf1 " + b"\\" * BRACKETS,
    "attribute.xml": lambda: b"<?xml version='1.0'?><a b='" + b"x" * (8 * BRACKETS) + b"'/>",
    "sidecar.txt.meta.json": lambda: json.dumps({"keywords": ["x"] * 8_000}).encode() + b"[" * 20_000,
    "sidecar.txt": lambda: b"The sidecar of this file is a bomb.\n",
    "merges/_source.yml": _merges,
    "laughs/_source.yml": _laughs,
}
