"""The term frequencies on the server: hashed counters, packed into one string for each language."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

import xxhash
from redis import Redis
from redis.client import Pipeline

from copytaster.clock import Clock
from copytaster.store.keys import Keys
from copytaster.store.ports.term_frequencies import GENERATION, REMEMBERED, Frequencies, Terms
from copytaster.store.redis.client import call, script, send, transient_errors

COUNTERS = 1 << 17
"""Counters of two bytes: 256 KB for a language, twice that with the previous generation.

A generation of news has some hundred thousand words and repeated pairs, most of them in one article. Because terms
share counters, a count is too high by a few articles among tens of thousands.
"""

ARTICLES = 0
"""The number of the counter of articles; the other counters are for terms."""


class RedisTermFrequencies:
    """Implements ``TermFrequencies``. Each language's keys are in one hash slot."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock, generation: int = GENERATION) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._generation = generation
        self._script = script(client, "count_terms", shared=["find_entry"])

    def count(self, batch: Sequence[Terms]) -> list[Frequencies]:
        """Count and return frequencies; see ``TermFrequencies.count``."""
        if not batch:
            return []
        by_language: defaultdict[str, list[int]] = defaultdict(list)
        for place, each in enumerate(batch):
            by_language[each.language].append(place)

        def count_all(pipe: Pipeline) -> None:
            for language, places in by_language.items():
                call(
                    pipe, self._script, self._language_keys(language), self._arguments([batch[each] for each in places])
                )

        with transient_errors():
            replies = send(self._client, [self._script], count_all)
        counted = dict(zip(chain.from_iterable(by_language.values()), chain.from_iterable(replies), strict=True))
        rows = (struct.unpack(f">{len(joined) // 4}I", joined) for _, joined in sorted(counted.items()))
        return [Frequencies(articles, tuple(counts)) for articles, *counts in rows]

    def _language_keys(self, language: str) -> list[str]:
        keys, period = self._keys, int(self._clock.now().timestamp() // REMEMBERED.total_seconds())
        marks = [keys.terms_counted(language, each) for each in (period, period - 1)]
        return [*marks, keys.terms(language, "present"), keys.terms(language, "former")]

    def _arguments(self, batch: Sequence[Terms]) -> list[bytes | int]:
        counters, terms = {ARTICLES: 1}, dict[str, int]()  # with their places in the list of counters
        for term in set(chain.from_iterable(each.terms for each in batch)):
            terms[term] = counters.setdefault(_counter(term), len(counters) + 1)
        found: list[bytes | int] = [2 * int(REMEMBERED.total_seconds()), self._generation]
        found.append(_joined(list(counters)))
        for each in batch:
            places = _joined([counters[ARTICLES], *map(terms.__getitem__, each.terms)])
            found += [xxhash.xxh3_64_digest(each.version.encode()), int(each.new), places]
        return found


def _counter(term: str) -> int:
    """Return the number of a term's counter."""
    return 1 + xxhash.xxh3_64_intdigest(term.encode()) % (COUNTERS - 1)


def _joined(numbers: Sequence[int]) -> bytes:
    """Return numbers as the script reads and returns them."""
    return struct.pack(f">{len(numbers)}I", *numbers)
