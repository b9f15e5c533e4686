"""The frame of the pages for people: navigation, rendering with an entity tag, and errors as pages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment

from copytaster.access.caller import Caller
from copytaster_api.dependencies import Templates


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A page in the navigation. ``key`` opens it from the keyboard, after ``g``."""

    address: str
    name: str
    key: str


NAVIGATION = (
    NavigationLink("/", "Overview", "o"),
    NavigationLink("/articles", "Articles", "a"),
    NavigationLink("/stories", "Stories", "t"),
    NavigationLink("/deliveries", "Deliveries", "d"),
    NavigationLink("/quarantine", "Quarantine", "q"),
    NavigationLink("/sources", "Sources", "s"),
    NavigationLink("/workers", "Workers", "w"),
    NavigationLink("/webhooks", "Webhooks", "h"),
    NavigationLink("/settings", "Settings", "e"),
    NavigationLink("/docs", "API", "i"),
)
"""The pages in the order of a file's way, then those about the system."""


DASHBOARD = "dashboard"
"""The name of whoever decides on a page where no keys are needed."""

CURSOR = "cursor"
"""The parameter with the place in a list."""


@dataclass(frozen=True, slots=True)
class PageMaker:
    """Makes the pages that answer one request."""

    request: Request
    templates: Environment

    @property
    def given(self) -> dict[str, str]:
        """The parameters of the address, without the place in the list: what a form shows again."""
        return {name: value for name, value in self.request.query_params.items() if name != CURSOR}

    @property
    def signature(self) -> str | None:
        """The name that the page gives to decisions; None if the reader has logged in: then it is that of the key."""
        caller: Caller = self.request.state.caller
        return None if caller.key_id else DASHBOARD

    @property
    def is_for_a_browser(self) -> bool:
        """Whether a person sees the answer; programs get problem documents instead of pages with errors."""
        return accepts_html(self.request)

    def address(self, **changed: str | None) -> str:
        """Return the address of this page with these parameters, and without those that are None.

        It leads to the beginning of the list, unless ``cursor`` is one of them.
        """
        parameters = {name: value for name, value in (self.given | changed).items() if value is not None}
        path = quote(self.request.url.path)
        return f"{path}?{urlencode(parameters)}" if parameters else path

    def render(self, template: str, code: HTTPStatus = HTTPStatus.OK, /, **values: Any) -> Response:
        """Return the page with its entity tag; without a body if the browser has the same page already (304).

        A page that is read again and again costs the network nothing while it does not change: it must not contain the
        present time.
        """
        here = "/" + self.request.url.path.split("/")[1]
        html = self.templates.get_template(template).render(
            navigation=NAVIGATION, here=here, given=self.given, address=self.address, **values
        )
        tag = f'"{hashlib.blake2b(html.encode(), digest_size=12).hexdigest()}"'
        known = self.request.headers.get("if-none-match", "").removeprefix("W/")
        if code is HTTPStatus.OK and known == tag:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return HTMLResponse(html, code, {"ETag": tag})


# A coroutine, because FastAPI would run a plain function in the thread pool for each request.
async def _page_maker(request: Request, templates: Templates) -> PageMaker:
    return PageMaker(request, templates)


Pages = Annotated[PageMaker, Depends(_page_maker)]
"""Type of an endpoint's parameter that makes its page."""


class PageRoute(APIRoute):
    """A route whose errors are pages in a browser, with the status and the sentence of the problem document.

    Programs, which do not accept HTML, get the problem document. A browser is led from an address with empty
    parameters, which forms make of empty fields, to the one without them.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of requests."""
        answer = super().get_route_handler()

        async def answer_with_pages(request: Request) -> Response:
            if accepts_html(request) and (short := _without_empty_parameters(request)):
                return RedirectResponse(short)
            try:
                return await answer(request)
            except Exception as error:
                handler = _handler(request, error)
                if handler is None or not accepts_html(request):
                    raise
                return problem_page(request, await handler(request, error))

        return answer_with_pages


def accepts_html(request: Request) -> bool:
    """Return whether the request is one of a browser for a page."""
    return "text/html" in request.headers.get("accept", "")


def _without_empty_parameters(request: Request) -> str | None:
    """Return the address without empty parameters; None if it has none."""
    parameters = request.query_params.multi_items()
    filled = [(name, value) for name, value in parameters if value]
    if filled == parameters:
        return None
    return f"{quote(request.url.path)}?{urlencode(filled)}" if filled else quote(request.url.path)


def _handler(request: Request, error: Exception) -> Callable[[Request, Exception], Any] | None:
    """Return the application's handler for this error; None for an unexpected one, which is logged elsewhere."""
    handlers = request.app.exception_handlers
    found = (handlers.get(each) for each in type(error).__mro__ if each is not Exception)
    return next(filter(None, found), None)


def problem_page(request: Request, answer: Response) -> Response:
    """Return a page with the sentence of a problem document, and its status and headers."""
    problem = json.loads(bytes(answer.body))
    maker = PageMaker(request, request.app.state.templates)
    page = maker.render("problem.html", HTTPStatus(answer.status_code), problem=problem)
    kept = {name: value for name, value in answer.headers.items() if name not in ("content-length", "content-type")}
    page.headers.update(kept)
    return page
