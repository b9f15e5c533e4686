"""Refusals of access as problem documents."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response

from copytaster.access.authentication import NoCredentialsError
from copytaster.access.keyring import RefusedKeyError
from copytaster.errors import CopytasterError
from copytaster_api.problem_types import ProblemType
from copytaster_api.problems import ProblemDocument, respond

CHALLENGE = 'Bearer realm="copytaster"'


class NotPermittedError(CopytasterError):
    """The key is valid, but it does not permit this."""


class TooManyFailuresError(CopytasterError):
    """Wrong keys were tried too often."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wrong keys were tried too often from this address; try again in {seconds} s")
        self.seconds = seconds


def install_access_handlers(app: FastAPI) -> None:
    """Return each refusal of access as a problem document."""
    app.add_exception_handler(NoCredentialsError, _answer_no_credentials)
    app.add_exception_handler(RefusedKeyError, _answer_refused_key)
    app.add_exception_handler(NotPermittedError, _answer_not_permitted)
    app.add_exception_handler(TooManyFailuresError, _answer_too_many)


async def answer_of(request: Request, error: Exception) -> Response:
    """Return what the application's handler answers to an error of a middleware; raise the error if it has none."""
    handlers = request.app.exception_handlers
    handler = next((handlers[each] for each in type(error).__mro__ if each in handlers), None)
    if handler is None:
        raise error
    answer: Response = await handler(request, error)
    return answer


async def _answer_no_credentials(request: Request, error: Exception) -> Response:
    return _problem(request, error, HTTPStatus.UNAUTHORIZED, ProblemType.NO_KEY, {"WWW-Authenticate": CHALLENGE})


async def _answer_refused_key(request: Request, error: Exception) -> Response:
    challenge = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
    return _problem(request, error, HTTPStatus.UNAUTHORIZED, ProblemType.NO_KEY, challenge)


async def _answer_not_permitted(request: Request, error: Exception) -> Response:
    return _problem(request, error, HTTPStatus.FORBIDDEN, ProblemType.NOT_PERMITTED)


async def _answer_too_many(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooManyFailuresError)  # noqa: S101  # Starlette calls it for the registered class only
    wait = {"Retry-After": str(error.seconds)}
    return _problem(request, error, HTTPStatus.TOO_MANY_REQUESTS, ProblemType.TOO_MANY_FAILURES, wait)


def _problem(
    request: Request,
    error: Exception,
    status: HTTPStatus,
    problem_type: ProblemType,
    headers: dict[str, str] | None = None,
) -> Response:
    return respond(ProblemDocument.of(status, str(error), request.url.path, problem_type), headers)
