"""What IPTC ninjs 2.1 allows, stated by us: its properties with their types. Every other property is wrong.

The IPTC publishes its own schema (https://www.iptc.org/std/ninjs/ninjs-schema_2.1.json), which is not copied here.
Properties that the export never writes are left out, so that it cannot begin to write them without being compared.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}
TIME = {"type": "string", "format": "date-time"}
URI = {"type": "string", "format": "uri"}
NUMBER = {"type": "number"}
PERCENT = {"type": "integer", "minimum": 0, "maximum": 100}


def an_object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def a_list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def one_of(*values: str) -> dict[str, Any]:
    return {"enum": values}


ROLE_TEXT: dict[str, Any] = {"role": TEXT, "contenttype": TEXT, "value": TEXT}
NAMED: dict[str, Any] = {"name": TEXT, "rel": TEXT, "uri": URI, "literal": TEXT}

PROPERTIES: dict[str, Any] = {
    "uri": URI,
    "type": one_of("text", "audio", "video", "picture", "graphic", "composite", "component"),
    "representationtype": one_of("full", "partial"),
    "version": TEXT,
    "firstcreated": TIME,
    "versioncreated": TIME,
    "embargoed": TIME,
    "pubstatus": one_of("usable", "withheld", "canceled"),
    "urgency": {"type": "integer", "minimum": 1, "maximum": 9},
    "ednote": TEXT,
    "language": TEXT,
    "title": TEXT,
    "by": TEXT,
    "slugline": TEXT,
    "located": TEXT,
    "headlines": a_list(an_object(("value",), **ROLE_TEXT)),
    "descriptions": a_list(an_object(("value",), **ROLE_TEXT)),
    "bodies": a_list(an_object(("value",), **ROLE_TEXT, charcount=NUMBER, wordcount=NUMBER)),
    "people": a_list(an_object(**NAMED)),
    "organisations": a_list(an_object(**NAMED)),
    "places": a_list(an_object(**NAMED)),
    "subjects": a_list(an_object(**NAMED, creator=TEXT, relevance=PERCENT, confidence=PERCENT)),
    "infosources": a_list(an_object(name=TEXT, role=TEXT, uri=URI, literal=TEXT)),
    "altids": a_list(an_object(role=TEXT, value=TEXT)),
    "standard": an_object(name=TEXT, version=TEXT, schema=URI),
    "renditions": a_list(an_object(("name",), name=TEXT, href=URI, contenttype=TEXT, title=TEXT)),
}

SCHEMA = an_object(("uri",), **PROPERTIES, associations=a_list(an_object(("name", "uri"), **PROPERTIES, name=TEXT)))
"""The JSON schema of an item. An associated item may have every property, and has a name."""
