"""The index of terms on the server: for each term the articles that have it, newest first, in few bytes and commands.

A posting is the time of receipt and the beginning of the id, in ten bytes; the listing of all articles has the whole id
at this time. ``scripts/shared/postings.lua`` describes how postings are stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.commands.core import Script

from copytaster.model.article import ArticleId
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.redis.client import call, script, send, text
from copytaster.store.redis.posting_lists import SHARED, PostingLists, entries_of, hashed, split
from copytaster.store.redis.posting_names import PostingNames

ID_BYTES = 4
"""Bytes of the id in a posting. Two articles with a common term that are received in the same millisecond have the same
posting with probability 1 in 4,000 million; whoever reads it finds both, and compares them with the term."""

WIDTH = 6 + ID_BYTES
"""Bytes of a posting; six are twice the time of receipt in milliseconds."""

PAGE = 100
"""Postings that one round trip reads."""

_ID = re.compile(r"a[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class Edit:
    """The terms that an article gets and loses."""

    at: Cursor
    added: frozenset[str]
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TermEntry:
    """A posting, the hash of its term, and the listed articles that it stands for: none, one, or by chance two."""

    term: bytes
    posting: bytes
    article_ids: tuple[ArticleId, ...]


class TermIndex:
    """Adds and removes postings, and reads them."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self.lists = PostingLists(client, keys.term_index(), keys.term_blocks(), WIDTH)
        self._keys = self.lists.keys
        self._listing = keys.listing()
        self._edit = script(client, "edit_postings", shared=SHARED)
        self._read = script(client, "read_term", shared=["find_entry", "postings", "read_list", "named_articles"])
        self._names = PostingNames(client, self._listing)

    def edit(self, edits: Iterable[Edit]) -> None:
        """Add and remove postings; one round trip."""
        if arguments := _arguments(edits):
            self._edit(keys=self._keys, args=arguments)

    def send_edit(
        self, edits: Iterable[Edit], build: Callable[[Pipeline], None], *, scripts: Sequence[Script] = ()
    ) -> None:
        """Add and remove postings in one round trip, after the commands that ``build`` adds to its pipeline.

        ``scripts`` are others that these commands call.
        """

        def run(pipe: Pipeline) -> None:
            build(pipe)
            if arguments := _arguments(edits):
                call(pipe, self._edit, self._keys, arguments)

        send(self._client, [self._edit, *scripts], run)

    def positions(self, term: str, *, before: Cursor | None) -> Iterator[Cursor]:
        """Yield the positions of the listed articles with a term below ``before``, newest first, by hundreds."""
        after, keys = _following(before) if before else b"", [*self._keys, self._listing]
        while True:
            joined, names = self._read(keys=keys, args=[hashed(term), WIDTH, after, PAGE])
            found = split(joined, WIDTH)
            listed = (each for pair in zip(found, names, strict=True) for each in _positions(*pair))
            yield from (each for each in listed if before is None or each < before)
            if len(found) < PAGE:
                return
            after = found[-1]

    def sweep(self, position: int, *, count: int) -> tuple[int, list[TermEntry]]:
        """Return the entries of some fields, and the next position. Cost: as ``PostingNames.of``, and a round trip."""
        found: Any = self._client.hscan(self._keys[0], position, count=count)
        after, values = found
        pairs = [each for name, value in values.items() for each in entries_of(name, value, WIDTH)]
        articles = self._names.of([posting for _, posting in pairs])
        return int(after), [TermEntry(*pair, ids) for pair, ids in zip(pairs, articles, strict=True)]

    def remove(self, entries: Iterable[TermEntry]) -> None:
        """Remove entries; one round trip."""
        arguments = [part for each in entries for part in (each.posting, 0, 1, each.term)]
        if arguments:
            self._edit(keys=self._keys, args=arguments)


def _arguments(edits: Iterable[Edit]) -> list[bytes | int]:
    found = list[bytes | int]()
    for each in edits:
        added, removed = sorted(map(hashed, each.added)), sorted(map(hashed, each.removed))
        if added or removed:
            found += [posting_of(each.at), len(added), len(removed), *added, *removed]
    return found


def posting_of(position: Cursor) -> bytes:
    """Return the posting. The beginning of an id that is no hash is stored as text, and marked by an odd time."""
    if _ID.fullmatch(position.article_id):
        return (2 * position.received).to_bytes(6) + bytes.fromhex(position.article_id[1 : 1 + 2 * ID_BYTES])
    return (2 * position.received + 1).to_bytes(6) + position.article_id.encode()[:ID_BYTES].ljust(ID_BYTES, b"\0")


def _following(position: Cursor) -> bytes:
    """Return the lowest posting above that of a position: others below the position may have the same posting."""
    return (int.from_bytes(posting_of(position)) + 1).to_bytes(WIDTH)


def _positions(posting: bytes, names: bytes) -> list[Cursor]:
    """Return the positions of the articles of a posting, the highest first."""
    received = int.from_bytes(posting[:6]) // 2
    return [Cursor(received, ArticleId(each)) for each in reversed(text(names).split())]
