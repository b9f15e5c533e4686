"""Query parameters that a route does not know are refused: a filter with a typing error would return everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from copytaster_api.problems import WrongParameter, WrongParametersError
from copytaster_api.schemas import REPEATED


# A coroutine, because FastAPI would run a plain function in the thread pool for each request.
async def refuse_unknown_parameters(request: Request) -> None:
    """Raise ``WrongParametersError`` with each unknown query parameter and the known ones; a rule of all routes.

    A parameter that has one value is refused as well if it is given several times: FastAPI would take the last one, and
    the answer would lack what the others ask for.
    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = dict(_parameters(route.dependant))
    message = f"unknown; the parameters are {', '.join(known)}" if known else "unknown; there are no parameters here"
    given = Counter(name for name, _ in request.query_params.multi_items())
    unknown = {each: message for each in given if each not in known}
    repeated = {each: REPEATED for each, times in given.items() if times > 1 and not known.get(each, True)}
    if wrong := unknown | repeated:
        raise WrongParametersError(tuple(WrongParameter(name=each or '""', message=wrong[each]) for each in wrong))


def known_parameters(route: APIRoute) -> tuple[str, ...]:
    """Return the names of the query parameters of a route."""
    return tuple(dict(_parameters(route.dependant)))


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Yield the name of each query parameter, and whether it may be repeated."""
    for each in dependant.query_params:
        kind = each.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                yield field.alias or name, get_origin(field.annotation) is tuple
        else:
            yield each.alias, get_origin(kind) is tuple
    for inner in dependant.dependencies:
        yield from _parameters(inner)
