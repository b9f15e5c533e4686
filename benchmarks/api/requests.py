"""Requests to the status API, and the clients that send them: processes of their own, on the same machine."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlencode

from copytaster.model.article import Article
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster_cli.processes.embedded_server import HOST

READY_SECONDS = 0.1
"""Interval of the requests for ``/readyz``."""


@dataclass(slots=True)
class Answers:
    """Milliseconds and body bytes of answers, how many were refusals because the API was too busy, and ``/readyz``.

    ``ready`` are the milliseconds of the answers by ``/readyz`` meanwhile. Refusals count with the other answers.
    ``seconds`` is the processor time of the clients.
    """

    milliseconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0


def requests_by_kind(store: Store, chance: random.Random, count: int) -> dict[str, list[str]]:
    """Return the requests by kind; what they filter by is drawn from the newest articles, so that all find some."""
    known = _some_articles(store)

    def listed(**of: Any) -> str:
        return "/api/v1/articles?" + urlencode({name: value(chance.choice(known)) for name, value in of.items()})

    copied = max(known, key=lambda each: len(each.duplicates)).id
    kinds: dict[str, Callable[[], str]] = {
        "newest articles": lambda: "/api/v1/articles",
        "articles of a source": lambda: listed(source=lambda each: each.source),
        "articles with a topic": lambda: listed(topic=lambda each: each.topics[0].code),
        "articles with a keyword": lambda: listed(keyword=lambda each: each.keywords[0].term),
        "articles published since": lambda: listed(published_from=lambda each: each.received_at.isoformat()),
        "an article": lambda: f"/api/v1/articles/{chance.choice(known).id}",
        "the article with copies": lambda: f"/api/v1/articles/{copied}",
        "its copies": lambda: f"/api/v1/articles/{copied}/duplicates",
        "its versions": lambda: f"/api/v1/articles/{copied}/versions",
        "search by a word": lambda: listed(q=lambda each: chance.choice(_words(each))),
        "search by two words": lambda: listed(q=lambda each: " ".join(chance.sample(_words(each), 2))),
        "newest deliveries": lambda: "/api/v1/deliveries",
        "newest stories": lambda: "/api/v1/stories",
        "sources": lambda: "/api/v1/sources",
        "status": lambda: "/api/v1/status",
    }
    return {kind: [make() for _ in range(count)] for kind, make in kinds.items()}


def _some_articles(store: Store) -> list[Article]:
    """Return the newest page of articles, and the one that has copies: the oldest of all."""
    newest = store.articles.find(ArticleQuery(limit=200)).articles
    _, ids = store.articles.ids(0)
    oldest = [each for each in store.articles.get_many(ids[:200]) if each.duplicates]
    return [each for each in (*newest, *oldest) if each.topics and each.keywords and len(_words(each)) > 1]


def _words(article: Article) -> list[str]:
    return [word for word in article.title.split() if word.isalpha()]


def request_all(port: int, paths: Sequence[str], clients: int) -> Answers:
    """Make all requests in a process of its own, whose work does not disturb the measurement."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run_clients, port, list(paths), clients).result()


def _run_clients(port: int, paths: Sequence[str], clients: int) -> Answers:
    return asyncio.run(_clients(port, iter(paths), clients))


async def _clients(port: int, paths: Iterator[str], clients: int) -> Answers:
    answers, began = Answers(), time.process_time()
    ready = asyncio.create_task(_readiness(port, answers))
    await asyncio.gather(*(_client(port, paths, answers) for _ in range(clients)))
    while not answers.ready:  # noqa: ASYNC110  # there are few requests
        await asyncio.sleep(READY_SECONDS)
    ready.cancel()
    answers.seconds = time.process_time() - began
    return answers


async def _client(port: int, paths: Iterator[str], answers: Answers) -> None:
    """Take one path after another; the paths are shared by all clients."""
    reader, writer = await asyncio.open_connection(HOST, port)
    with closing(writer):
        for path in paths:
            begin = time.perf_counter()
            status, size = await _request(reader, writer, path)
            answers.milliseconds.append((time.perf_counter() - begin) * 1000)
            answers.sizes.append(size)
            answers.refused += status == HTTPStatus.SERVICE_UNAVAILABLE


async def _readiness(port: int, answers: Answers) -> None:
    while True:
        reader, writer = await asyncio.open_connection(HOST, port)
        with closing(writer):
            begin = time.perf_counter()
            await _request(reader, writer, "/readyz")  # 503, since no worker runs
            answers.ready.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(READY_SECONDS)


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, int]:
    """Send a request, read the whole answer, and return its status and the length of its body."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    (length,) = (line.partition(":")[2] for line in head.splitlines() if line.lower().startswith("content-length:"))
    body = await reader.readexactly(int(length))
    status = int(head.split(" ", 2)[1])
    if status not in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise SystemExit(f"{path} was answered by {head.splitlines()[0]}: {body.decode()}")
    return status, len(body)
