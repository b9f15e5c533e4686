"""Every route of the application, with every kind of key: a new route is tested without a new test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.access import Scope
from copytaster.model.work import EmptyQueues
from copytaster_api.access_rules import READING, Sources
from copytaster_api.app import ApiDependencies, create_app
from copytaster_api.route_rules import RouteRule, rules_of

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

REFUSALS = {401, 403, 429}

OPEN = {"/livez", "/readyz", "/docs", "/problems", "/login", "/logout", "/openapi.json", "/asyncapi.json", "/static"}
"""What everybody may use; it has no data of the store, but for the problems of ``/readyz``."""

STREAMS = {"/api/v1/events", "/changes"}
"""Their answers do not end, so that they are requested only where they are refused."""

Answers = dict[str, int]
"""The status of each request, by method and path."""


@cache
def application() -> FastAPI:
    clock = ManualClock()
    return create_app(
        ApiDependencies(store=memory_store(clock), queues=EmptyQueues(), clock=clock, registry=CollectorRegistry())
    )


def requests() -> Iterator[tuple[str, RouteRule]]:
    """Yield each method with each route, without methods that every GET has."""
    for each in rules_of(application().routes):
        for method in sorted((each.methods or {"GET"}) - {"HEAD"}):
            yield method, each


def guarded() -> Iterator[tuple[str, RouteRule]]:
    """Yield each request that needs a key."""
    return ((method, each) for method, each in requests() if each.rule.scope)


def send(client: TestClient, method: str, route: RouteRule, headers: Any = None) -> Any:
    """Send a request with made-up ids, and without a body: what is refused is refused before its body is read."""
    path = route.path.replace("{", "").replace("}", "")
    return client.request(method, path, headers=headers, follow_redirects=False)


def test_every_route_declares_its_scope() -> None:
    forgotten = [f"{method} {route.path}" for method, route in requests() if not route.declared]

    assert forgotten == [], "put `needs(...)` into the dependencies of their router"


def test_nothing_else_is_open_to_everybody() -> None:
    assert {route.path for _, route in requests() if route.rule.scope is None} == OPEN


def test_whatever_changes_something_needs_more_than_reading() -> None:
    changes = [route.rule.needed_for(method) for method, route in guarded() if method not in READING]

    assert changes
    assert Scope.READ not in changes


def test_without_a_key_every_route_answers_401_and_how_to_get_one(keys: Any) -> None:
    client = keys.client()

    for method, route in guarded():
        answer = send(client, method, route)

        assert answer.status_code == 401, f"{method} {route.path}"
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/docs#no-key"
        assert "copytaster keys create" in answer.json()["detail"]


@pytest.mark.parametrize("scope", Scope)
def test_a_key_opens_the_routes_of_its_scope_and_no_others(keys: Any, scope: Scope) -> None:
    client, headers = keys.client(), keys.bearer(scope)

    for method, route in guarded():
        needed = route.rule.needed_for(method)
        assert needed
        if not scope.includes(needed):
            answer = send(client, method, route, headers)

            assert answer.status_code == 403, f"{method} {route.path}"
            assert answer.json()["type"] == "/docs#not-permitted"
            assert f"needs the scope {needed}" in answer.json()["detail"]
        elif route.path not in STREAMS:
            assert send(client, method, route, headers).status_code not in REFUSALS, f"{method} {route.path}"


def test_a_revoked_key_opens_nothing_at_once(keys: Any) -> None:
    client, headers = keys.client(), keys.bearer(Scope.ADMIN)
    assert client.get("/api/v1/status", headers=headers).status_code == 200
    (key,) = keys.keyring.keys.all()

    keys.keyring.revoke(key.id, by="ann")

    assert "was revoked" in client.get("/api/v1/status", headers=headers).json()["detail"]
    assert statuses(client, headers) <= {401, 429}


def test_an_expired_key_opens_nothing(keys: Any, clock: ManualClock) -> None:
    client, headers = keys.client(), keys.bearer(Scope.ADMIN, expires_at=clock.now() + timedelta(days=1))
    assert client.get("/api/v1/status", headers=headers).status_code == 200

    clock.advance(seconds=86_400)

    assert "has expired" in client.get("/api/v1/status", headers=headers).json()["detail"]
    assert statuses(client, headers) <= {401, 429}


@pytest.mark.parametrize("key", ["", "ct_", "ct_" + "A" * 36, "secret", "ct_" + "ü" * 36])
def test_what_is_no_key_opens_nothing(keys: Any, key: str) -> None:
    assert statuses(keys.client(), {"Authorization": f"Bearer {key}".encode()}) <= {401, 429}


def statuses(client: TestClient, headers: Any) -> set[int]:
    return {send(client, method, route, headers).status_code for method, route in guarded()}


def test_a_key_of_a_source_opens_only_what_is_restricted_to_sources(keys: Any) -> None:
    client, headers = keys.client(), keys.bearer(Scope.WRITE, "wire")

    for method, route in guarded():
        if route.path in STREAMS:
            continue
        status = send(client, method, route, headers).status_code
        match route.rule.sources:
            case Sources.REFUSED:
                assert status == 403, f"{method} {route.path}"
            case Sources.ARTICLE | Sources.DELIVERY:
                assert status == 404, f"{method} {route.path}"  # there is none with the made-up id
            case _:
                assert status not in REFUSALS, f"{method} {route.path}"


def test_a_route_that_is_restricted_has_what_it_is_restricted_by() -> None:
    paths = application().openapi()["paths"]

    for method, route in requests():
        match route.rule.sources:
            case Sources.ARTICLE:
                assert "{article_id}" in route.path
            case Sources.DELIVERY:
                assert "{delivery_id}" in route.path
            case Sources.ONE_PARAMETER | Sources.PARAMETERS:
                parameters = paths[route.path][method.lower()]["parameters"]
                (source,) = (each for each in parameters if each["name"] == "source")
                several = source["schema"].get("type") == "array"
                assert several is (route.rule.sources is Sources.PARAMETERS), route.path
            case _:
                pass


def test_a_route_without_a_rule_needs_an_admin(keys: Any) -> None:
    client = keys.client()
    client.app.add_api_route("/forgotten", lambda: {"it": "answers"})

    answers = {scope: client.get("/forgotten", headers=keys.bearer(scope)).status_code for scope in Scope}

    assert answers == {Scope.READ: 403, Scope.WRITE: 403, Scope.ADMIN: 200}
    assert client.get("/forgotten").status_code == 401


def test_an_address_without_a_route_is_unknown_only_to_who_has_a_key(keys: Any) -> None:
    client = keys.client()

    assert client.get("/api/v1/nothing").status_code == 401
    assert client.get("/api/v1/nothing", headers=keys.bearer()).status_code == 404


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_other_methods_do_not_pass_by_the_rules(keys: Any, method: str) -> None:
    assert keys.client().request(method, "/api/v1/articles").status_code == 401


def test_a_page_of_another_site_changes_nothing(keys: Any) -> None:
    client, headers = keys.client(), keys.bearer(Scope.ADMIN) | {"Origin": "https://evil.example"}

    for method, route in requests():
        if method not in READING:
            answer = send(client, method, route, headers)
            assert answer.status_code in {403, 422, 503}, f"{method} {route.path}"


def test_the_openapi_document_says_which_scope_each_operation_needs(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    assert set(document["components"]["securitySchemes"]) == {"key", "session"}
    for method, route in requests():
        operation = document["paths"].get(route.path, {}).get(method.lower())
        if operation is None:
            assert route.path in {"/openapi.json", "/static"}
            continue
        needed = route.rule.needed_for(method)
        assert operation["security"] == ([{"key": [needed]}, {"session": [needed]}] if needed else [])
        assert needed is None or {"401", "403", "429"} <= set(operation["responses"])
