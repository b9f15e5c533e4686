"""Finds the rule of the route that a request leads to, before its body is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from copytaster.model.access import Scope
from copytaster_api.access_rules import READING, UNDECLARED, AccessRule, Sources

OPEN_PATHS: Mapping[str, AccessRule] = {
    "/openapi.json": AccessRule(None, Sources.NOT_SHOWN),
    "/static": AccessRule(None, Sources.NOT_SHOWN),
}
"""Routes that cannot declare a rule, because FastAPI and Starlette make them; they have no data of the store."""

UNKNOWN_PATH = AccessRule(Scope.READ, Sources.NOT_SHOWN)
"""Whoever has no key does not learn which paths there are."""


@dataclass(frozen=True, slots=True)
class RouteRule:
    """A route, and who may use it; ``path`` is its template."""

    path: str
    methods: frozenset[str] | None
    pattern: re.Pattern[str]
    rule: AccessRule
    declared: bool

    def leads(self, method: str, path: str) -> re.Match[str] | None:
        """Return the match of a path if the route is for this method."""
        wanted = "GET" if method in READING else method
        return self.pattern.match(path) if self.methods is None or wanted in self.methods else None


@dataclass(frozen=True, slots=True)
class FoundRule:
    """The rule for one request, the template of its path, and the values in it."""

    rule: AccessRule
    path: str
    values: Mapping[str, str]


def rules_of(routes: Sequence[BaseRoute]) -> list[RouteRule]:
    """Return the rules of all routes, in their order, which is that in which an application tries them."""
    return [_rule_of(each) for each in iter_route_contexts(routes)]


class RouteRules:
    """The rules of an application, which are collected when the first request comes, and when routes were added."""

    def __init__(self) -> None:
        self._rules: list[RouteRule] = []
        self._routes = 0

    def find(self, app: FastAPI, method: str, path: str) -> FoundRule:
        """Return the rule for a request. Cost: microseconds for each route."""
        if self._routes != len(app.routes):
            self._rules, self._routes = rules_of(app.routes), len(app.routes)
        for each in self._rules:
            if match := each.leads(method, path):
                return FoundRule(each.rule, each.path, match.groupdict())
        return FoundRule(UNKNOWN_PATH, path, {})


def _rule_of(route: RouteContext) -> RouteRule:
    path = route.path or ""
    dependencies: Iterable[object] = getattr(route, "dependencies", ())
    declared = [each for each in (getattr(each, "dependency", None) for each in dependencies) if _is_rule(each)]
    fixed = OPEN_PATHS.get(path)
    # The route's own rule comes after that of its router.
    rule = declared[-1] if declared else fixed
    methods = route.methods
    return RouteRule(
        path=path,
        methods=frozenset(methods) if methods else None,
        pattern=route.path_regex,
        rule=rule if isinstance(rule, AccessRule) else UNDECLARED,
        declared=rule is not None,
    )


def _is_rule(dependency: object) -> bool:
    return isinstance(dependency, AccessRule)
