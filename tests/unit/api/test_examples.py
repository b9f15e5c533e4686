"""The examples of the OpenAPI document are allowed by its schemas, and every route has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from copytaster.model.article import Article
from copytaster.model.delivery import Delivery
from copytaster_api.article_schemas import ArticleList
from copytaster_api.problems import ProblemDocument

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the JSON bodies of all requests and answers, each with its place."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for name, body in bodies.items():
                for kind, content in body.get("content", {}).items():
                    if "json" in kind:
                        yield f"{method} {path} {name}", content


def test_every_body_has_an_example_that_its_schema_allows(document: dict[str, Any]) -> None:
    bodies = list(contents(document))

    assert len(bodies) > 100
    for place, content in bodies:
        schema = content["schema"] | {"components": document["components"]}
        errors = [str(each) for each in jsonschema_rs.validator_for(schema).iter_errors(content["example"])]
        assert errors == [], place


def test_every_parameter_of_a_path_has_an_example_and_every_example_is_allowed(document: dict[str, Any]) -> None:
    parameters = [
        each
        for methods in document["paths"].values()
        for operation in methods.values()
        for each in operation.get("parameters", [])
    ]

    assert all("example" in each for each in parameters if each["in"] == "path")
    for each in (each for each in parameters if "example" in each):
        schema = each["schema"] | {"components": document["components"]}
        jsonschema_rs.validate(schema, each["example"])


def test_examples_are_documents_of_the_program(document: dict[str, Any]) -> None:
    def answer(path: str, status: str = "200") -> Any:
        (content,) = document["paths"][path]["get"]["responses"][status]["content"].values()
        return content["example"]

    assert Article.model_validate(answer("/api/v1/articles/{article_id}")).title
    assert ArticleList.model_validate(answer("/api/v1/articles")).items
    assert Delivery.model_validate(answer("/api/v1/deliveries/{delivery_id}")).name
    assert ProblemDocument.model_validate(answer("/api/v1/articles", "422")).status == 422
