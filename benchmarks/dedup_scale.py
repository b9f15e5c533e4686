"""``python -m benchmarks.dedup_scale [--articles 1000000] [--seed 7] [--json]``.

Grows the index of near-duplicates on a temporary server and prints, at 10 thousand, 100 thousand, 1 million articles…,
the cost of the last five thousand of them: processor time of this process and of the server, wall-clock time, server
bytes per article and candidates compared. Articles are generated: words and stock phrases with Zipf's frequencies, one
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
from copytaster.dedup.signing import sign
from copytaster.model.article import ArticleId
from copytaster.settings import Settings
from copytaster.store.keys import Keys
from copytaster.store.redis.near_index import RedisNearIndex

VOCABULARY, PHRASES = 100_000, 30_000
PHRASE_SHARE = 0.15
"""Share of the word positions at which a stock phrase begins; phrases cause the shared word runs of real texts."""

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
    """The cost of an article with ``articles`` in the index; times in microseconds."""

    articles: int
    client_cpu: float
    server_cpu: float
    clock: float
    bytes: float
    candidates: float
    copies: float


class Newsroom:
    """Generates articles."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._words = [f"{'aeiou'[n % 5]}{n:x}{'lnrst'[n % 5]}" for n in range(VOCABULARY)]
        self._frequencies = _zipf(VOCABULARY)
        self._phrase_frequencies = _zipf(PHRASES)
        lengths = self._random.integers(3, 8, PHRASES)
        self._phrases = [" ".join(self._draw(int(length))) for length in lengths]
        self._recent: list[str] = []

    def articles(self) -> Iterator[str]:
        """Yield texts without end."""
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
        length = max(20, int(self._random.lognormal(np.log(WORDS), SPREAD)))
        words = self._draw(int(length * (1 - PHRASE_SHARE)))
        many = int(length * PHRASE_SHARE / 5)
        at = self._random.integers(0, len(words), many).tolist()
        for place, phrase in zip(at, self._pick(self._phrase_frequencies, many), strict=True):
            words[place] = self._phrases[phrase]
        return " ".join(words)

    def _edited(self) -> str:
        words = self._recent[int(self._random.integers(len(self._recent)))].split(" ")
        kept = self._random.random(len(words)) > 0.03
        return " ".join(word for word, keep in zip(words, kept.tolist(), strict=True) if keep)

    def _draw(self, count: int) -> list[str]:
        return [self._words[number] for number in self._pick(self._frequencies, count)]

    def _pick(self, frequencies: NDArray[np.float64], count: int) -> list[int]:
        found: list[int] = frequencies.searchsorted(self._random.random(count)).tolist()
        return found


def _zipf(count: int) -> NDArray[np.float64]:
    """Return the running sums of 1/rank, scaled to one."""
    sums = np.cumsum(1 / np.arange(1, count + 1))
    scaled: NDArray[np.float64] = sums / sums[-1]
    return scaled


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article to be added to the index."""

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
        _fill(index, (NewArticle(number, next(texts), START + number * step) for number in range(done, begin)))
        articles = [NewArticle(number, next(texts), START + number * step) for number in range(begin, size)]
        yield _measured(client, index, articles, empty)
        done = size


def _fill(index: RedisNearIndex, articles: Iterator[NewArticle]) -> None:
    """Add articles from several threads at once: faster than one by one, and not timed."""
    with ThreadPoolExecutor(FILLERS) as threads:
        while batch := list(islice(articles, 1000)):
            list(threads.map(lambda each: _place(index, each), batch))


def _place(index: RedisNearIndex, article: NewArticle) -> tuple[int, bool]:
    """Return how many candidates an article had, and whether it is a copy of one."""
    signature = sign("", article.text)
    found = index.add_and_find(ArticleId(f"a{article.number}"), signature, at=article.at)
    relations = judge(found, signature, threshold=float(Settings.model_fields["near_threshold"].default))
    return len(found), any(each.kind in COPIES for each in relations)


def _measured(client: Redis, index: RedisNearIndex, articles: list[NewArticle], empty: int) -> Point:
    server, cpu, clock = _server_seconds(client), time.process_time(), time.perf_counter()
    results = [_place(index, each) for each in articles]
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    server = _server_seconds(client) - server
    size, each = articles[-1].number + 1, 1e6 / len(articles)
    return Point(
        articles=size,
        client_cpu=cpu * each,
        server_cpu=server * each,
        clock=clock * each,
        bytes=(used_memory(client) - empty) / size,
        candidates=sum(found for found, _ in results) / len(articles),
        copies=sum(copy for _, copy in results) / len(articles),
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
    options = parser.parse_args(arguments)
    sizes = [size for size in (10_000 * 10**power for power in range(9)) if size < options.articles] + [
        options.articles
    ]
    points = []
    if not options.json:
        print(HEAD)
    with own_server() as client:
        for point in grow(client, sizes, options.seed):
            points.append(point)
            if not options.json:
                print(_row(point), flush=True)
    if options.json:
        print(json.dumps({"seed": options.seed, "points": [asdict(each) for each in points]}, indent=2))
    return 0


def _row(point: Point) -> str:
    return (
        f"{point.articles:>10}{point.client_cpu:>11.0f}{point.server_cpu:>11.0f}{point.clock:>10.0f}"
        f"{point.bytes:>8.0f}{point.candidates:>12.2f}{point.copies:>8.3f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
