"""``python -m benchmarks.dedup_scale [--articles 1000000] [--seed 7] [--json]``.

Grows the index of near-duplicates on a server of its own and prints, at 10 thousand, 100 thousand, 1 million articles…,
what the last five thousand of them cost: processor time of this process and of the server, time on the clock, server
bytes an article and candidates compared. The articles are made up: words and stock phrases with Zipf's frequencies, one
in twenty an edited copy of an earlier one, spread over a window of article time. A million take half an hour on two
idle cores.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from benchmarks.own_server import own_server, used_memory
from copytaster.dedup.relations import COPIES, judge
from copytaster.dedup.signature import sign
from copytaster.model.article import ArticleId
from copytaster.settings import Settings
from copytaster.store.keys import Keys
from copytaster.store.redis.near_index import RedisNearIndex

VOCABULARY, PHRASES = 100_000, 30_000
PHRASE_SHARE = 0.15
"""Of the words' places, those at which a stock phrase begins; phrases are what makes real texts share word runs."""

WORDS = 250
"""The median length; lengths are log-normal, as those of wire copy."""

SPREAD = 0.6
COPIES_EVERY = 20
RECENT = 2_000
FILLERS = 4
MEASURED = 5_000
"""Articles that are timed at each size, one by one."""

HEAD = "  articles  client µs  server µs  clock µs   bytes  candidates  copies"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Point:
    """What an article cost when the index had so many; times in microseconds."""

    articles: int
    client_cpu: float
    server_cpu: float
    clock: float
    bytes: float
    candidates: float
    copies: float


class Newsroom:
    """Makes up articles."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._words = [f"{'aeiou'[n % 5]}{n:x}{'lnrst'[n % 5]}" for n in range(VOCABULARY)]
        self._frequencies = _zipf(VOCABULARY)
        self._phrase_frequencies = _zipf(PHRASES)
        lengths = self._chance.integers(3, 8, PHRASES)
        self._phrases = [" ".join(self._draw(int(length))) for length in lengths]
        self._recent: list[str] = []

    def articles(self) -> Iterator[str]:
        """Yield texts for ever."""
        number = 0
        while True:
            number += 1
            copied = self._recent and number % COPIES_EVERY == 0
            text = self._edited() if copied else self._text()
            if len(self._recent) < RECENT:
                self._recent.append(text)
            else:
                self._recent[number % RECENT] = text
            yield text

    def _text(self) -> str:
        length = max(20, int(self._chance.lognormal(np.log(WORDS), SPREAD)))
        words = self._draw(int(length * (1 - PHRASE_SHARE)))
        many = int(length * PHRASE_SHARE / 5)
        at = self._chance.integers(0, len(words), many).tolist()
        for place, phrase in zip(at, self._pick(self._phrase_frequencies, many), strict=True):
            words[place] = self._phrases[phrase]
        return " ".join(words)

    def _edited(self) -> str:
        words = self._recent[int(self._chance.integers(len(self._recent)))].split(" ")
        kept = self._chance.random(len(words)) > 0.03
        return " ".join(word for word, keep in zip(words, kept.tolist(), strict=True) if keep)

    def _draw(self, count: int) -> list[str]:
        return [self._words[number] for number in self._pick(self._frequencies, count)]

    def _pick(self, frequencies: NDArray[np.float64], count: int) -> list[int]:
        found: list[int] = frequencies.searchsorted(self._chance.random(count)).tolist()
        return found


def _zipf(count: int) -> NDArray[np.float64]:
    """Return the running sums of 1/rank, scaled to one."""
    sums = np.cumsum(1 / np.arange(1, count + 1))
    scaled: NDArray[np.float64] = sums / sums[-1]
    return scaled


@dataclass(frozen=True, slots=True)
class Given:
    """An article to be placed."""

    number: int
    text: str
    at: datetime


def grow(client: Redis, sizes: list[int], seed: int) -> Iterator[Point]:
    """Yield a point each time the index has reached a size."""
    window = timedelta(days=Settings.model_fields["near_days"].default)
    index = RedisNearIndex(client, Keys(prefix="benchmark"), window)
    texts, empty, done = Newsroom(seed).articles(), used_memory(client), 0
    for size in sizes:
        begin = size - min(MEASURED, size // 2)
        step = window / sizes[-1]
        _fill(index, (Given(number, next(texts), START + number * step) for number in range(done, begin)))
        given = [Given(number, next(texts), START + number * step) for number in range(begin, size)]
        yield _measured(client, index, given, empty)
        done = size


def _fill(index: RedisNearIndex, given: Iterator[Given]) -> None:
    """Place articles from several threads at once: faster than one by one, and not timed."""
    with ThreadPoolExecutor(FILLERS) as threads:
        while batch := list(islice(given, 1000)):
            list(threads.map(lambda each: _place(index, each), batch))


def _place(index: RedisNearIndex, given: Given) -> tuple[int, bool]:
    """Return how many candidates an article had, and whether it is a copy of one."""
    signature = sign("", given.text)
    found = index.add_and_find(ArticleId(f"a{given.number}"), signature, at=given.at)
    relations = judge(found, signature, threshold=float(Settings.model_fields["near_threshold"].default))
    return len(found), any(each.kind in COPIES for each in relations)


def _measured(client: Redis, index: RedisNearIndex, given: list[Given], empty: int) -> Point:
    server, cpu, clock = _server_seconds(client), time.process_time(), time.perf_counter()
    results = [_place(index, each) for each in given]
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    server = _server_seconds(client) - server
    size, each = given[-1].number + 1, 1e6 / len(given)
    return Point(
        articles=size,
        client_cpu=cpu * each,
        server_cpu=server * each,
        clock=clock * each,
        bytes=(used_memory(client) - empty) / size,
        candidates=sum(found for found, _ in results) / len(given),
        copies=sum(copy for _, copy in results) / len(given),
    )


def _server_seconds(client: Redis) -> float:
    found = client.info("cpu")
    return float(found["used_cpu_sys"]) + float(found["used_cpu_user"])


def main(arguments: list[str]) -> int:
    """Print the growth curve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dedup_scale", description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000, help="the largest size (default a million)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    sizes = [size for size in (10_000 * 10**power for power in range(9)) if size < asked.articles] + [asked.articles]
    points = []
    if not asked.json:
        print(HEAD)
    with own_server() as client:
        for point in grow(client, sizes, asked.seed):
            points.append(point)
            if not asked.json:
                print(_row(point), flush=True)
    if asked.json:
        print(json.dumps({"seed": asked.seed, "points": [asdict(each) for each in points]}, indent=2))
    return 0


def _row(point: Point) -> str:
    return (
        f"{point.articles:>10}{point.client_cpu:>11.0f}{point.server_cpu:>11.0f}{point.clock:>10.0f}"
        f"{point.bytes:>8.0f}{point.candidates:>12.2f}{point.copies:>8.3f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
