"""Admits requests to routes: who sends it, and whether this caller may do it."""

from __future__ import annotations

import hmac
from http import HTTPStatus

import structlog
from anyio.to_thread import run_sync
from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as RequestScope

from copytaster.access.authentication import Credentials, NoCredentialsError
from copytaster.access.caller import UNKEYED, Caller
from copytaster.access.keyring import RefusedKeyError
from copytaster.errors import CopytasterError, TransientError
from copytaster.model.access import Channel
from copytaster_api.access_problems import NotPermittedError, TooManyFailuresError, answer_of
from copytaster_api.access_rules import READING
from copytaster_api.audited_request import AuditedRequest, client_address
from copytaster_api.dependencies import ApiDependencies, OutageError
from copytaster_api.failed_attempts import FailedAttempts
from copytaster_api.login_cookies import CSRF_HEADER, bearer_of, login_address, session_of, wants_page
from copytaster_api.open_streams import BrokenOffError, StreamCheck
from copytaster_api.page_frame import problem_page
from copytaster_api.route_rules import FoundRule, RouteRules
from copytaster_api.source_limits import restrict

log = structlog.get_logger(__name__)


class AccessControl:
    """ASGI middleware: a request that is not permitted does not reach its route, and its body is not read.

    Routes find the caller in ``request.state.caller``; where no key is needed, it is ``UNKEYED``. Answers have details
    of the system's problems if ``request.state.sees_details``: if a key permits it, or none is needed anywhere.
    """

    def __init__(self, app: ASGIApp, deps: ApiDependencies, failures: FailedAttempts) -> None:
        self._app = app
        self._deps = deps
        self._failures = failures
        self._rules = RouteRules()

    async def __call__(self, scope: RequestScope, receive: Receive, send: Send) -> None:
        """Handle the request if it is permitted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        found = self._rules.find(request.app, request.method, scope["path"])
        audit = AuditedRequest(self._deps, request, found)
        request.state.sees_details = False
        try:
            request.state.caller = await self._admit(request, found, audit)
        except (CopytasterError, HTTPException, OutageError) as error:
            response = await _refusal(request, error)
            await response(scope, receive, audit.watching(send))
            return
        if audit.caller:  # also without a key: the first one may be created while the answer goes on
            send = StreamCheck(send, lambda: self._identify(request)).send
        try:
            await self._app(scope, receive, audit.watching(send))
        except BrokenOffError:
            return  # the server closes the connection of an answer that has no end
        except Exception:
            await audit.record(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise

    async def _admit(self, request: Request, found: FoundRule, audit: AuditedRequest) -> Caller:
        needed = found.rule.needed_for(request.method)
        if needed is None:
            request.state.sees_details = await self._is_known(request, found)
            return UNKEYED
        audit.caller = caller = await self._authenticate(request)
        request.state.sees_details = not caller.sources
        if not caller.scope.includes(needed):
            raise NotPermittedError(
                f"{request.method} {found.path} needs the scope {needed.value}; the key {caller.name!r} has"
                f" {caller.scope.value}"
            )
        if caller.via is Channel.DASHBOARD and request.method not in READING:
            _check_csrf(request, caller)
        if caller.sources:
            await run_sync(restrict, request.scope, found, caller, self._deps.store)
        return caller

    async def _is_known(self, request: Request, found: FoundRule) -> bool:
        """Return whether the sender of a request that needs no key has one for the status, or needs none anywhere."""
        authentication = self._deps.authentication
        was_open = authentication is None or authentication.were_keys_unneeded
        if not found.rule.recognises or (was_open and self._deps.watch.outage):
            return was_open
        try:
            return not (await self._authenticate(request)).sources
        except (TransientError, OutageError):
            return was_open
        except CopytasterError:
            return False

    async def _authenticate(self, request: Request) -> Caller:
        try:
            return await self._identify(request)
        except RefusedKeyError as error:
            if bearer_of(request) is None:
                raise  # a session that has ended is no guess
            address = client_address(request)
            if wait := self._failures.wait_of(address):
                raise TooManyFailuresError(wait) from error
            self._failures.record(address)
            log.warning("access.refused", address=address, path=request.url.path, why=str(error))
            raise

    async def _identify(self, request: Request) -> Caller:
        authentication = self._deps.authentication
        if authentication is None or authentication.are_keys_known_unneeded:
            return UNKEYED
        credentials = Credentials(key=bearer_of(request), session=session_of(request))
        if credentials.session and credentials.key is None and (outage := self._deps.watch.outage):
            raise OutageError(outage)
        return await run_sync(authentication.identify, credentials)


def _check_csrf(request: Request, caller: Caller) -> None:
    """Raise ``NotPermittedError`` if a change was not sent by a page of this site."""
    sent = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(sent.encode(), (caller.csrf or "").encode()):
        raise NotPermittedError(
            f"a change from a browser needs the header {CSRF_HEADER} with the token of its session; load the page again"
        )


async def _refusal(request: Request, error: Exception) -> Response:
    """Return what the application answers to an error, or for a browser the way to the login page."""
    if isinstance(error, NoCredentialsError | RefusedKeyError) and wants_page(request):
        return RedirectResponse(login_address(request), HTTPStatus.SEE_OTHER)
    answer = await answer_of(request, error)
    return problem_page(request, answer) if wants_page(request) else answer
