"""A reading process of the API: answers requests that only read, for the main process, until that ends.

It has the application with all routes, but neither keys nor connections to clients: the main process has admitted each
request that arrives here.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.process import BaseProcess

import anyio.to_thread
import structlog
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message

from copytaster.access.caller import UNKEYED
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.search import open_search
from copytaster.bootstrap.store import open_store
from copytaster.clock import Deadline, SystemClock, present_deadline
from copytaster.logging import configure_logs
from copytaster.settings import Settings
from copytaster.system.garbage_collection import collect_rarely
from copytaster_api.app import create_reading_app
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.reading_messages import (
    AT_ONCE,
    BUFFER,
    Answer,
    Transfer,
    end,
    pack,
    pack_answer,
    pack_failure,
    read_frame,
    transfer_of,
)
from copytaster_api.request_ids import HEADER
from copytaster_broker.queues import open_queues

log = structlog.get_logger(__name__)


def start_process(connection: socket.socket) -> BaseProcess:
    """Start a process that answers what arrives at the other end of the connection.

    It is a fork of a server process that has imported the application, and shares that memory.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["copytaster_api.reading_process"])
    process = context.Process(target=run, args=(connection,), name="copytaster-api-reading", daemon=True)
    process.start()
    return process


def run(connection: socket.socket) -> None:
    """Answer requests from the connection until it ends; the settings are those of the environment."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the main process ends this one
    settings = load_settings(os.environ)
    configure_logs(settings, part="api")
    asyncio.run(answer_all(connection, lambda: create_reading_app(_dependencies(settings))))


def _dependencies(settings: Settings) -> ApiDependencies:
    clock = SystemClock()
    store = open_store(settings, clock=clock, part="api", reader=True)
    return ApiDependencies(
        store=store,
        queues=open_queues(settings, reader=True),
        clock=clock,
        registry=CollectorRegistry(),
        search=open_search(settings, store),
        story_links=settings.story_links,
    )


async def answer_all(connection: socket.socket, create: Callable[[], ASGIApp]) -> None:
    """Answer the requests that arrive, each in a task of its own, until the other side ends."""
    app = create()
    collect_rarely()
    anyio.to_thread.current_default_thread_limiter().total_tokens = AT_ONCE
    reader, writer = await asyncio.open_connection(sock=connection, limit=BUFFER)
    writer.write(pack({"ready": True}))
    tasks = set[asyncio.Task[None]]()
    try:
        while True:
            fields, _ = await read_frame(reader)
            task = asyncio.create_task(_send_answer(app, transfer_of(fields), writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    except (asyncio.IncompleteReadError, ConnectionError):
        return  # the main process has ended
    finally:
        await end(writer)


async def _send_answer(app: ASGIApp, transfer: Transfer, writer: asyncio.StreamWriter) -> None:
    try:
        answer = await _answered(app, transfer)
    # Whoever has asked would wait until the deadline, and then this process would be ended as one that hangs.
    except Exception:
        writer.write(pack_failure(transfer.number))
        log.exception("api.reading_failed", path=transfer.request.path, next="the main process answers")
    else:
        writer.write(pack_answer(transfer.number, answer))


async def _answered(app: ASGIApp, transfer: Transfer) -> Answer:
    request, messages = transfer.request, list[Message]()
    named = [*request.headers, (HEADER.lower(), transfer.request_id)]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode("utf-8", "surrogateescape"),
        "query_string": request.query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named],
        "client": None,
        "server": None,
        "state": {"caller": replace(UNKEYED, sources=request.sources)},
    }

    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)  # ASGI wants a coroutine

    present_deadline.set(Deadline(transfer.seconds))
    await app(scope, receive, send)
    start = messages[0]
    body = b"".join([each.get("body", b"") for each in messages[1:]])
    # The main process adds the id of the request itself.
    headers = [each for each in start["headers"] if each[0].lower() != HEADER.lower().encode()]
    return Answer(start["status"], headers, body)
