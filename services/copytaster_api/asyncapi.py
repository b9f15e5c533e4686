"""The AsyncAPI 3.0 document: what OpenAPI does not describe, events that the stream and webhooks deliver."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import copytaster
from copytaster.outbound.cloud_event import MEDIA_TYPE, CloudEvent
from copytaster.outbound.event_data import DATA
from copytaster.outbound.event_types import EVENT_TYPES

WEBHOOK_TYPES = ("gap", "webhook.test")
"""Types that only webhooks have; the stream's message ``gap`` is no CloudEvent, and has this data alone."""

SCHEMAS = "#/components/schemas/"

SIGNED: dict[str, str] = {
    "webhook-id": "Id of the event; the same in each repetition.",
    "webhook-timestamp": "Seconds since 1970, when the message was sent.",
    "webhook-signature": "Signatures of Standard Webhooks, separated by spaces.",
}
"""The headers of a message to a webhook."""


def asyncapi_document() -> dict[str, Any]:
    """Return the document: both channels carry the same events, webhooks two more."""
    all_types = (*EVENT_TYPES, *WEBHOOK_TYPES)
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in all_types}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Copytaster events",
            "version": copytaster.__version__,
            "description": "What happens to files and articles, as documents of CloudEvents 1.0.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": {
            "stream": {
                "address": "/api/v1/events",
                "description": "Server-sent events; their `id` and `event` are `id` and `type` of the document.",
                "messages": {name: messages[name] for name in EVENT_TYPES},
            },
            "webhook": {
                "address": None,
                "description": "The URL of an endpoint: each event is posted there, signed by Standard Webhooks.",
                "messages": messages,
            },
        },
        "operations": {
            "streamEvents": {"action": "send", "channel": {"$ref": "#/channels/stream"}},
            "postEvents": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhook"},
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            },
        },
        "components": {"messages": {name: _message(name) for name in all_types}, "schemas": _schemas()},
    }


def _message(name: str) -> dict[str, Any]:
    data = DATA[name.partition(".")[0]].__name__
    payload = {"type": "object", "properties": {"type": {"const": name}, "data": {"$ref": SCHEMAS + data}}}
    return {
        "name": name,
        "contentType": MEDIA_TYPE,
        "headers": {
            "type": "object",
            "properties": {header: {"type": "string", "description": what} for header, what in SIGNED.items()},
        },
        "payload": {"allOf": [{"$ref": f"{SCHEMAS}CloudEvent"}, payload]},
    }


def _schemas() -> dict[str, Any]:
    models: list[type[BaseModel]] = [CloudEvent, *DATA.values()]
    _, document = models_json_schema([(each, "serialization") for each in models], ref_template=f"{SCHEMAS}{{model}}")
    schemas: dict[str, Any] = document["$defs"]
    return schemas
