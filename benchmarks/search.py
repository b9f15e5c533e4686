"""``python -m benchmarks.search [--articles 20000] [--queries 200] [--json]``: building the search index, and queries.

Stores generated articles on a server of its own, builds the index as the status API does, and asks one query after
another: the index alone, the search with its look into the store, and the status API over HTTP. The words of queries
are drawn from the texts, so that frequent words are drawn often.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from redis import Redis

from benchmarks.own_server import own_server
from benchmarks.pipeline.articles import SOURCES, make_story
from benchmarks.pipeline.stories import Story
from benchmarks.running_api import running_api
from copytaster.bootstrap.store import redis_store
from copytaster.clock import SystemClock
from copytaster.logging import log_to_stderr
from copytaster.model.article import Article, ArticleId, Entity, EntityType, Keyword, Provenance
from copytaster.model.delivery import new_delivery_id
from copytaster.search.index import IndexRequest, SearchIndex
from copytaster.search.index_folder import FolderIndex, IndexFolder
from copytaster.search.projection import Projection
from copytaster.search.query import Order
from copytaster.search.search import Search
from copytaster.search.syntax import parse_query
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster_cli.processes.embedded_server import HOST

LIMIT = 50
"""Articles of a page: the default of the status API."""

INTERVAL = timedelta(seconds=20)
"""Between two articles: 4,300 a day, so that 100,000 are three weeks."""

SAMPLES = 200
"""Stories from whose words queries are made."""

FROM_BENCHMARK = Provenance(from_="benchmark", confidence=1.0)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=200, help="of each kind and order")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    log_to_stderr()
    with own_server() as client, tempfile.TemporaryDirectory(prefix="copytaster-benchmark-") as folder:
        found = _measure(client, Path(folder), options)
    if options.json:
        print(json.dumps(found))
    else:
        _print(found)


def _measure(client: Redis, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    store = redis_store(client, clock=SystemClock(), window=timedelta(days=30))
    stories = _store_articles(store, options.articles, options.seed)
    built = _build(folder, store, options.articles)
    queries = _queries(stories, options.queries, random.Random(options.seed))
    figures: dict[str, Any] = {}
    with closing(FolderIndex(folder)) as index, running_api(client, folder) as api:
        connection = HTTPConnection(HOST, api.port, timeout=30)
        askers = {
            "index": lambda text, order: _ask_index(index, text, order),
            "search": lambda text, order: _ask_search(Search(index, store), text, order),
            "http": lambda text, order: _ask_api(connection, text, order),
        }
        for order in Order:
            for kind, texts in queries.items():
                name = f"{kind}, {order.value}"
                figures[name] = {how: _times(texts, order, ask) for how, ask in askers.items()}
    return {"articles": options.articles, "queries": options.queries, "limit": LIMIT, **built, "milliseconds": figures}


def _store_articles(store: Store, count: int, seed: int) -> list[Story]:
    """Store generated articles, and return some of their stories."""
    chance = random.Random(f"{seed} stories")
    first = datetime.now(UTC) - count * INTERVAL
    kept: list[Story] = []
    for number in range(count):
        at = first + number * INTERVAL
        story = make_story("news", number, at, chance)
        store.articles.create(_article(story, chance), owner=new_delivery_id(at))
        if number % max(count // SAMPLES, 1) == 0:
            kept.append(story)
    return kept


def _article(story: Story, chance: random.Random) -> Article:
    text = "\n\n".join(story.sentences)
    names = [(story.reporter, EntityType.PERSON), (story.editor, EntityType.PERSON), (story.place, EntityType.PLACE)]
    return Article(
        id=ArticleId(f"a{story.number:020x}"),
        version=1,
        title=story.title,
        text=text,
        byline=f"By {story.reporter}",
        source=chance.choice(SOURCES),
        language="en",
        published_at=story.at,
        received_at=story.at,
        word_count=len(text.split()),
        format="text",
        entities=tuple(Entity(name=name, type=type_, count=1, spans=()) for name, type_ in names),
        keywords=tuple(Keyword(term=each, score=1.0) for each in story.title.split()[:5]),
        topics=(),
        provenance={"title": FROM_BENCHMARK},
        sha256=f"{story.number:064x}",
    )


def _build(folder: Path, store: Store, count: int) -> dict[str, float]:
    projection = Projection(IndexFolder(folder), store, SystemClock())
    cpu, clock = time.process_time(), time.perf_counter()
    with closing(projection):
        while projection.step():
            pass
    file = IndexFolder(folder).current()
    if file is None:
        raise SystemExit("no index was built")
    size = sum(each.stat().st_size for each in file.parent.iterdir())
    return {
        "build_cpu_seconds": round(time.process_time() - cpu, 2),
        "build_seconds": round(time.perf_counter() - clock, 2),
        "bytes_per_article": round(size / count),
    }


def _queries(stories: list[Story], count: int, chance: random.Random) -> dict[str, list[str]]:
    def words() -> list[str]:
        text = chance.choice(chance.choice(stories).sentences)
        return [word for part in text.split() if (word := part.strip(".,\N{LEFT DOUBLE QUOTATION MARK}")).isalpha()]

    def some(number: int) -> list[str]:
        found: list[str] = []
        while len(found) < number:
            found = words()
        start = chance.randrange(len(found) - number + 1)
        return found[start : start + number]

    kinds: dict[str, Callable[[], str]] = {
        "one word": lambda: some(1)[0],
        "two words": lambda: f"{some(1)[0]} {some(1)[0]}",
        "phrase": lambda: f'"{" ".join(some(3))}"',
        "prefix": lambda: f"{some(1)[0][: chance.randint(3, 5)].ljust(2, 'a')}*",
        "field": lambda: f"title:{chance.choice(chance.choice(stories).title.split()).strip(':')} source:kestrel",
        "excluded": lambda: f"{some(1)[0]} -{some(1)[0]}",
    }
    return {kind: [make() for _ in range(count)] for kind, make in kinds.items()}


def _ask_index(index: SearchIndex, text: str, order: Order) -> None:
    index.find(IndexRequest(parse_query(text), LIMIT + 1, order))


def _ask_search(search: Search, text: str, order: Order) -> None:
    search.find(text, ArticleQuery(limit=LIMIT), order=order, now=SystemClock().now())


def _ask_api(connection: HTTPConnection, text: str, order: Order) -> None:
    connection.request("GET", "/api/v1/articles?" + urlencode({"q": text, "sort": order.value, "limit": LIMIT}))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()  # the API closes connections that rest for some seconds
    if answer.status != 200:
        raise SystemExit(f"{text!r} was answered by {answer.status}: {content.decode()}")


def _times(texts: list[str], order: Order, ask: Callable[[str, Order], None]) -> dict[str, float]:
    """Return quantiles in milliseconds; each query is asked once before, as a busy system's files are in memory."""
    found = []
    for text in texts:
        ask(text, order)
        begin = time.perf_counter()
        ask(text, order)
        found.append((time.perf_counter() - begin) * 1000)
    hundredths = statistics.quantiles(found, n=100, method="inclusive")
    return {"p50": round(hundredths[49], 2), "p95": round(hundredths[94], 2), "max": round(max(found), 2)}


def _print(found: dict[str, Any]) -> None:
    print(f"{found['articles']} articles, {found['bytes_per_article']} bytes each in the index")
    print(f"built in {found['build_cpu_seconds']} s of CPU time, {found['build_seconds']} s on the clock\n")
    print(
        f"{'milliseconds':24} "
        + " ".join(f"{how + ' ' + q:>12}" for how in ("index", "search", "http") for q in ("p50", "p95"))
    )
    for name, figures in found["milliseconds"].items():
        row = " ".join(f"{figures[how][q]:12.2f}" for how in ("index", "search", "http") for q in ("p50", "p95"))
        print(f"{name:24} {row}")


if __name__ == "__main__":
    main()
