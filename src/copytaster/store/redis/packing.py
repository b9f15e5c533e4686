"""Records as few bytes: JSON, compressed with a dictionary of the records' usual words, and hashes as raw bytes.

A packed record begins with a marker. Records that an earlier release wrote are JSON, which begins with a brace, and are
read as well. The dictionary is part of the format: it never changes, another one gets another marker.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import zstandard
from pydantic_core import PydanticSerializationError, from_json, to_json

from copytaster.errors import NewerRecordError

MARKER = b"\x01"
"""The first byte of a record that is packed as described here. JSON text does not begin with it."""

WITH_TEXT = b"\x02"
"""The first byte of a record that is compressed with the dictionary and a text, whose words it repeats."""

MAX_TEXT = 16_384
"""Bytes of the text that are used: more take time, and most of what a record repeats is in the beginning."""

DICTIONARY = "record_dictionary.zstd"
"""Trained on the records of the seeds; ``python -m benchmarks.record_dictionary`` makes it."""

LEVEL = 9
"""Of zstd: level 19 saves a further 4 of 100 bytes, and takes seven times the time."""

TEXT_SEARCH = {"window_log": 16, "hash_log": 14, "chain_log": 15, "search_log": 5, "min_match": 4, "strategy": 5}
"""How zstd searches in the dictionary with a text, 48 KB at most, which is indexed for each record. The tables of
``LEVEL`` are for megabytes: to clear them took a quarter of the time, for records of the same length."""

MAX_HASHES = 255
"""Bytes of hashes in a record: the number is one byte. An article has two or three hashes of 10 to 32 bytes."""

PIECE = 64
"""Bytes up to which the server stores the values of a small hash without overhead (``hash-max-listpack-value``).

Records are cut into pieces of this size, here and in ``scripts/shared/pieces.lua``; those of articles are not if the
server has another setting, see ``packed_hashes``.
"""

MAX_PIECES = 16
"""Records of more pieces, a kilobyte, are stored whole: their pieces take more than they save."""

_HEX = re.compile(r"(?:[0-9a-f]{2}){8,}\Z")

_FRAME: dict[str, int] = {
    "format": zstandard.FORMAT_ZSTD1_MAGICLESS,
    "write_content_size": 1,
    "write_dict_id": 0,
    "write_checksum": 0,
}

_SHORTEST_HEX = re.compile(r"[0-9a-f]{16}")


def pack(record: Mapping[str, Any], *, text: str = "") -> bytes:
    """Return the record, an object of JSON, as bytes. ``unpack`` returns an equal one, if it gets the same ``text``.

    A text whose words are in the record makes it shorter: by a seventh for wire copy and a quarter for news. It takes
    .09 ms instead of .04 to write, and .15 instead of .08.
    """
    hashes, content = split(record)
    marker, compressor = (WITH_TEXT, _compressor_with(text)) if text else (MARKER, _of_thread().compressor)
    return marker + bytes([len(hashes)]) + hashes + compressor.compress(content)


def split(record: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return the hashes with which texts of the record end, and the rest, which is compressed.

    A hash in hex does not compress, and is half as long in raw bytes.
    """
    fields, hashes, lengths = dict(record), b"", dict[str, int]()
    for name, value in record.items():
        # The search through a long text takes longer than its compression.
        if isinstance(value, str) and _SHORTEST_HEX.fullmatch(value[-16:]) and (found := _HEX.search(value)):
            raw = bytes.fromhex(found[0])
            if len(hashes) + len(raw) <= MAX_HASHES:
                fields[name], lengths[name], hashes = value[: found.start()], len(raw), hashes + raw
    return hashes, _serialised([fields, lengths])


def _serialised(content: Any) -> bytes:
    try:
        return to_json(content)  # in a fifth of the time
    except PydanticSerializationError:  # half of a surrogate pair, which some texts have
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def unpack(packed: bytes, what: str, *, text: str = "") -> dict[str, Any]:
    """Return the record, which may be JSON of an earlier release. Raises ``NewerRecordError``, which names ``what``."""
    if packed.startswith(b"{"):
        plain: dict[str, Any] = json.loads(packed)
        return plain
    if not packed.startswith((MARKER, WITH_TEXT)):
        raise NewerRecordError(
            f"{what} has a format that this release does not know: a newer release wrote it; upgrade and restart this"
            " process, another worker continues the work meanwhile"
        )
    start, end = 2, 2 + packed[1]
    decompressor = _decompressor_with(text) if packed.startswith(WITH_TEXT) else _of_thread().decompressor
    content = decompressor.decompress(packed[end:])
    fields, lengths = _parsed(content)
    for name, length in lengths.items():
        fields[name] += packed[start : start + length].hex()
        start += length
    return dict(fields)


def _parsed(content: bytes) -> Any:
    try:
        return from_json(content)  # in half the time
    except ValueError:
        return json.loads(content.decode("utf-8", "surrogatepass"))  # as above


def pieces(name: str, packed: bytes) -> dict[str, bytes]:
    """Return the fields of a small hash in which a record is stored under ``name``."""
    if len(packed) > PIECE * MAX_PIECES:
        return {name: packed}
    parts = [packed[start : start + PIECE] for start in range(0, len(packed), PIECE)]
    return {_piece_name(name, number): part for number, part in enumerate(parts)}


def joined(fields: Mapping[bytes, bytes], name: str) -> bytes:
    """Return the record that ``pieces`` stored in the hash; empty if there is none."""
    return b"".join(_parts(fields, name))


def _parts(fields: Mapping[bytes, bytes], name: str) -> Iterator[bytes]:
    for number in range(MAX_PIECES):
        part = fields.get(_piece_name(name, number).encode())
        if part is None:
            return
        yield part


def _piece_name(name: str, number: int) -> str:
    return f"{name}.{number}" if number else name


@cache
def _content() -> bytes:
    return files("copytaster.store.redis").joinpath(DICTIONARY).read_bytes()


@cache
def _dictionary() -> tuple[zstandard.ZstdCompressionDict, zstandard.ZstdCompressionParameters]:
    """Return the dictionary, prepared once for each process: the workers' children share it with their parent."""
    parameters = zstandard.ZstdCompressionParameters.from_level(LEVEL, **_FRAME)
    dictionary = zstandard.ZstdCompressionDict(_content())
    dictionary.precompute_compress(compression_params=parameters)
    return dictionary, parameters


def _compressor_with(text: str) -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(dict_data=_text_dictionary(text), compression_params=_text_parameters())


@cache
def _text_parameters() -> zstandard.ZstdCompressionParameters:
    return zstandard.ZstdCompressionParameters(**TEXT_SEARCH, **_FRAME)


def _decompressor_with(text: str) -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=_text_dictionary(text), format=zstandard.FORMAT_ZSTD1_MAGICLESS)


def _text_dictionary(text: str) -> zstandard.ZstdCompressionDict:
    content = _content() + text.encode("utf-8", "surrogatepass")[:MAX_TEXT]
    return zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


class _OfThread(threading.local):
    """The compressor and the decompressor of a thread, which no other thread may use at the same time.

    Preparing them takes three to fifteen times as long as using them.
    """

    def __init__(self) -> None:
        dictionary, parameters = _dictionary()
        self.compressor = zstandard.ZstdCompressor(dict_data=dictionary, compression_params=parameters)
        self.decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, format=zstandard.FORMAT_ZSTD1_MAGICLESS)


_of_thread = cache(_OfThread)
