"""Query parameters that a route does not know are refused: a filter with a typing error would return everything."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from copytaster_api.problems import WrongParameter, WrongParametersError


# A coroutine, because FastAPI would run a plain function in the thread pool for each request.
async def refuse_unknown_parameters(request: Request) -> None:
    """Raise ``WrongParametersError`` with each unknown query parameter and the known ones; a rule of all routes."""
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = known_parameters(route)
    message = f"unknown; the parameters are {', '.join(known)}" if known else "unknown; there are no parameters here"
    unknown = [each for each in dict.fromkeys(request.query_params) if each not in known]
    if unknown:
        raise WrongParametersError(tuple(WrongParameter(name=each or '""', message=message) for each in unknown))


def known_parameters(route: APIRoute) -> tuple[str, ...]:
    """Return the names of the query parameters of a route."""
    return tuple(dict.fromkeys(_names(route.dependant)))


def _names(dependant: Dependant) -> Iterator[str]:
    for each in dependant.query_params:
        kind = each.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (field.alias or name for name, field in kind.model_fields.items())
        else:
            yield each.alias
    for inner in dependant.dependencies:
        yield from _names(inner)
