"""States in the OpenAPI document which key each route needs."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from copytaster_api.login_cookies import SESSION
from copytaster_api.problems import documented
from copytaster_api.route_rules import RouteRule

SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "ct_…",
        "description": "A key that `copytaster keys create` has made. Not needed as long as there is none.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION,
        "description": "The session of a browser, from `/login`. Changes also need the header `X-CSRF-Token`.",
    },
}

REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


def describe_access(document: dict[str, Any], rules: Iterable[RouteRule]) -> None:
    """Add security schemes, the scope of each operation, and the answers to requests that are not permitted."""
    document["components"]["securitySchemes"] = SCHEMES
    for route in rules:
        for method, operation in document["paths"].get(route.path, {}).items():
            if route.methods and method.upper() in route.methods:
                _describe(operation, route.rule.needed_for(method.upper()))


def _describe(operation: dict[str, Any], scope: str | None) -> None:
    if scope is None:
        operation["security"] = []
        return
    operation["security"] = [{"key": [scope]}, {"session": [scope]}]
    for status in REFUSALS:
        described = {"description": documented(status)[status.value]["description"]}
        schema = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
        operation["responses"].setdefault(str(status.value), {**described, "content": {"application/json": schema}})
