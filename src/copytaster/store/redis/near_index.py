"""The near-duplicate index on the server: a hash for each window of article time, and one sequence.

The hash of a window has buckets of postings, and the records of its articles. It expires when no
article was added for the length of a window.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise, repeat
from typing import Any

import xxhash
from redis import Redis
from redis.client import Pipeline

from copytaster.dedup.candidates import Candidate, most_in_common, within
from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.store.keys import Keys
from copytaster.store.ports.near_index import Signed
from copytaster.store.redis.client import call, script, send, text, transient_errors

BUCKETS = 1 << 16
"""Fields for the postings of a window. At a million articles a bucket has 400 postings, 3 KB, of which an article reads
81. With few articles the fields take more memory than their postings, so 32 of them have a further one in common for
the first 64 postings: 2,048 such fields take half as much at a thousand articles, and hold them all up to 5,000."""

NUMBER_BUCKETS = 1 << 12
"""Hashes for the numbers: at a million articles each has 244 entries; the server packs hashes of up to 512."""

TOKEN = 8
"""Bytes that represent an article among the numbers; two of ten million articles collide with probability 3 in a
million."""

SHARED = b"/"
"""Before the first of 32 buckets it is the name of the field that they have in common."""

AT_ONCE = 10
"""Articles that one script adds. Each takes the server a seventh of a millisecond, in which nobody else is served."""

NUMBER = 4
"""Bytes of a sequence number in a posting: enough for four thousand million articles."""

WINDOWS = 3
"""The window of an article's time, and its two neighbours, are searched."""

ID_BYTES = 10
"""Bytes of an id in a record. An id that is no hash is stored as text, of at least eleven."""

_ENTRY = struct.Struct("<Hd")

_FIRST_OF_SHARED = bytes(low - low % 32 for low in range(256))

_OWNER = struct.Struct(">BI")

_ID = re.compile(r"a[0-9a-f]{20}")


class RedisNearIndex:
    """Implements ``NearIndex``. All keys are in one hash slot, so that adding and searching are one script."""

    def __init__(self, client: Redis, keys: Keys, window: timedelta) -> None:
        self._client = client
        self._keys = keys
        self._window = window
        self._seconds = max(1, int(window.total_seconds()))
        self._add = script(client, "near_add", shared=["find_entry", "near_owners"])
        self._find = script(client, "near_find", shared=["near_owners"])
        self._remove = script(client, "near_remove", shared=["find_entry", "near_owners"])

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article; see ``NearIndex.add``."""
        ((number, *_),) = self._added([Signed(article_id, signature, at)])
        return int(number)

    def find_earlier(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return earlier articles; see ``NearIndex.find_earlier``."""
        with transient_errors():
            stored: Any = self._client.hget(*self._number_field(article_id))
        return self._candidates([_Search.of(self._found(signature, at), at, below=_number(stored))])[0]

    def add_and_find(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Add the article and return earlier ones; see ``NearIndex.add_and_find``."""
        return self.add_and_find_many([Signed(article_id, signature, at)])[0]

    def add_and_find_many(self, articles: Sequence[Signed]) -> list[list[Candidate]]:
        """Add articles and return earlier ones; see ``NearIndex.add_and_find_many``."""
        added = zip(articles, self._added(articles), strict=True)
        return self._candidates([_Search.of_added(each, *found) for each, found in added])

    def find_similar(self, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return all candidates; see ``NearIndex.find_similar``."""
        return self._candidates([_Search.of(self._found(signature, at), at)])[0]

    def contained(self, article_ids: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Return those that the index has; see ``NearIndex.contained``."""
        with transient_errors():
            numbers = self._numbers(article_ids)
            pipe = self._client.pipeline(transaction=False)
            places = [(name, period) for name, stored in numbers.items() for period in _windows(stored)]
            for name, period in places:
                pipe.hexists(self._keys.near_window(period), _record_field(_number(numbers[name])))
            return frozenset(name for (name, _), is_there in zip(places, pipe.execute(), strict=True) if is_there)

    def remove(self, article_id: ArticleId, signatures: Sequence[tuple[Signature, datetime]]) -> None:
        """Remove the article; see ``NearIndex.remove``."""
        self.remove_many({article_id: signatures})

    def remove_many(self, articles: Mapping[ArticleId, Sequence[tuple[Signature, datetime]]]) -> None:
        """Remove articles; see ``NearIndex.remove_many``."""

        def remove_all(pipe: Pipeline) -> None:
            for name, stored in numbers.items():
                field = _record_field(_number(stored))
                for signature, at in articles[name]:
                    arguments = [field, _postings(signature)]
                    call(pipe, self._remove, [self._keys.near_window(self._periods(at)[0])], arguments)
                for period in _windows(stored):
                    pipe.hdel(self._keys.near_window(period), field)
                pipe.hdel(*self._number_field(name))

        with transient_errors():
            numbers = self._numbers(list(articles))
            send(self._client, [self._remove], remove_all)

    def _numbers(self, article_ids: Sequence[ArticleId]) -> dict[ArticleId, bytes]:
        """Return the number and the windows of each article that has a number."""
        pipe = self._client.pipeline(transaction=False)
        for each in article_ids:
            pipe.hget(*self._number_field(each))
        return {name: stored for name, stored in zip(article_ids, pipe.execute(), strict=True) if stored is not None}

    def _added(self, articles: Sequence[Signed]) -> list[list[Any]]:
        """Add articles; return for each its number, and for each posting that others have the joined numbers of all."""

        def add_all(pipe: Pipeline) -> None:
            for batch in batched(articles, AT_ONCE):
                additions = list(map(self._addition, batch))
                keys = chain.from_iterable(keys for keys, _ in additions)
                arguments = chain.from_iterable(arguments for _, arguments in additions)
                call(pipe, self._add, [self._keys.near_counter(), *keys], [self._seconds, *arguments])

        with transient_errors():
            return list(chain.from_iterable(send(self._client, [self._add], add_all)))

    def _addition(self, article: Signed) -> tuple[list[str], list[bytes | int]]:
        """Return the keys and arguments of an article for ``near_add``."""
        periods, (numbers, token) = self._periods(article.at), self._number_field(article.article_id)
        packed, name = article.signature.pack(), _packed_id(article.article_id)
        head = len(name).to_bytes(1) + name
        entry = _ENTRY.pack(len(packed), article.at.timestamp()) + packed
        keys = [numbers, *map(self._keys.near_window, periods)]
        return keys, [token, periods[0], head, entry, _postings(article.signature)]

    def _found(self, signature: Signature, at: datetime) -> list[bytes]:
        """Return the joined numbers of the owners of each posting that an article has."""
        keys = [self._keys.near_window(each) for each in self._periods(at)]
        with transient_errors():
            return list(self._find(keys=keys, args=[_postings(signature)]))

    def _candidates(self, searches: Sequence[_Search]) -> list[list[Candidate]]:
        """Return for each search the candidates whose times are within the window of its time."""
        pipe = self._client.pipeline(transaction=False)
        for each in searches:
            for period, numbers in zip(self._periods(each.at), each.windows, strict=True):
                if numbers:
                    pipe.hmget(self._keys.near_window(period), [_record_field(number) for number in numbers])
        with transient_errors():
            rows = iter(pipe.execute())
        return [self._read_candidates(each, rows) for each in searches]

    def _read_candidates(self, search: _Search, rows: Iterator[list[bytes | None]]) -> list[Candidate]:
        known = (
            candidate
            for numbers in search.windows
            if numbers
            for number, record in zip(numbers, next(rows), strict=True)
            for candidate in _read(record, number)
        )
        return sorted((each for each in known if within(each.at, search.at, self._window)), key=lambda c: c.sequence)

    def _periods(self, at: datetime) -> tuple[int, int, int]:
        """Return the window of article time that contains ``at``, and its two neighbours."""
        period = int(at.timestamp() // self._seconds)
        return period, period - 1, period + 1

    def _number_field(self, article_id: ArticleId) -> tuple[str, bytes]:
        """Return the hash that has the article's number, and the field."""
        token = xxhash.xxh3_64_digest(article_id.encode())
        return self._keys.near_numbers(int.from_bytes(token) % NUMBER_BUCKETS), token


def _postings(signature: Signature) -> bytes:
    """Return the postings as the scripts read them: all shared buckets, then all own ones, then all runs.

    They are taken from the eight bytes of every posting at once: of these, three are the run and two the bucket.
    """
    count = len(signature.postings)
    packed = struct.pack(f">{count}Q", *signature.postings)
    high, low = packed[6::8], packed[7::8]
    found = bytearray(8 * count)
    shared, own, runs = (memoryview(found)[start * count : end * count] for start, end in pairwise((0, 3, 5, 8)))
    shared[0::3], shared[1::3], shared[2::3] = SHARED * count, high, low.translate(_FIRST_OF_SHARED)
    own[0::2], own[1::2] = high, low
    runs[0::3], runs[1::3], runs[2::3] = packed[3::8], packed[4::8], packed[5::8]
    return bytes(found)


def _packed_id(article_id: ArticleId) -> bytes:
    """Return the bytes of an id, ten if it is a hash, and more for another text."""
    if _ID.fullmatch(article_id):
        return bytes.fromhex(article_id[1:])
    return article_id.encode().ljust(ID_BYTES + 1, b"\0")


def _record_field(number: int) -> bytes:
    """Return the field of an article's record. It is longer than those of the buckets."""
    return number.to_bytes(NUMBER)


def _number(stored: bytes) -> int:
    return int(stored.partition(b":")[0])


def _windows(stored: bytes) -> list[int]:
    """Return the windows that have a record of the article."""
    return [int(each) for each in text(stored).split(":")[1:]]


@dataclass(frozen=True, slots=True)
class _Search:
    """What a search has found: the numbers of articles in each of the three windows, and the time of the search."""

    windows: list[list[int]]
    at: datetime

    @classmethod
    def of(cls, found: Iterable[bytes], at: datetime, *, below: int | None = None, alone: int = 0) -> _Search:
        """Return the articles, with numbers below a limit, that share enough of the postings that were sought.

        ``found`` are for each posting that an article has the places of windows and the numbers, joined. The article
        with the number ``below`` has as many more as ``alone`` says.
        """
        owners = list(map(_owners, found))
        # An article with versions in two windows may occur twice.
        known = (dict.fromkeys(number for _, number in each) for each in owners)
        own = () if below is None else repeat([below], alone)
        shared = most_in_common(chain(known, own))
        places = {number: set[int]() for number in shared if below is None or number < below}
        for window, number in chain.from_iterable(owners):
            if number in places:
                places[number].add(window)
        return cls([[number for number, windows in places.items() if each in windows] for each in range(WINDOWS)], at)

    @classmethod
    def of_added(cls, article: Signed, number: int, *found: bytes) -> _Search:
        """Return the articles with lower numbers; see ``of``. The other postings are only those of the article."""
        alone = len(article.signature.postings) - len(found)
        return cls.of(found, article.at, below=number, alone=alone)


def _owners(joined: bytes) -> list[tuple[int, int]]:
    """Split joined places of windows and numbers."""
    return list(_OWNER.iter_unpack(joined))


def _read(record: bytes | None, number: int) -> Iterator[Candidate]:
    if record is None:
        return
    start = 1 + record[0]
    name = record[1:start]
    article_id = ArticleId(f"a{name.hex()}" if len(name) == ID_BYTES else name.rstrip(b"\0").decode())
    while start < len(record):
        length, seconds = _ENTRY.unpack_from(record, start)
        start += _ENTRY.size
        signature = Signature.unpack(record[start : start + length])
        yield Candidate(article_id, number, signature, datetime.fromtimestamp(seconds, UTC))
        start += length
