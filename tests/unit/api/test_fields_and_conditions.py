"""Parts of articles, and changes of articles under the condition that they are as the client has read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.articles.pins import Pins
from copytaster.articles.views import ListedArticle
from copytaster.model.delivery import DeliveryId
from copytaster_api.entity_tags import matches_strongly, matches_weakly
from tests.factories import an_article_deletion

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from tests.unit.api.conftest import Desk


@pytest.fixture
def changing(desk: Desk) -> TestClient:
    """Return a client of an API that may change articles."""
    pins = Pins(store=desk.store, decisions=MemoryDecisions(), clock=desk.deps.clock)
    deletion = an_article_deletion(desk.store, desk.deps.clock)
    return desk.client(pin=pins.decide, delete=deletion.delete)


@pytest.mark.parametrize("fields", ["id", "title,id", "id,provenance,topics", ",".join(ListedArticle.model_fields)])
def test_a_list_has_the_fields_that_are_wanted_and_its_cursor(fields: str, desk: Any, client: TestClient) -> None:
    for number in range(3):
        desk.publish_tagged(f"a{number}")

    page = client.get("/api/v1/articles", params={"fields": fields, "limit": 2}).json()
    whole = client.get("/api/v1/articles", params={"limit": 2}).json()

    names = set(fields.split(","))
    assert page["items"] == [{name: each[name] for name in each if name in names} for each in whole["items"]]
    assert page["next_cursor"] == whole["next_cursor"]
    assert all(set(each) == names for each in page["items"])


def test_one_article_has_the_fields_that_are_wanted(desk: Any, client: TestClient) -> None:
    desk.publish_tagged("a1")

    part = client.get("/api/v1/articles/a1", params={"fields": "entities,title"}).json()
    whole = client.get("/api/v1/articles/a1").json()

    assert part == {"title": whole["title"], "entities": whole["entities"]}


@pytest.mark.parametrize("path", ["/api/v1/articles", "/api/v1/articles/a1"])
@pytest.mark.parametrize(("fields", "unknown"), [("titel,id", "'titel'"), ("id,", "''"), ("a,b", "'a', 'b'")])
def test_unknown_fields_are_named_with_the_known_ones(
    path: str, fields: str, unknown: str, desk: Any, client: TestClient
) -> None:
    desk.publish("a1")

    answer = client.get(path, params={"fields": fields})

    assert answer.status_code == 422
    (problem,) = answer.json()["parameters"]
    assert problem["name"] == "fields"
    assert f"unknown: {unknown}; the fields are id, identity, version, title" in problem["message"]


def test_a_text_that_may_not_be_used_is_not_in_a_list_by_its_name_either(desk: Any, client: TestClient) -> None:
    desk.publish("a1", status="withheld")

    (item,) = client.get("/api/v1/articles", params={"fields": "text,summary"}).json()["items"]

    assert item == {"text": None, "summary": None}


@pytest.mark.parametrize("path", ["/api/v1/articles/a1", "/api/v1/articles/a1?fields=title"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_change_is_made_only_to_the_state_that_was_read(
    path: str, encoding: str, desk: Any, changing: TestClient
) -> None:
    article = desk.publish("a1", text="The harbour reopened on Monday. " * 99)
    condition = {"If-Match": changing.get(path, headers={"Accept-Encoding": encoding}).headers["ETag"]}

    done = changing.post("/api/v1/articles/a1/pin", headers=condition)
    repeated = changing.post("/api/v1/articles/a1/pin", headers=condition)
    desk.store.articles.add_version(article, owner=DeliveryId("d2"))
    deleted = changing.delete("/api/v1/articles/a1", headers=condition)

    assert done.status_code == 200
    for each in (repeated, deleted):
        assert each.status_code == 412
        assert each.headers["content-type"] == "application/problem+json"
        assert "a1" in each.json()["detail"]
    assert changing.delete("/api/v1/articles/a1", headers={"If-Match": "*"}).status_code == 204
    assert changing.delete("/api/v1/articles/a1").status_code == 204


def test_a_condition_on_an_unknown_article_is_left_to_the_route(changing: TestClient) -> None:
    answer = changing.delete("/api/v1/articles/a404", headers={"If-Match": '"1-x"'})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("header", "strong", "weak"),
    [
        ('"1-a"', True, True),
        ('W/"1-a"', False, True),
        ('"x", "1-a"', True, True),
        ('"1-a,b"', False, False),
        ('"x"', False, False),
        ("*", True, True),
        ("", False, False),
        ("1-a", False, False),
    ],
)
def test_conditions_compare_whole_tags(header: str, *, strong: bool, weak: bool) -> None:
    assert matches_strongly(header, '"1-a"') is strong
    assert matches_weakly(header, '"1-a"') is weak
