"""The index of terms on the server: for each term the articles that have it, newest first, in few bytes and commands.

A posting is the time of receipt and the id, in 16 bytes. ``scripts/shared/postings.lua`` describes how they are stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.client import Pipeline

from copytaster.model.article import ArticleId
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.redis.client import call, script, send
from copytaster.store.redis.posting_lists import SHARED, PostingLists, entries_of, hashed

WIDTH = 16
"""Bytes of a posting: six for twice the time of receipt in milliseconds, ten for the id."""

ID_BYTES = 10

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
        self.lists = PostingLists(client, keys.term_index(), keys.term_blocks(), WIDTH)
        self._keys = self.lists.keys
        self._edit = script(client, "edit_postings", shared=SHARED)

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
        after = _pack(before) if before else b""
        while True:
            found = self.lists.read(term, start=after, limit=PAGE)
            yield from map(_unpack, found)
            if len(found) < PAGE:
                return
            after = found[-1]

    def sweep(self, position: int, *, count: int) -> tuple[int, list[tuple[bytes, Cursor]]]:
        """Return the entries of some fields, each as the hash of a term and an article, and the next position."""
        found: Any = self._client.hscan(self._keys[0], position, count=count)
        after, values = found
        return int(after), [each for field in values.items() for each in articles_of(*field)]

    def remove(self, entries: Iterable[tuple[bytes, Cursor]]) -> None:
        """Remove postings of terms that are given by their hashes; one round trip."""
        arguments = [part for term, at in entries for part in (_pack(at), 0, 1, term)]
        if arguments:
            self._edit(keys=self._keys, args=arguments)


def articles_of(name: bytes, value: bytes) -> list[tuple[bytes, Cursor]]:
    """Return the entries of a field of the index, each as the hash of a term and an article."""
    return [(term, _unpack(posting)) for term, posting in entries_of(name, value, WIDTH)]


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
