"""``python -m benchmarks.percolation --data FILE.jsonl[.gz] [--searches 10000] [--articles 1500] [--json]``.

Compares articles with standing searches as the watcher does. Each line of the file is an article with ``text``, and
``title`` or its first line. The searches are generated from the words of every second article, in many shapes; the
other articles are compared with all of them. ``--compared`` articles are also compared with each search on its own:
both ways must find the same, otherwise the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.own_server import own_server
from benchmarks.tagging import RECEIVED, load
from copytaster.bootstrap.store import redis_store
from copytaster.clock import SystemClock
from copytaster.model.article import Article, Entity, EntityType, Keyword, Topic
from copytaster.model.batches import batched
from copytaster.model.standing_search import SearchId, StandingSearch
from copytaster.search.document import SearchDocument, document_of
from copytaster.search.matching import matches
from copytaster.search.query import Field
from copytaster.search.syntax import QuerySyntaxError
from copytaster.searches.current import CurrentSearches
from copytaster.searches.query import query_of

SOURCES, TOPICS = 20, 17
"""Different sources and topics of the articles."""

SHORTEST = 4
"""Letters of the words that people search for; articles and prepositions are shorter."""

ON_SINCE = RECEIVED - timedelta(days=1)

DRAWN = 12
"""Words that are drawn for each search; shapes take those that they need."""


def main() -> None:
    """Measure, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="JSON Lines of articles, optionally gzipped")
    options.add_argument("--searches", type=int, default=10_000, help="number of standing searches")
    options.add_argument("--articles", type=int, default=1_500, help="number of articles, half of them for words")
    options.add_argument("--compared", type=int, default=50, help="articles that are compared with each search")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = options.parse_args()
    figures = measure(arguments)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")
    sys.exit(1 if figures["differences"] else 0)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures."""
    chance = random.Random(options.seed)
    articles = [_labelled(number, each) for number, each in enumerate(load(options.data, options.articles))]
    words_of, compared = articles[::2], articles[1::2]
    searches = _generate(words_of, options.searches, chance)
    current, loading = _load(searches)
    times = [_time(current, each) for each in compared]
    found = [len(each.found) for each in times]
    return {
        "searches": len(searches),
        "articles": len(compared),
        **loading,
        "hits_per_article": round(statistics.fmean(found), 1),
        "articles_without_hits": found.count(0),
        **_spread("match_ms", [each.match for each in times]),
        **_spread("match_cpu_ms", [each.match_cpu for each in times]),
        **_spread("document_ms", [each.document for each in times]),
        **_compare(searches, times[: options.compared]),
    }


@dataclass(frozen=True, slots=True)
class _Timed:
    """An article's document, the searches that it meets, and what both took, in milliseconds."""

    made: SearchDocument
    found: list[SearchId]
    document: float
    match: float
    match_cpu: float


def _time(current: CurrentSearches, article: Article) -> _Timed:
    begun = time.perf_counter()
    made = document_of(article, now=RECEIVED)
    middle, cpu = time.perf_counter(), time.thread_time()
    found = current.met_by(made, at=RECEIVED)
    ended, cpu_ended = time.perf_counter(), time.thread_time()
    return _Timed(
        made,
        [each.id for each in found],
        (middle - begun) * 1_000,
        (ended - middle) * 1_000,
        (cpu_ended - cpu) * 1_000,
    )


def _load(searches: Sequence[StandingSearch]) -> tuple[CurrentSearches, dict[str, float]]:
    """Read the searches from a server, as a process that starts does."""
    with own_server() as client:
        stored = redis_store(client, clock=SystemClock(), window=timedelta(days=1)).searches
        for part in batched(searches, 500):
            stored.write(part)
        stored.begin_generation()
        begun = time.perf_counter()
        current = CurrentSearches(stored)
        current.refresh()
        seconds = time.perf_counter() - begun
        tracemalloc.start()
        measured = CurrentSearches(stored)
        measured.refresh()
        memory = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    return current, {"loading_seconds": round(seconds, 2), "bytes_per_search": round(memory / len(searches))}


def _compare(searches: Sequence[StandingSearch], times: Sequence[_Timed]) -> dict[str, Any]:
    """Compare the articles with each search, and return what that takes, and how often the result is another one."""
    queries = [(each.id, query_of(each)) for each in searches]
    differences, spent = 0, list[float]()
    for each in times:
        begun = time.perf_counter()
        expected = sorted(name for name, query in queries if matches(each.made, query))
        spent.append((time.perf_counter() - begun) * 1_000)
        differences += expected != each.found
    one_by_one, here = statistics.fmean(spent), statistics.fmean(each.match for each in times)
    return {
        "compared_one_by_one": len(times),
        "differences": differences,
        "one_by_one_ms": round(one_by_one, 1),
        "times_as_fast": round(one_by_one / here),
    }


def _labelled(number: int, article: Article) -> Article:
    """Return the article with labels as the tag stage sets them."""
    words = [each for each in article.title.split() if each.isalpha()]
    return article.model_copy(
        update={
            "source": f"source {number % SOURCES}",
            "language": "en",
            "topics": (Topic(code=f"{number % TOPICS:08}", name=f"topic {number % TOPICS}", score=1, why="benchmark"),),
            "entities": tuple(
                Entity(name=each, type=EntityType.ORGANISATION, count=1, spans=()) for each in words if each.istitle()
            ),
            "keywords": tuple(Keyword(term=each.lower(), score=1) for each in words if len(each) >= SHORTEST),
        }
    )


def _generate(articles: Sequence[Article], count: int, chance: random.Random) -> list[StandingSearch]:
    documents = [document_of(each, now=RECEIVED) for each in articles]
    searches: list[StandingSearch] = []
    while len(searches) < count:
        shape = chance.choice(SHAPES)
        with suppress(QuerySyntaxError, IndexError):
            fields = shape(_Words(chance.choice(documents), chance))
            number = len(searches)
            search = StandingSearch(
                id=SearchId(f"q{number:018x}"),
                name=f"search {number}",
                created_at=ON_SINCE,
                by="benchmark",
                on_since=ON_SINCE,
                **fields,
            )
            query_of(search)
            searches.append(search)
    return searches


class _Words:
    """Words of one article that a search is made of."""

    def __init__(self, document: SearchDocument, chance: random.Random) -> None:
        self.chance = chance
        self.text = document.words[Field.TEXT]
        self.title = [each for each in document.words[Field.TITLE] if len(each) >= SHORTEST]
        drawn = [chance.choice(self.text) for _ in range(DRAWN)]
        self.long = [each for each in drawn if len(each) >= SHORTEST]

    def some(self, number: int) -> str:
        """Return words from anywhere in the text."""
        return " ".join([self.long.pop() for _ in range(number)])

    def following(self, number: int) -> str:
        """Return words that follow each other."""
        start = self.chance.randrange(len(self.text) - number)
        return " ".join(self.text[start : start + number])


SHAPES: tuple[Callable[[_Words], dict[str, str]], ...] = (
    lambda words: {"q": words.some(1)},
    lambda words: {"q": words.some(2)},
    lambda words: {"q": words.some(3)},
    lambda words: {"q": f'"{words.following(2)}"'},
    lambda words: {"q": f'"{words.following(4)}"'},
    lambda words: {"q": f'"{words.following(2)}"* {words.some(1)}'},
    lambda words: {"q": f"{words.some(1)} -{words.some(1)}"},
    lambda words: {"q": f'{words.some(1)} -"{words.following(2)}" -{words.some(1)[:5]}*'},
    lambda words: {"q": f"{words.some(1)[:4]}* {words.some(1)}"},
    lambda words: {"q": f"{words.some(1)[:6]}*"},
    lambda words: {"q": f"title:{words.title[0]}"},
    lambda words: {"q": f'text:"{words.following(3)}" {words.some(1)}'},
    lambda words: {"q": words.some(1), "source": f"source {words.chance.randrange(SOURCES)}"},
    lambda words: {"q": words.some(2), "topic": f"topic {words.chance.randrange(TOPICS)}", "language": "en"},
    lambda words: {"q": f"{words.some(2)} source:source-{words.chance.randrange(SOURCES)}"},
    lambda words: {"entity": words.title[0].title(), "language": "en"},
    lambda words: {"keyword": words.title[-1]},
    lambda words: {"q": f"names:{words.title[0]} -{words.some(1)}"},
)
"""The shapes of searches: words, phrases, beginnings, fields, excluded terms and filters."""


def _spread(name: str, times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        f"{name}_{label}": round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)
        for label, share in shares.items()
    }


if __name__ == "__main__":
    main()
