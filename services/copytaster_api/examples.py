"""Examples of the OpenAPI document: for parameters, bodies of requests, and answers.

They are made from the schemas, with the values below for the fields of these names: so each route has examples that
its schema allows, also a new route.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from copytaster_api.problem_types import MEANINGS, ProblemType

Schema = Mapping[str, Any]

DEPTH = 8
"""Documents inside documents that an example has at most."""

MOMENT = "2026-11-29T07:30:00Z"

VALUES: Mapping[str, Any] = {
    "article_id": "a1f8fedaf2b38b428beb0",
    "delivery_id": "d019b76daabe8a689516294",
    "story_id": "s1f8fedaf2b38b428beb0",
    "endpoint_id": "w019b76daabe8a689",
    "title": "Harbour wall reopens",
    "text": "The harbour wall of Port Hadley reopened on Monday.",
    "source": "kestrel",
    "publisher": "The Harbour Post",
    "topic": "sea transport",
    "entity": "Port Hadley",
    "keyword": "harbour",
    "language": "en",
    "format": "text",
    "published_from": "2026-11-29",
    "received_from": "2026-11-29T07:00:00Z",
    "published_at": MOMENT,
    "q": 'harbour "sea wall" -ferry',
    "fields": "id,title",
    "limit": 20,
    "name": "story.txt",
    "path": "kestrel/story.txt",
    "sha256": "ab" * 32,
    "word_count": 9,
    "by": "Anna",
    "reason": None,
    "url": "https://desk.example/hooks",
    "types": ["article.*"],
    "type": "article.*",
    "into": "s7d2c1e0b9a8f7e6d5c4b",
    "articles": ["a03c5b1a90c1d7e2f4a61"],
    "article": "a03c5b1a90c1d7e2f4a61",
    "headline": "Harbour wall of Port Hadley reopens",
    "next_cursor": None,
    "provenance": {"title": {"from": "text:first-line", "confidence": 0.9}},
    "Article.id": "a1f8fedaf2b38b428beb0",
    "Article.topics": [{"code": "20000763", "name": "sea transport", "score": 0.8, "why": "harbour, ferry"}],
    "Article.entities": [{"name": "Port Hadley", "type": "place", "count": 1, "spans": [{"start": 20, "end": 31}]}],
    "Article.keywords": [{"term": "harbour", "score": 1.5}],
    "Article.tags": [{"name": "Coast desk", "rule": "coast", "why": "harbour"}],
    "Article.authors": ["Ann Quay"],
    "Article.url": "https://kestrel.example/harbour-wall",
    "Article.duplicates": [],
    "Article.located": [],
    "Article.subjects": [],
    "Article.source_keywords": [],
    "Article.images": [],
    "Delivery.id": "d019b76daabe8a689516294",
    "Delivery.article_ids": ["a1f8fedaf2b38b428beb0"],
    "Story.id": "s1f8fedaf2b38b428beb0",
    "StoryDecision.id": "c019b76dab0c4b1d2e3f4",
    "ArticleList.next_cursor": "1795937400000-a1f8fedaf2b38b428beb0",
}
"""Values of parameters and fields by their name, or by the name of the document and that of the field."""

SAME = {"ListedArticle": "Article", "PartialArticle": "Article", "Version": "Article", "StorySummary": "Story"}
"""Documents with the fields of another one."""

PARAMETERS = frozenset({"source", "topic", "language", "published_from", "fields", "limit", "by", "type"})
"""Parameters that have an example although a request need not have them: together they find something."""


KINDS = {str: "string", int: "integer", list: "array", dict: "object", type(None): "null"}

TYPES: Mapping[int, ProblemType] = {
    HTTPStatus.NOT_FOUND: ProblemType.NOT_FOUND,
    HTTPStatus.GONE: ProblemType.GONE,
    HTTPStatus.UNPROCESSABLE_ENTITY: ProblemType.WRONG_PARAMETER,
    HTTPStatus.SERVICE_UNAVAILABLE: ProblemType.SERVER_AWAY,
}
"""The type of problem that the example of a status has."""


class Examples:
    """Makes examples for the schemas of one OpenAPI document."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def add_to(self, path: str, operation: dict[str, Any]) -> None:
        """Add examples to an operation, in place."""
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] == "path" or (parameter["in"] == "query" and name in PARAMETERS):
                parameter["example"] = self._of_name(name, parameter["schema"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            content["example"] = self.of(content["schema"])
        for status, response in operation["responses"].items():
            for kind, content in response.get("content", {}).items():
                if status >= "400" and "json" in kind:
                    content["example"] = self._problem(path, int(status))
                elif "json" in kind and content.get("schema"):
                    content["example"] = self.of(content["schema"])

    def of(self, schema: Schema, document: str = "", depth: int = 0) -> Any:
        """Return a value that the schema allows; ``document`` is the name of the schema."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.of(self._schemas[name], name, depth + 1)
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        if "anyOf" in schema or "oneOf" in schema:
            variants = schema.get("anyOf") or schema["oneOf"]
            return None if {"type": "null"} in variants else self.of(variants[0], document, depth)
        return self._plain(schema, document, depth)

    def _plain(self, schema: Schema, document: str, depth: int) -> Any:
        match schema.get("type"):
            case "object":
                return dict(self._fields(schema, document, depth))
            case "array":
                is_empty = depth >= DEPTH or not schema.get("items")
                return [] if is_empty else [self.of(schema["items"], document, depth + 1)]
            case "boolean":
                return schema.get("default", False)
            case "integer" | "number":
                return int(schema.get("default", schema.get("minimum", 1)))
            case "string":
                is_time = schema.get("format") == "date-time"
                return MOMENT if is_time else schema.get("default") or _of_pattern(schema.get("pattern", ""))
            case _:
                return None

    def _fields(self, schema: Schema, document: str, depth: int) -> Iterator[tuple[str, Any]]:
        for name, field in schema.get("properties", {}).items():
            owned = f"{SAME.get(document, document)}.{name}"
            known = owned if owned in VALUES else name
            yield name, self._of_name(known, field, document, depth)

    def _of_name(self, name: str, field: Schema, document: str = "", depth: int = 0) -> Any:
        """Return the value that is known by the name, if the field has its type, else any."""
        if name in VALUES and any(_has_type(each, VALUES[name]) for each in field.get("anyOf", [field])):
            return VALUES[name]
        return self.of(field, document, depth)

    def _problem(self, path: str, status: int) -> dict[str, Any]:
        document: dict[str, Any] = self.of(self._schemas["ProblemDocument"])
        phrase, kind = HTTPStatus(status).phrase, TYPES.get(status, ProblemType.GENERIC)
        stated = {"type": kind.value, "title": phrase, "status": status, "detail": MEANINGS[kind], "instance": path}
        return document | stated | {"problems": [], "parameters": []}


def _has_type(schema: Schema, value: Any) -> bool:
    if isinstance(value, list) and value:
        items = schema.get("items", {})
        return _has_type(items, value[0]) or ("$ref" in items and isinstance(value[0], dict))
    return schema.get("type") == KINDS[type(value)] and "enum" not in schema and "const" not in schema


def _of_pattern(pattern: str) -> str:
    """Return a text for the pattern of an id: its letter, and as many zeros as it has characters."""
    match = re.fullmatch(r"\^(\w*)\[[^]]*\](?:\{(\d+)\}|\+)\$", pattern)
    return f"{match[1]}{'0' * int(match[2] or 1)}" if match else "…"
