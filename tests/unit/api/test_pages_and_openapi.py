from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import copytaster_api
from copytaster.model.disposition import ADVICE, Disposition, Reason
from tests.factories import put_into_one_story

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

STATIC = Path(copytaster_api.__file__).with_name("static")

PEOPLE = [
    *("/", "/stories", "/stories/s1", "/where?q=story.txt", "/problems"),
    *("/sources", "/workers", "/webhooks", "/settings"),
    *("/articles", "/articles/a1", "/articles/a1/versions", "/articles/a1/copies"),
    *("/deliveries", "/deliveries/d1", "/quarantine"),
]
"""Pages in the common frame."""

CONTRACT = {
    "/",
    "/docs",
    "/where",
    "/articles",
    "/articles/{article_id}",
    "/articles/{article_id}/copies",
    "/articles/{article_id}/versions",
    "/deliveries",
    "/deliveries/{delivery_id}",
    "/quarantine",
    "/sources",
    "/workers",
    "/webhooks",
    "/webhooks/{endpoint_id}",
    "/settings",
    "/problems",
    "/changes",
    "/login",
    "/logout",
    "/stories",
    "/stories/{story_id}",
    "/livez",
    "/readyz",
    "/metrics",
    "/api/v1/status",
    "/api/v1/queues",
    "/api/v1/workers",
    "/api/v1/deliveries",
    "/api/v1/deliveries/{delivery_id}",
    "/api/v1/deliveries/{delivery_id}/retry",
    "/api/v1/deliveries/{delivery_id}/dismiss",
    "/api/v1/failed",
    "/api/v1/failed/counts",
    "/api/v1/failed/{delivery_id}",
    "/api/v1/failed/{delivery_id}/original",
    "/api/v1/failed/{delivery_id}/report",
    "/api/v1/jobs",
    "/api/v1/jobs/{job_id}",
    "/api/v1/pauses",
    "/api/v1/articles",
    "/api/v1/articles/{article_id}",
    "/api/v1/articles/{article_id}/duplicates",
    "/api/v1/articles/{article_id}/versions",
    "/api/v1/articles/{article_id}/pin",
    "/api/v1/articles/{article_id}/accept",
    "/api/v1/articles/{article_id}/release",
    "/api/v1/stories",
    "/api/v1/stories/{story_id}",
    "/api/v1/stories/{story_id}/decisions",
    "/api/v1/stories/{story_id}/headline",
    "/api/v1/stories/{story_id}/merge",
    "/api/v1/stories/{story_id}/move",
    "/api/v1/stories/{story_id}/split",
    "/api/v1/stories/{story_id}/undo",
    "/api/v1/sources",
    "/api/v1/audit",
    "/asyncapi.json",
    "/api/v1/articles.atom",
    "/api/v1/events",
    "/api/v1/export",
    "/api/v1/searches",
    "/api/v1/searches/preview",
    "/api/v1/searches/{search_id}",
    "/api/v1/searches/{search_id}/hits",
    "/api/v1/searches/{search_id}/off",
    "/api/v1/searches/{search_id}/on",
    "/api/v1/searches/{search_id}/preview",
    "/api/v1/webhooks",
    "/api/v1/webhooks/{endpoint_id}",
    "/api/v1/webhooks/{endpoint_id}/attempts",
    "/api/v1/webhooks/{endpoint_id}/disable",
    "/api/v1/webhooks/{endpoint_id}/enable",
    "/api/v1/webhooks/{endpoint_id}/replay",
    "/api/v1/webhooks/{endpoint_id}/rotate",
    "/api/v1/webhooks/{endpoint_id}/test",
}


SCRIPTS = sorted({each.name for each in STATIC.glob("*.js")} - {"live.js"})
"""All scripts but the one that reads pages."""


def fill(desk: Any) -> None:
    """Store what the pages for people are about."""
    put_into_one_story(desk.store, desk.publish("a1"), desk.publish("a2"))
    desk.deliver(id="d1")


class Assets(HTMLParser):
    """Collects what a page loads, its inline scripts and styles, and the texts of its templates."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline = 0
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get("src") or (given.get("href") if tag == "link" else None)
        self.loaded += [address] if address else []
        self.ids += filter(None, [given.get("id")])
        self.inline += "style" in given or tag == "style" or (tag == "script" and not given.get("src"))
        self.inline += any(name.startswith("on") for name in given)


@pytest.mark.parametrize("page", [*PEOPLE, "/docs"])
def test_a_page_loads_only_what_the_package_serves(page: str, desk: Any, client: TestClient) -> None:
    fill(desk)
    assets = Assets(client.get(page).text)

    assert assets.loaded
    for address in assets.loaded:
        assert address.startswith("/static/")
        assert client.get(address).status_code == 200
    assert assets.inline == 0


@pytest.mark.parametrize("page", ["/", "/docs", "/stories", "/api/v1/articles", "/static/frame.js", "/nowhere"])
def test_every_answer_forbids_scripts_from_elsewhere(page: str, client: TestClient) -> None:
    headers = client.get(page).headers

    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_script_makes_html_from_text(script: str, client: TestClient) -> None:
    source = client.get(f"/static/{script}").text

    assert source
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b", source)


def test_html_is_read_only_from_the_address_of_the_page_itself(client: TestClient) -> None:
    source = client.get("/static/live.js").text

    # The parser runs no scripts; what it reads is a page of this server, with all texts escaped.
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", source)
    assert source.count("DOMParser") == 1
    assert re.findall(r"fetch\(([^,]+),", source) == ["location.href"]


@pytest.mark.parametrize("page", PEOPLE)
def test_a_page_has_the_elements_that_its_scripts_fill_and_renew(page: str, desk: Any, client: TestClient) -> None:
    fill(desk)
    text = client.get(page).text
    ids = Assets(text).ids
    names = {"frame", "live", "shortcuts", "upload", *re.findall(r'src="/static/(\w+)\.js"', text)}
    scripts = "".join(client.get(f"/static/{name}.js").text for name in sorted(names))

    wanted = set(re.findall(r'(?:byId|getElementById)\("([\w-]+)"\)', scripts))
    assert wanted
    assert wanted <= set(ids)
    assert len(ids) == len(set(ids))
    # Only what has an id is found in the page that is read again.
    assert re.findall(r"<[^>]*data-live[^>]*>", re.sub(r"<[^>]*\bid=[^>]*>", "", text)) == []


@pytest.mark.parametrize("reason", Reason)
def test_a_failed_file_is_shown_with_what_to_do(reason: Reason, desk: Any, client: TestClient) -> None:
    desk.settle("story.txt", Disposition.REJECTED, reason)
    page = html.unescape(re.sub(r"</?code>", "`", client.get("/").text))

    assert f'<p class="quiet short">{ADVICE[reason]}</p>' in page


def test_an_address_that_does_not_exist_is_echoed_as_a_problem_and_never_as_html(client: TestClient) -> None:
    answer = client.get("/<script>alert(1)</script>")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/docs#not-found"


def test_a_method_that_a_route_does_not_have_is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    answer = client.delete("/api/v1/status")

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.json()["type"] == "about:blank"


def test_the_openapi_document_lists_each_route_of_the_contract_with_a_description(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    assert set(paths) == CONTRACT
    assert all(operation["description"] for methods in paths.values() for operation in methods.values())


def test_the_openapi_document_describes_each_parameter(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    queries = [
        parameter
        for methods in paths.values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    ]
    assert len(queries) >= 66
    assert all(parameter["description"] for parameter in queries)


def test_the_openapi_document_gives_errors_as_problem_documents(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    errors = [
        response
        for path, methods in document["paths"].items()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if status >= "400" and (path, status) != ("/login", "401")  # the page for another try
    ]
    assert errors
    problem = {"$ref": "#/components/schemas/ProblemDocument"}
    assert all(set(response["content"]) == {"application/problem+json"} for response in errors)
    assert all(content["schema"] == problem for response in errors for content in response["content"].values())
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_the_documentation_page_names_routes_parameters_documents_and_problem_types(client: TestClient) -> None:
    page = client.get("/docs").text

    for text in [*CONTRACT, "published_from", "ArticleList", "next_cursor"]:
        assert text in page
    ids: Any = Assets(page).ids
    assert {"not-found", "wrong-parameter", "not-ready", "server-away", "internal"} <= set(ids)
    assert set(re.findall(r'href="#([\w-]+)"', page)) <= set(ids)


def test_the_documentation_page_has_contents_the_limits_of_parameters_and_examples(client: TestClient) -> None:
    page = html.unescape(client.get("/docs").text)
    document = client.get("/openapi.json").json()

    for methods in document["paths"].values():
        for operation in methods.values():
            assert f'<a href="#{operation["operationId"]}">' in page
            assert f'<article id="{operation["operationId"]}"' in page
    assert "<td>1 to 200</td>" in page
    assert "at most 50 of them" in page
    assert "<code>^s[0-9A-Za-z]+$</code>" in page
    assert page.count("Example of the answer 200") > 20
    assert "Example of the request's body" in page
    assert '"title": "Harbour wall reopens"' in page
