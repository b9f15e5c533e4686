"""A client of the HTTP API for scripts and programs, blocking (``Client``) and for asyncio (``AsyncClient``).

The only place that speaks HTTP to the API: commands with ``--url`` use it as well. Documents are those of the core, so
that a program sees what the API's own code sees; fields that a newer server adds are ignored.

    from copytaster.client import Client

    with Client("http://127.0.0.1:8000") as client:
        delivery = client.upload("story.html", source="desk")
        for article in client.articles(topic="economy", published_from="2026-11-01"):
            print(article.title)
        for event in client.events(types=["article.stored"]):
            print(client.article(event.data["article_id"]).text)
"""

from __future__ import annotations

from copytaster.client.blocking import Client
from copytaster.client.concurrent import AsyncClient
from copytaster.client.errors import ApiError, ApiUnreachableError, NotFoundError
from copytaster.client.filters import ArticleFilters, DeliveryFilters, FailedFilters, StoryFilters
from copytaster.client.retries import Retries

__all__ = [
    "ApiError",
    "ApiUnreachableError",
    "ArticleFilters",
    "AsyncClient",
    "Client",
    "DeliveryFilters",
    "FailedFilters",
    "NotFoundError",
    "Retries",
    "StoryFilters",
]
