"""Validates ninjs: the properties of each generation of the standard, and their types.

Source: IPTC's specification of ninjs 1.6, 2.2 and 3.1 (iptc.org/std/ninjs). Formats of addresses and times are not
checked, as in its own validator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from copytaster.parsing.json_documents.objects import JsonObject


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: its properties, required ones, exclusive pairs, patterns of further names; open: any further name."""

    properties: dict[str, Rule]
    required: tuple[str, ...] = ()
    exclusive: tuple[tuple[str, str], ...] = ()
    patterns: tuple[tuple[str, Rule], ...] = ()
    is_open: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Members:
    """An array, or an object that names its members; all members follow one rule."""

    rule: Rule
    container: type


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer within bounds."""

    least: int
    most: int


Rule: TypeAlias = "type | frozenset[str] | re.Pattern[str] | Integer | Members | Shape"
"""A type, the strings that are allowed, a pattern, bounds, or a structure."""

NUMBER = float
"""Also allows integers."""


def _texts(names: str) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), str)


def _list(rule: Rule) -> Members:
    return Members(rule, list)


_DATE = re.compile(r"-?\d{4,}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?)?)?")
_NAME = r"[a-zA-Z0-9_]+"

_CONTACT = Shape(_texts("type role lang name value") | {"address": dict})
_CODE = Shape(_texts("name scheme code"), required=("code",))
_ADVICE = Shape({"role": str, "environments": _list(Shape(_texts("name scheme code"))),
                 "importance": _CODE, "lifetime": _CODE})  # fmt: skip
_STANDARD = Shape(_texts("name version schema"))
_RIGHTS = Shape(_texts("langid linkedrights encodedrights"), exclusive=(("linkedrights", "encodedrights"),))
_SOURCE_TYPE = Shape(_texts("name uri literal"))
_PERCENT = Integer(0, 100)
_ASSESSED: dict[str, Rule] = {"creator": str, "relevance": _PERCENT, "confidence": _PERCENT}

_TYPES = ["text", "audio", "video", "picture", "graphic", "composite", "component"]

_COMMON: dict[str, Rule] = _texts(
    "uri profile version firstcreated versioncreated contentcreated copyrightholder copyrightnotice usageterms ednote"
    " language title slugline located expires"
) | {
    "pubstatus": frozenset(["usable", "withheld", "canceled"]),
    "urgency": Integer(1, 9),
    "rightsinfo": _RIGHTS,
    "digitalsourcetype": _SOURCE_TYPE,
    "advices": _list(_ADVICE),
    "standard": _STANDARD,
    "$standard": _STANDARD,
}


def _first() -> Shape:
    """Return the rules of 1.x."""
    concept = _texts("name rel scheme code")
    reached: dict[str, Rule] = concept | {"contactinfo": _list(_CONTACT)}
    rendition = Shape(_texts("href mimetype title format") | dict.fromkeys(
        ["height", "width", "sizeinbytes", "duration"], NUMBER))  # fmt: skip
    properties: dict[str, Rule] = _COMMON | _texts("mimetype embargoed byline headline") | {
        "type": frozenset(_TYPES),
        "representationtype": frozenset(["complete", "incomplete"]),
        "charcount": NUMBER,
        "wordcount": NUMBER,
        "person": _list(Shape(reached)),
        "organisation": _list(Shape(reached | {"symbols": _list(dict)})),
        "place": _list(Shape(reached, patterns=((rf"geometry_{_NAME}", dict),))),
        "subject": _list(Shape(concept | _ASSESSED)),
        "event": _list(Shape(concept)),
        "object": _list(Shape(concept)),
        "infosource": _list(Shape(reached)),
        "renditions": Members(rendition, dict),
        "altids": dict,
        "trustindicator": _list(Shape(_texts("scheme code title href"))),
        "genre": _list(Shape(concept)),
    }  # fmt: skip
    item = Shape(properties, ("uri",), (), tuple((rf"{each}_{_NAME}", str) for each in _TEXT_PROPERTIES))
    properties["associations"] = Members(item, dict)
    return item


_TEXT_PROPERTIES = ("description", "body", "headline")


def _second() -> Shape:
    """Return the rules of 2.x and 3.x, whose names differ in capitals only."""
    concept = _texts("name rel uri literal")
    reached: dict[str, Rule] = concept | {"contactinfo": _list(_CONTACT)}
    words = Shape(_texts("role contenttype value") | {"charcount": int, "wordcount": int}, ("value",))
    dates = Shape({"startdate": str, "enddate": str, "expectedstartdate": _DATE, "expectedenddate": _DATE,
                   "expectedduration": str, "recurrence": dict},
                  exclusive=(("startdate", "expectedstartdate"), ("enddate", "expectedenddate")))  # fmt: skip
    organisation: dict[str, Rule] = reached | {"symbols": _list(dict)}
    rendition = Shape(_texts("name href contenttype title format aspectratio videocodec transportprotocol scantype"
                             " bitrate") | {"width": int, "height": int, "sizeinbytes": int, "duration": NUMBER,
                                            "framerate": NUMBER, "poi": dict}, ("name",))  # fmt: skip
    geometry = Shape({"type": str}, ("type",), is_open=True)
    coverage = Shape({"urgency": Integer(1, 9), "dates": dates, "renditions": _list(rendition)}, is_open=True)
    properties: dict[str, Rule] = _COMMON | _texts("embargoeduntil embargoed by") | {
        "type": frozenset([*_TYPES, "event", "planning"]),
        "representationtype": frozenset(["full", "partial", "complete", "incomplete"]),
        "descriptions": _list(words),
        "bodies": _list(words),
        "headlines": _list(words),
        "people": _list(Shape(reached)),
        "organisations": _list(Shape(organisation)),
        "places": _list(Shape(reached | {"geojson": geometry})),
        "subjects": _list(Shape(concept | _ASSESSED)),
        "events": _list(Shape(concept | {"id": str})),
        "eventdetails": Shape({"eventstatus": str, "plannedcoveragestatus": str, "dates": dates,
                               "organiser": Shape(organisation)}),
        "plannedcoverage": _list(coverage),
        "objects": _list(Shape(concept)),
        "infosources": _list(Shape(reached | {"role": str})),
        "renditions": _list(rendition),
        "altids": _list(Shape(_texts("role value"))),
        "trustindicators": _list(Shape(_texts("role title href"))),
        "genres": _list(Shape(_texts("name uri literal"))),
    }  # fmt: skip
    associated = Shape(properties | _texts("name rel"), ("name", "uri"))
    properties["associations"] = associated.properties["associations"] = _list(associated)
    return Shape(properties, ("uri",))


FIRST, SECOND = _first(), _second()
"""The two generations. In the first a property's name contains the role; in the second lists of objects have roles."""

_NEWEST = {"1": 6, "2": 2, "3": 1}
"""The newest minor version that the rules above cover; properties that later ones add are accepted."""

PROPERTIES = frozenset(FIRST.properties) | frozenset(SECOND.properties)


def faults_of(item: JsonObject) -> list[str]:
    """Return a description of each fault in an item; empty for a valid one.

    The item is validated against the generation that it fits best, because the version that items name is often wrong.
    Unknown properties are accepted if it names a later version than the rules cover, or its sender's own schema.
    """
    faults = min((list(_faults(item, rule, "")) for rule in (FIRST, SECOND)), key=_distance)
    return [fault for fault in faults if not fault.endswith(_UNKNOWN)] if _is_extended(item) else faults


def _distance(faults: list[str]) -> tuple[int, int]:
    return sum(fault.endswith(_UNKNOWN) for fault in faults), len(faults)


_UNKNOWN = "is no property of ninjs"


def own_identifier(item: JsonObject) -> tuple[str, str]:
    """Return the identifier that Superdesk (``guid``) or AP (``altids.itemid``) writes beside ``uri``, and its place.

    Both are empty without one.
    """
    if isinstance(item.get("guid"), str):
        return item["guid"], "guid"
    others = item.get("altids")
    if isinstance(others, dict) and isinstance(others.get("itemid"), str):
        return others["itemid"], "altids.itemid"
    return "", ""


def is_readable(item: JsonObject, faults: list[str]) -> bool:
    """Say whether an item is read in spite of faults.

    That is an item of Superdesk or AP, which have own identifiers, and one with a text and the time or status with
    which agencies publish if its only fault is unknown properties.
    """
    names = {name.lower() for name, value in item.items() if value}
    if own_identifier(item)[0]:
        return True
    has_text = any(re.match(r"body|bodies", name) for name in names)
    return has_text and not _PUBLISHED.isdisjoint(names) and all(fault.endswith(_UNKNOWN) for fault in faults)


_PUBLISHED = frozenset(["pubstatus", "versioncreated", "firstcreated", "firstpublished"])


def declares_ninjs(item: JsonObject) -> bool:
    """Say whether an item names the standard."""
    standard = item.get("standard") or item.get("$standard")
    return isinstance(standard, dict) and "ninjs" in f"{standard.get('name')} {standard.get('schema')}"


def _is_extended(item: JsonObject) -> bool:
    """Say whether an item names a later version than the rules cover, or a schema that is not IPTC's."""
    standard = item.get("standard") or item.get("$standard")
    if not isinstance(standard, dict):
        return False
    match = re.match(r"(\d+)\.(\d+)", str(standard.get("version")))
    schema = str(standard.get("schema") or "")
    return bool(schema and "iptc.org/std/ninjs" not in schema) or bool(
        match and int(match.group(2)) > _NEWEST.get(match.group(1), -1)
    )


def _faults(value: Any, rule: Rule, at: str) -> Iterator[str]:
    match rule:
        case Shape():
            yield from _shape_faults(value, rule, at) if isinstance(value, dict) else [f"{at} is no object"]
        case Members():
            yield from _member_faults(value, rule, at)
        case _ if not _fits(value, rule):
            yield f"{at} is {_expected(rule)}"
        case _:
            pass


def _fits(value: Any, rule: frozenset[str] | Integer | re.Pattern[str] | type) -> bool:
    match rule:
        case frozenset():
            return isinstance(value, str) and value in rule
        case Integer():
            return _is(value, int) and rule.least <= value <= rule.most
        case re.Pattern():
            return isinstance(value, str) and bool(rule.fullmatch(value))
        case type():
            return _is(value, rule)


def _expected(rule: frozenset[str] | Integer | re.Pattern[str] | type) -> str:
    match rule:
        case frozenset():
            return f"none of {', '.join(sorted(rule))}"
        case Integer():
            return f"no whole number from {rule.least} to {rule.most}"
        case re.Pattern():
            return "no date"
        case type():
            return f"no {_TYPE_NAMES[rule]}"


_TYPE_NAMES = {str: "string", int: "whole number", float: "number", dict: "object", list: "array"}


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, int | float if kind is NUMBER else kind) and not isinstance(value, bool)


def _shape_faults(value: JsonObject, shape: Shape, at: str) -> Iterator[str]:
    folded = {name.lower(): each for name, each in value.items()}
    yield from (f"{at}{each} is missing" for each in shape.required if each not in folded)
    yield from (f"{at}{one} and {other} exclude each other" for one, other in shape.exclusive
                if one in folded and other in folded)  # fmt: skip
    for name, each in folded.items():
        if name in shape.properties:
            yield from _faults(each, shape.properties[name], f"{at}{name}")
        elif pattern := next((rule for begins, rule in shape.patterns if re.match(begins, name)), None):
            yield from _faults(each, pattern, f"{at}{name}")
        elif not shape.is_open:
            yield f"{at}{name[:80]} {_UNKNOWN}"


def _member_faults(value: Any, rule: Members, at: str) -> Iterator[str]:
    match value:
        case dict() if rule.container is dict:
            members = list(value.values())
        case list() if rule.container is list:
            members = value
        case _:
            yield f"{at} is no {_TYPE_NAMES[rule.container]}"
            return
    for number, each in enumerate(members):
        yield from _faults(each, rule.rule, f"{at}[{number}].")
