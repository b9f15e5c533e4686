"""The figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from copytaster_api.dependencies import Given
from copytaster_api.metrics_collector import StatusCollector

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(deps: Given) -> Response:
    """Return the figures of this process and of the whole system in the Prometheus text format.

    The system's are read at the time of the request. While the Redis server is away, `copytaster_store_up` is 0 and
    the system's other figures are absent.
    """
    figures = generate_latest(deps.registry) + generate_latest(StatusCollector(deps))
    return Response(figures, media_type=CONTENT_TYPE_LATEST)
