"""Lists of postings on the server, by hashed terms. ``scripts/shared/postings.lua`` describes how they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import xxhash
from redis import Redis
from redis.client import Pipeline

from copytaster.store.redis.client import call, script, send

TERM = 6
"""Bytes of the hash that represents a term. Two of a million terms have the same one with probability 1 in 560. A query
then reads records of both, and compares them with the term."""

BLOCK_BYTES = 480
"""Of a full block, which is written again for each record that belongs there."""

BUCKET_NAME = 3
"""Bytes of the name of a bucket, which has the postings of rare terms; those of terms and blocks are longer."""

SHARED = ("find_entry", "postings", "edit_postings")
"""The shared scripts that a script needs to edit lists."""


class PostingLists:
    """Reads the lists of an index. All postings of it have ``width`` bytes."""

    def __init__(self, client: Redis, index: str, blocks: str, width: int) -> None:
        self._client = client
        self.keys = [index, blocks]
        self._width = width
        self._read = script(client, "read_postings", shared=["find_entry", "postings", "read_list"])
        self._lowest = script(client, "lowest_postings", shared=["find_entry", "postings"])
        self._remove_term = script(client, "remove_term", shared=["find_entry", "postings"])

    def read(self, term: str, *, start: bytes, limit: int, ascending: bool = False) -> list[bytes]:
        """Return postings of a term below ``start``, highest first, or above it, lowest first; empty: from the end."""
        found: Any = self._read(keys=self.keys, args=[hashed(term), self._width, start, limit, int(ascending)])
        return split(found, self._width)

    def lowest(self, terms: Sequence[str], build: Callable[[Pipeline], object]) -> tuple[Any, list[bytes]]:
        """Return the reply to the command that ``build`` adds, and the lowest posting of each term; one round trip.

        A term without postings has an empty one.
        """

        def run(pipe: Pipeline) -> None:
            build(pipe)
            call(pipe, self._lowest, self.keys, [self._width, *map(hashed, terms)])

        reply, found = send(self._client, [self._lowest], run)
        return reply, found

    def count(self, terms: Sequence[str], pipe: Pipeline) -> None:
        """Add the commands that count the postings of terms; ``sizes`` reads their replies, two for each term.

        The few postings of a rare term are not counted.
        """
        for each in map(hashed, terms):
            pipe.hstrlen(self.keys[0], each)
            pipe.zlexcount(self.keys[1], b"[" + each, b"[" + each + b"\xff" * self._width)

    def sizes(self, replies: Sequence[int]) -> list[int]:
        """Return about how many postings each term has, from the replies to the commands of ``count``."""
        pairs = zip(replies[::2], replies[1::2], strict=True)
        return [latest // self._width + blocks * in_block(self._width) for latest, blocks in pairs]

    def remove_terms(self, terms: Sequence[str]) -> None:
        """Remove all postings of terms; one round trip."""
        self._remove_term(keys=self.keys, args=[self._width, *map(hashed, terms)])


def in_block(width: int) -> int:
    """Return how many postings of ``width`` bytes a full block has."""
    return BLOCK_BYTES // width


def entries_of(name: bytes, value: bytes, width: int) -> list[tuple[bytes, bytes]]:
    """Return the hash of the term, and the posting, of each entry of a field of an index."""
    if len(name) > BUCKET_NAME:
        return [(name[:TERM], each) for each in split(value, width)]
    return [(each[:TERM], each[TERM:]) for each in split(value, TERM + width)]


def split(value: bytes, width: int) -> list[bytes]:
    """Return the postings of a value of an index, each of ``width`` bytes."""
    whole = len(value) - len(value) % width
    return [value[start : start + width] for start in range(0, whole, width)]


def hashed(term: str) -> bytes:
    """Return the bytes that represent a term."""
    return xxhash.xxh3_64_digest(term.encode("utf-8", "surrogatepass"))[:TERM]
