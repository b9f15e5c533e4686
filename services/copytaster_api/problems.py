"""Every error as an RFC 9457 problem document: what happened, and what to do, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import Field
from starlette.exceptions import HTTPException

from copytaster.errors import TransientError
from copytaster.model.article import Document
from copytaster.monitoring.status import Problem

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER_SECONDS = 5
"""What a client is told to wait when the server is away: the parts themselves look again after five seconds."""


class ProblemType(StrEnum):
    """What kind of problem it is; a stable address, explained on the documentation page."""

    NOT_FOUND = "/docs#not-found"
    WRONG_PARAMETER = "/docs#wrong-parameter"
    NOT_READY = "/docs#not-ready"
    SERVER_AWAY = "/docs#server-away"
    INTERNAL = "/docs#internal"
    GENERIC = "about:blank"


MEANINGS: dict[ProblemType, str] = {
    ProblemType.NOT_FOUND: "Nothing has this address or this id.",
    ProblemType.WRONG_PARAMETER: "A parameter is unknown or has a wrong value; `parameters` names each.",
    ProblemType.NOT_READY: "The system is up and something needs a person; `problems` names each thing.",
    ProblemType.SERVER_AWAY: "The Redis server does not answer. Nothing is lost; ask again in `Retry-After` seconds.",
    ProblemType.INTERNAL: "A fault of this program. The log of the status API has the details.",
    ProblemType.GENERIC: "The HTTP status says it all.",
}
"""What each type means, for the documentation page."""


class WrongParameter(Document):
    """A parameter of the request and what is wrong with it."""

    name: str
    message: str


class ProblemDocument(Document):
    """An RFC 9457 problem document; ``problems`` and ``parameters`` are empty where they do not apply."""

    type: ProblemType = Field(description="What kind of problem it is; an address below this API that explains it.")
    title: str = Field(description="The kind in words, always the same for one type.")
    status: int = Field(description="The HTTP status code.")
    detail: str = Field(description="What happened this time, and what to do.")
    instance: str = Field(description="The path that was asked for.")
    problems: tuple[Problem, ...] = Field(default=(), description="What keeps the system from being ready.")
    parameters: tuple[WrongParameter, ...] = Field(default=(), description="What is wrong with the request.")


class WrongParameterError(Exception):
    """A parameter has a value that only the work itself could find to be wrong, such as a stale cursor."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.parameter = WrongParameter(name=name, message=message)


def respond(problem: ProblemDocument, headers: Mapping[str, str] | None = None) -> Response:
    """Return the problem as a response of its status."""
    return Response(
        problem.model_dump_json(), status_code=problem.status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` argument of a route that may answer with these problems."""
    return {status.value: {"model": ProblemDocument, "description": status.phrase} for status in statuses}


def install_handlers(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document; only an unexpected one hides what it was."""
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(WrongParameterError, _answer_wrong_parameter)
    app.add_exception_handler(TransientError, _answer_transient)
    app.add_exception_handler(Exception, _answer_unexpected)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # Starlette calls by the class it was registered for
    status = HTTPStatus(error.status_code)
    known = ProblemType.NOT_FOUND if status is HTTPStatus.NOT_FOUND else ProblemType.GENERIC
    # Starlette itself says only the phrase; the routes say what is missing.
    detail = f"{request.method} {request.url.path}: {_hint(status)}" if error.detail == status.phrase else error.detail
    return respond(
        ProblemDocument(type=known, title=status.phrase, status=status.value, detail=detail, instance=request.url.path),
        error.headers,
    )


def _hint(status: HTTPStatus) -> str:
    return f"{status.description or status.phrase}; /docs lists the routes"


async def _answer_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # see above
    return _wrong(
        request,
        tuple(
            WrongParameter(name=".".join(map(str, item["loc"][1:])) or str(item["loc"][0]), message=item["msg"])
            for item in error.errors()
        ),
    )


async def _answer_wrong_parameter(request: Request, error: Exception) -> Response:
    assert isinstance(error, WrongParameterError)  # noqa: S101  # see above
    return _wrong(request, (error.parameter,))


def _wrong(request: Request, parameters: tuple[WrongParameter, ...]) -> Response:
    return respond(
        ProblemDocument(
            type=ProblemType.WRONG_PARAMETER,
            title="Wrong parameter",
            status=HTTPStatus.UNPROCESSABLE_ENTITY.value,
            detail="; ".join(f"{each.name}: {each.message}" for each in parameters),
            instance=request.url.path,
            parameters=parameters,
        )
    )


async def _answer_transient(request: Request, error: Exception) -> Response:
    return respond(
        ProblemDocument(
            type=ProblemType.SERVER_AWAY,
            title="The server is away",
            status=HTTPStatus.SERVICE_UNAVAILABLE.value,
            detail=str(error),
            instance=request.url.path,
        ),
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    del error  # uvicorn logs it with its traceback; the caller learns nothing of the program's inside
    return respond(
        ProblemDocument(
            type=ProblemType.INTERNAL,
            title="Internal error",
            status=HTTPStatus.INTERNAL_SERVER_ERROR.value,
            detail="this is a fault of the program; look at the log of the status API for this path and time",
            instance=request.url.path,
        )
    )
