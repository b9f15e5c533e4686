"""The listing of all articles, a sorted set of ids by time of receipt, and the listings of terms in earlier layouts.

These were a sorted set for each term, and then an index whose postings had whole ids. Both are read until every article
is in the present index of terms; nothing is removed from the earlier index, because readers compare the articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import groupby
from typing import Any

from redis import Redis
from redis.client import Pipeline

from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.redis.client import text
from copytaster.store.redis.posting_lists import PostingLists

INDEXED = 2
"""The layout in which terms are in an index; the sets of the days of publication are complete from layout 1 on."""

ALL_FIELDS = 5
"""The layout in which all terms are: also tags, formats and statuses."""

COMPLETE = 6
"""The layout of the present index."""

WIDTH = 16
"""Bytes of a posting in the earlier index: six for twice the time of receipt in milliseconds, ten for the id."""

_ID = re.compile(r"a[0-9a-f]{20}")

READ = 60
"""Entries that one round trip reads: a page of the usual length, and a few more."""


class EarlierListings:
    """Reads listings of terms, and removes articles from the sorted sets; reads the listing of all articles."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        index, blocks = keys.earlier_term_index()
        self._lists = PostingLists(client, index, blocks, WIDTH)
        self._layout = 0

    def have_sets(self) -> bool:
        """Return whether there may be sorted sets of terms."""
        return self._known_layout() < INDEXED

    def lack_fields(self) -> bool:
        """Return whether they may lack tags, formats and statuses."""
        return self._known_layout() < ALL_FIELDS

    def is_replaced(self) -> bool:
        """Return whether the present index has all terms of every article."""
        return self._known_layout() >= COMPLETE

    def replace(self) -> None:
        """Record that the present index has all terms of every article: earlier listings are not read any more."""
        self._client.set(self._keys.listings_complete(), COMPLETE)

    def _known_layout(self) -> int:
        if self._layout < COMPLETE:
            stored: Any = self._client.get(self._keys.listings_complete())
            self._layout = int(stored or 0)
        return self._layout

    def count(self, terms: Sequence[str], pipe: Pipeline) -> None:
        """Add the commands that count the articles of terms; ``sizes`` reads their replies, three for each term."""
        for each in terms:
            self._lists.count([each], pipe)
            pipe.zcard(self._keys.listing(each))

    def sizes(self, replies: Sequence[int]) -> list[int]:
        """Return about how many articles each term has, from the replies to the commands of ``count``."""
        rows = batched(replies, 3)
        return [self._lists.sizes([latest, blocks])[0] + members for latest, blocks, members in rows]

    def of_term(self, term: str, *, before: Cursor | None) -> Iterator[Cursor]:
        """Yield the positions of the articles with a term below ``before``, newest first."""
        return joined(
            self._indexed(term, before), self.positions(term, before=before) if self.have_sets() else iter(())
        )

    def _indexed(self, term: str, before: Cursor | None) -> Iterator[Cursor]:
        after, found = _pack(before) if before else b"", [b""]
        while found:
            found = self._lists.read(term, start=after, limit=READ)
            yield from map(_unpack, found)
            after = found[-1] if found else b""

    def positions(self, term: str, *, before: Cursor | None) -> Iterator[Cursor]:
        """Yield the positions in a sorted set below ``before``, newest first; of all articles if ``term`` is empty."""
        newest, offset, rows = before.received if before else "+inf", 0, [b""]
        while rows:
            found: Any = self._client.zrange(
                self._keys.listing(term),
                newest,
                "-inf",
                desc=True,
                byscore=True,
                withscores=True,
                offset=offset,
                num=READ,
            )
            rows, offset = found, offset + READ
            positions = (Cursor(int(score), ArticleId(text(member))) for member, score in found)
            yield from (each for each in positions if before is None or each < before)

    def remove(self, entries: Iterable[tuple[ArticleId, Iterable[str]]]) -> None:
        """Remove articles from the sorted sets of terms; no round trip if there are none any more."""
        pairs = [(self._keys.listing(term), str(article_id)) for article_id, terms in entries for term in terms]
        if not pairs or not self.have_sets():
            return
        pipe = self._client.pipeline(transaction=False)
        for key, member in pairs:
            pipe.zrem(key, member)
        pipe.execute()


def joined(one: Iterator[Cursor], other: Iterator[Cursor]) -> Iterator[Cursor]:
    """Yield the positions of both, newest first, each once."""
    return (each for each, _ in groupby(merge(one, other, reverse=True)))


def _pack(position: Cursor) -> bytes:
    """Return the posting in the earlier index. An id that is no hash is stored as text, and marked by an odd time."""
    if _ID.fullmatch(position.article_id):
        return (2 * position.received).to_bytes(6) + bytes.fromhex(position.article_id[1:])
    return (2 * position.received + 1).to_bytes(6) + position.article_id.encode().ljust(WIDTH - 6, b"\0")


def _unpack(posting: bytes) -> Cursor:
    time, name = int.from_bytes(posting[:6]), posting[6:]
    article_id = name.rstrip(b"\0").decode() if time % 2 else f"a{name.hex()}"
    return Cursor(time // 2, ArticleId(article_id))
