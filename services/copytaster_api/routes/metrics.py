"""The route of the Prometheus metrics."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from copytaster.model.access import Scope
from copytaster_api.access_rules import needs
from copytaster_api.dependencies import Dependencies
from copytaster_api.metrics_collector import StatusCollector

router = APIRouter(tags=["health"], dependencies=[needs(Scope.READ)])


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(deps: Dependencies) -> Response:
    """Return the metrics of this process and of the whole system in the Prometheus text format.

    Those of the system are read at the time of the request. While the Redis server does not answer,
    `copytaster_store_up` is 0 and the other metrics of the system are absent.
    """
    text = generate_latest(deps.registry) + generate_latest(StatusCollector(deps))
    return Response(text, media_type=CONTENT_TYPE_LATEST)
