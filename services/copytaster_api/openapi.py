"""What the OpenAPI document has beyond FastAPI's: the media type of errors, and examples."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from copytaster_api.examples import Examples
from copytaster_api.problems import MEDIA_TYPE

FASTAPI_VALIDATION = "Validation Error"
"""The description by which FastAPI's own response to wrong parameters is recognised."""


UNREADABLE = {
    str(status.value): {
        "description": status.phrase,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }
    for status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
}
"""The answers to a body that is no JSON, and to one that is too large; FastAPI does not describe them."""


def complete_document(document: dict[str, Any]) -> None:
    """Describe errors as problem documents and add examples, in place."""
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    examples = Examples(schemas)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if "requestBody" in operation:
                operation["responses"] |= UNREADABLE
            _correct_errors(operation["responses"])
            examples.add_to(path, operation)


def _correct_errors(responses: dict[str, Any]) -> None:
    """Give errors their media type: FastAPI writes that of the route's successful response.

    FastAPI's own 422 is removed: it adds one to each route with a parameter, even if every value is valid.
    """
    if responses.get("422", {}).get("description") == FASTAPI_VALIDATION:
        del responses["422"]
    for response in (response for status_code, response in responses.items() if status_code >= "400"):
        content = next(iter(response["content"].values()))
        if "$ref" in content["schema"]:  # else it is the page of a route
            response["content"] = {MEDIA_TYPE: content}
