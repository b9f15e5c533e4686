"""The index of terms on the server: for each term the articles that have it, newest first, in few bytes and commands.

A posting is the time of receipt and the id, in 16 bytes. ``scripts/shared/postings.lua`` describes how they are stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import xxhash
from redis import Redis
from redis.client import Pipeline

from copytaster.model.article import ArticleId
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.redis.client import call, script, send

TERM = 6
"""Bytes of the hash that represents a term. Two of a million terms have the same one with probability 1 in 560. A query
then reads articles of both, and compares them with the term."""

WIDTH = 16
"""Bytes of a posting: six for twice the time of receipt in milliseconds, ten for the id."""

ID_BYTES = 10

IN_BLOCK = 30
"""Postings of a full block: half a kilobyte, which is written again for each article that belongs there."""

PAGE = 100
"""Postings that one round trip reads."""

_ID = re.compile(r"a[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class Edit:
    """The terms that an article gets and loses."""

    at: Cursor
    added: frozenset[str]
    removed: frozenset[str] = frozenset()


class TermIndex:
    """Adds and removes postings, and reads them."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = [keys.term_index(), keys.term_blocks()]
        self._edit = script(client, "edit_postings", shared=["postings"])
        self._read = script(client, "read_postings", shared=["postings"])

    def edit(self, edits: Iterable[Edit]) -> None:
        """Add and remove postings; one round trip."""
        if arguments := _arguments(edits):
            self._edit(keys=self._keys, args=arguments)

    def send_edit(self, edits: Iterable[Edit], build: Any) -> None:
        """Add and remove postings in one round trip with the commands that ``build`` adds to its pipeline."""

        def run(pipe: Pipeline) -> None:
            build(pipe)
            if arguments := _arguments(edits):
                call(pipe, self._edit, self._keys, arguments)

        send(self._client, [self._edit], run)

    def positions(self, term: str, *, before: Cursor | None) -> Iterator[Cursor]:
        """Yield the positions of the articles with a term below ``before``, newest first, a hundred at a time."""
        after: bytes = _pack(before) if before else b""
        while True:
            found: Any = self._read(keys=self._keys, args=[hashed(term), WIDTH, after, PAGE])
            yield from positions_of(found)
            if len(found) < PAGE * WIDTH:
                return
            after = found[-WIDTH:]

    def count(self, terms: Sequence[str], pipe: Pipeline) -> None:
        """Add the commands that count the postings of terms; ``sizes`` reads their replies, two for each term."""
        for each in map(hashed, terms):
            pipe.hstrlen(self._keys[0], each)
            pipe.zlexcount(self._keys[1], b"[" + each, b"[" + each + b"\xff" * WIDTH)

    def sweep(self, position: int, *, count: int) -> tuple[int, list[tuple[bytes, list[Cursor]]]]:
        """Return some of the terms' hashes, each with some of the term's articles, and the next position."""
        found: Any = self._client.hscan(self._keys[0], position, count=count)
        after, values = found
        return int(after), [(name[:TERM], positions_of(value)) for name, value in values.items()]

    def remove(self, entries: Iterable[tuple[bytes, Cursor]]) -> None:
        """Remove postings of terms that are given by their hashes; one round trip."""
        arguments = [part for term, at in entries for part in (_pack(at), 0, 1, term)]
        if arguments:
            self._edit(keys=self._keys, args=arguments)


def hashed(term: str) -> bytes:
    """Return the bytes that represent a term."""
    return xxhash.xxh3_64_digest(term.encode("utf-8", "surrogatepass"))[:TERM]


def sizes(replies: Sequence[int]) -> list[int]:
    """Return about how many postings each term has, from the replies to the commands of ``count``."""
    return [latest // WIDTH + blocks * IN_BLOCK for latest, blocks in zip(replies[::2], replies[1::2], strict=True)]


def positions_of(postings: bytes) -> list[Cursor]:
    """Return the positions of the postings in a value of the index."""
    return [_unpack(each) for each in _split(postings)]


def _arguments(edits: Iterable[Edit]) -> list[bytes | int]:
    found = list[bytes | int]()
    for each in edits:
        added, removed = sorted(map(hashed, each.added)), sorted(map(hashed, each.removed))
        if added or removed:
            found += [_pack(each.at), len(added), len(removed), *added, *removed]
    return found


def _pack(position: Cursor) -> bytes:
    """Return the posting. An id that is no hash is stored as text, and marked by an odd time."""
    if _ID.fullmatch(position.article_id):
        return (2 * position.received).to_bytes(6) + bytes.fromhex(position.article_id[1:])
    name = position.article_id.encode()
    if len(name) > ID_BYTES:
        raise ValueError(f"{position.article_id} is no id of an article")
    return (2 * position.received + 1).to_bytes(6) + name.ljust(ID_BYTES, b"\0")


def _unpack(posting: bytes) -> Cursor:
    time, name = int.from_bytes(posting[:6]), posting[6:]
    article_id = name.rstrip(b"\0").decode() if time % 2 else f"a{name.hex()}"
    return Cursor(time // 2, ArticleId(article_id))


def _split(postings: bytes) -> list[bytes]:
    whole = len(postings) - len(postings) % WIDTH
    return [postings[start : start + WIDTH] for start in range(0, whole, WIDTH)]
