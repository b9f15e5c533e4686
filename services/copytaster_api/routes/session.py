"""Login and logout of people with a browser."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from copytaster.access.authentication import Authentication
from copytaster.access.keyring import RefusedKeyError
from copytaster_api.access_problems import NotPermittedError, TooManyFailuresError
from copytaster_api.access_rules import open_to_everybody
from copytaster_api.audited_request import client_address
from copytaster_api.csrf import refuse_other_sites
from copytaster_api.dependencies import Dependencies, Templates, refuse_during_outage
from copytaster_api.failed_attempts import FailedAttempts
from copytaster_api.login_cookies import delete_cookies, local_path, session_of, set_cookies
from copytaster_api.page_frame import PageRoute
from copytaster_api.problems import documented

log = structlog.get_logger(__name__)

router = APIRouter(
    route_class=PageRoute,
    tags=["pages"],
    dependencies=[open_to_everybody(), Depends(refuse_during_outage)],
    responses=documented(HTTPStatus.SERVICE_UNAVAILABLE),
)

Next = Annotated[str, Query(alias="next", max_length=2_000, description="Page that is opened after the login.")]


@router.get("/login", response_class=HTMLResponse)
def login_page(deps: Dependencies, request: Request, templates: Templates, after: Next = "/") -> Response:
    """Return the page on which a person logs in with a key; whoever has done so already is led on."""
    authentication = deps.authentication
    if authentication is None or not authentication.needs_keys() or _is_logged_in(authentication, request):
        return RedirectResponse(local_path(after), HTTPStatus.SEE_OTHER)
    page = HTMLResponse(templates.get_template("login.html").render(after=local_path(after), problem=None))
    if session_of(request):
        delete_cookies(page)  # its session has ended
    return page


@router.post(
    "/login",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=HTMLResponse,
    dependencies=[Depends(refuse_other_sites)],
    responses={
        HTTPStatus.UNAUTHORIZED.value: {
            "description": "The page again: the key permits nothing.",
            "content": {"text/html": {"schema": {"type": "string"}}},
        },
        **documented(HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS),
    },
)
def log_in(
    deps: Dependencies,
    request: Request,
    templates: Templates,
    key: Annotated[str, Form(max_length=200, description="The key.")],
    after: Annotated[str, Form(alias="next", max_length=2_000, description="Page that is opened then.")] = "/",
) -> Response:
    """Log a browser in for twelve hours by a key, and lead it to a page of this site."""
    if deps.authentication is None or not deps.authentication.needs_keys():
        return RedirectResponse(local_path(after), HTTPStatus.SEE_OTHER)
    address, failures = client_address(request), _failures(request)
    if wait := failures.wait_of(address):
        raise TooManyFailuresError(wait)
    try:
        token, caller = deps.authentication.logins.log_in(key.strip())
    except RefusedKeyError as error:
        failures.record(address)
        log.warning("access.refused", address=address, path="/login", why=str(error))
        page = templates.get_template("login.html").render(after=local_path(after), problem=str(error))
        return HTMLResponse(page, HTTPStatus.UNAUTHORIZED)
    log.info("access.login", address=address, who=caller.name, key_id=caller.key_id)
    response = RedirectResponse(local_path(after), HTTPStatus.SEE_OTHER)
    set_cookies(response, request, token, caller, deps.clock.now())
    return response


@router.post(
    "/logout",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=HTMLResponse,
    dependencies=[Depends(refuse_other_sites)],
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def log_out(
    deps: Dependencies,
    request: Request,
    csrf: Annotated[str, Form(max_length=200, description="The CSRF token of the session.")],
) -> Response:
    """End the session of a browser, and lead it to the login page."""
    token = session_of(request)
    if deps.authentication and token:
        _end_session(deps.authentication, token, csrf)
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    delete_cookies(response)
    return response


def _end_session(authentication: Authentication, token: str, csrf: str) -> None:
    try:
        caller = authentication.logins.find(token)
    except RefusedKeyError:
        authentication.logins.log_out(token)
        return
    if not hmac.compare_digest(csrf.encode(), (caller.csrf or "").encode()):
        raise NotPermittedError("the form has not the token of this session; load the page again")
    authentication.logins.log_out(token)


def _is_logged_in(authentication: Authentication, request: Request) -> bool:
    token = session_of(request)
    if token is None:
        return False
    try:
        authentication.logins.find(token)
    except RefusedKeyError:
        return False
    return True


def _failures(request: Request) -> FailedAttempts:
    failures: FailedAttempts = request.app.state.failures
    return failures
