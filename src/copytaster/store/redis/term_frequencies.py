"""The term frequencies on the server: hashed counters, packed into one string for each language."""

from __future__ import annotations

from collections.abc import Sequence

import xxhash
from redis import Redis
from redis.client import Pipeline

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

    def __init__(self, client: Redis, keys: Keys, generation: int = GENERATION) -> None:
        self._client = client
        self._keys = keys
        self._generation = generation
        self._script = script(client, "count_terms")

    def count(self, batch: Sequence[Terms]) -> list[Frequencies]:
        """Count and return frequencies; see ``TermFrequencies.count``."""
        if not batch:
            return []

        def count_all(pipe: Pipeline) -> None:
            for each in batch:
                keys = [
                    self._keys.terms_counted(each.language, each.version),
                    self._keys.terms(each.language, "present"),
                    self._keys.terms(each.language, "former"),
                ]
                seconds = int(REMEMBERED.total_seconds())
                slots = [ARTICLES, *map(_counter, each.terms)]
                call(pipe, self._script, keys, [int(each.new), seconds, self._generation, *slots])

        with transient_errors():
            counted = send(self._client, [self._script], count_all)
        return [Frequencies(articles, tuple(counts)) for articles, *counts in counted]


def _counter(term: str) -> int:
    return 1 + xxhash.xxh3_64_intdigest(term.encode()) % (COUNTERS - 1)
