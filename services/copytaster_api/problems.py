"""Errors as RFC 9457 problem documents: what happened and what to do, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Self

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from copytaster.articles.exclusive_change import OtherStateError
from copytaster.errors import DamagedRecordError, DeadlineError, ServerUnavailableError, TransientError
from copytaster.model.article import Document
from copytaster.model.deletion import Deletion, describe_deletion
from copytaster.monitoring.problem import Problem
from copytaster.search.index import IndexFileError, NoIndexError, SearchTimeoutError
from copytaster_api.dependencies import ApiDependencies, OutageError
from copytaster_api.problem_types import ProblemType
from copytaster_api.request_ids import present_request_id
from copytaster_api.shown_problems import shown_to

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER_SECONDS = 5
"""``Retry-After`` when the Redis server cannot be used: the parts themselves retry after five seconds."""


class WrongParameter(Document):
    """A parameter of the request, and why it is invalid."""

    name: str
    message: str


class ProblemDocument(Document):
    """An RFC 9457 problem document; fields that do not apply are empty or null."""

    type: ProblemType = Field(description="Type of the problem: an address of this API that explains it.")
    title: str = Field(description="Title of the type.")
    status: int = Field(description="The HTTP status code.")
    detail: str = Field(description="What happened, and what to do.")
    instance: str = Field(description="Path of the request.")
    request_id: str | None = Field(
        default_factory=present_request_id,
        description="Id of the request, which the log has as well; null without one.",
    )
    problems: tuple[Problem, ...] = Field(default=(), description="Problems because of which the system is not ready.")
    parameters: tuple[WrongParameter, ...] = Field(default=(), description="Invalid parameters of the request.")
    deletion: Deletion | None = Field(default=None, description="Who deleted the article, when and why.")

    @classmethod
    def of(cls, status: HTTPStatus, detail: str, path: str, type_: ProblemType = ProblemType.GENERIC) -> Self:
        """Return the problem that a status says, under the title of the status."""
        return cls(type=type_, title=status.phrase, status=status.value, detail=detail, instance=path)


class WrongParametersError(Exception):
    """Parameters that are unknown."""

    def __init__(self, parameters: tuple[WrongParameter, ...]) -> None:
        super().__init__("; ".join(f"{each.name}: {each.message}" for each in parameters))
        self.parameters = parameters


class WrongParameterError(WrongParametersError):
    """A parameter has a value whose error is found only while it is used, such as an invalid cursor."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__((WrongParameter(name=name, message=message),))


class GoneError(Exception):
    """A person deleted the article."""

    def __init__(self, deletion: Deletion) -> None:
        super().__init__(deletion.article_id)
        self.deletion = deletion


def respond(problem: ProblemDocument, headers: Mapping[str, str] | None = None) -> Response:
    """Return the problem as a response of its status."""
    return Response(
        problem.model_dump_json(), status_code=problem.status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def past_deadline(path: str) -> Response:
    """Return the answer to a request that has taken too long."""
    return respond(
        ProblemDocument(
            type=ProblemType.DEADLINE,
            title="Past the deadline",
            status=HTTPStatus.SERVICE_UNAVAILABLE.value,
            detail="the request took too long and was given up, because the Redis server or this API is overloaded;"
            f" try again in {RETRY_AFTER_SECONDS} s, or request fewer items",
            instance=path,
        ),
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the argument ``responses`` of a route that may return these problems."""
    return {status.value: {"model": ProblemDocument, "description": status.phrase} for status in statuses}


def install_handlers(app: FastAPI) -> None:
    """Return every error of ``app`` as a problem document; unexpected errors do not reveal their details."""
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(WrongParametersError, _answer_wrong_parameters)
    app.add_exception_handler(GoneError, _answer_gone)
    app.add_exception_handler(OtherStateError, _answer_other_state)
    app.add_exception_handler(OutageError, _answer_outage)
    app.add_exception_handler(NoIndexError, _answer_no_index)
    app.add_exception_handler(IndexFileError, _answer_no_index)
    app.add_exception_handler(SearchTimeoutError, _answer_search_timeout)
    app.add_exception_handler(ServerUnavailableError, _answer_server_error)
    app.add_exception_handler(DeadlineError, _answer_deadline)
    app.add_exception_handler(TransientError, _answer_transient)
    app.add_exception_handler(DamagedRecordError, _answer_damaged)
    app.add_exception_handler(Exception, _answer_unexpected)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # Starlette calls it for the registered class only
    status = HTTPStatus(error.status_code)
    problem_type = ProblemType.NOT_FOUND if status is HTTPStatus.NOT_FOUND else ProblemType.GENERIC
    # Starlette's own errors have only the phrase of the status as their detail.
    detail = f"{request.method} {request.url.path}: {_hint(status)}" if error.detail == status.phrase else error.detail
    headers = {"Allow": _methods(request)} if status is HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return respond(ProblemDocument.of(status, detail, request.url.path, problem_type), headers)


def _methods(request: Request) -> str:
    """Return the methods of an address; Starlette names those of the first route only."""
    paths: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    matching = {path: each for path, each in paths.items() if compile_path(path)[0].match(request.url.path)}
    found = [paths[request.url.path]] if request.url.path in paths else matching.values()
    methods = {method.upper() for each in found for method in each}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _hint(status: HTTPStatus) -> str:
    return f"{status.description or status.phrase}; /docs lists the routes"


async def _answer_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # see above
    return _wrong_parameters(
        request,
        tuple(
            WrongParameter(name=".".join(map(str, item["loc"][1:])) or str(item["loc"][0]), message=item["msg"])
            for item in error.errors()
        ),
    )


async def _answer_wrong_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, WrongParametersError)  # noqa: S101  # see above
    return _wrong_parameters(request, error.parameters)


def _wrong_parameters(request: Request, parameters: tuple[WrongParameter, ...]) -> Response:
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


async def _answer_gone(request: Request, error: Exception) -> Response:
    assert isinstance(error, GoneError)  # noqa: S101  # see above
    return respond(
        ProblemDocument(
            type=ProblemType.GONE,
            title=HTTPStatus.GONE.phrase,
            status=HTTPStatus.GONE.value,
            detail=describe_deletion(error.deletion),
            instance=request.url.path,
            deletion=error.deletion,
        )
    )


async def _answer_other_state(request: Request, error: Exception) -> Response:
    return await _answer_http(request, HTTPException(HTTPStatus.PRECONDITION_FAILED, str(error)))


async def _answer_outage(request: Request, error: Exception) -> Response:
    assert isinstance(error, OutageError)  # noqa: S101  # see above
    return _unavailable(request, shown_to(request, error.outage.problem))


async def _answer_no_index(request: Request, error: Exception) -> Response:
    return _no_result(request, ProblemType.NO_INDEX, "No search index", error)


async def _answer_search_timeout(request: Request, error: Exception) -> Response:
    return _no_result(request, ProblemType.SEARCH_TIMEOUT, "Search timeout", error)


def _no_result(request: Request, problem_type: ProblemType, title: str, error: Exception) -> Response:
    problem = ProblemDocument(
        type=problem_type,
        title=title,
        status=HTTPStatus.SERVICE_UNAVAILABLE.value,
        detail=str(error),
        instance=request.url.path,
    )
    return respond(problem, {"Retry-After": str(RETRY_AFTER_SECONDS)})


async def _answer_server_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServerUnavailableError)  # noqa: S101  # see above
    deps: ApiDependencies = request.app.state.deps
    return _unavailable(request, shown_to(request, deps.watch.describe(error).problem))


async def _answer_deadline(request: Request, error: Exception) -> Response:
    del error
    return past_deadline(request.url.path)


async def _answer_transient(request: Request, error: Exception) -> Response:
    return _unavailable(request, Problem(code="unavailable", message=str(error)))


async def _answer_damaged(request: Request, error: Exception) -> Response:
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return respond(ProblemDocument.of(status, str(error), request.url.path, ProblemType.DAMAGED))


def _unavailable(request: Request, problem: Problem) -> Response:
    return respond(
        ProblemDocument(
            type=ProblemType.SERVER_AWAY,
            title="The server is out of order",
            status=HTTPStatus.SERVICE_UNAVAILABLE.value,
            detail=problem.message,
            instance=request.url.path,
            problems=(problem,),
        ),
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    del error  # uvicorn logs it with its traceback; the response must not reveal internals
    return respond(
        ProblemDocument(
            type=ProblemType.INTERNAL,
            title="Internal error",
            status=HTTPStatus.INTERNAL_SERVER_ERROR.value,
            detail="this is an error of the program; the log of the status API has the details for this path and time",
            instance=request.url.path,
        )
    )
