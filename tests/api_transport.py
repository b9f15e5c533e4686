"""An API in this process for commands with ``--url``."""

from __future__ import annotations

import warnings
from typing import Any

import httpx2
from prometheus_client import CollectorRegistry

from copytaster.model.work import EmptyQueues
from copytaster_api.app import ApiDependencies, create_app
from copytaster_cli.memory_dependencies import MemoryDependencies

with warnings.catch_warnings():
    # Starlette wants httpx2 where httpx serves as well.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

URL = "http://127.0.0.1:8000"


def serve_api(made: MemoryDependencies, **services: Any) -> None:
    """Let the commands of these dependencies reach an API over the same store at ``URL``."""
    api = ApiDependencies(
        store=made.store(), queues=EmptyQueues(), clock=made.clock, registry=CollectorRegistry(), **services
    )
    client = TestClient(create_app(api), base_url=URL)

    def answer(request: httpx2.Request) -> httpx2.Response:
        headers, content = dict(request.headers), request.content
        response = client.request(request.method, str(request.url), headers=headers, content=content)
        return httpx2.Response(response.status_code, content=response.content, headers={"Content-Type": "x"})

    made.transport = httpx2.MockTransport(answer)
