"""What kind of article an object is, and the objects inside envelopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.draft_builder import Fields
from copytaster.parsing.json_documents.field_map import JSON_FEED, SCHEMA_ORG, FieldMap, folded
from copytaster.parsing.json_documents.ninjs import read_ninjs
from copytaster.parsing.json_documents.ninjs_rules import PROPERTIES, declares_ninjs, faults_of
from copytaster.parsing.json_documents.objects import JsonObject, read_object, strings

_ENVELOPES = frozenset([
    "articles", "items", "entries", "results", "docs", "documents", "data", "news", "stories", "posts", "hits",
    "response", "records", "feed",
])  # fmt: skip
"""Names under which programs put the list of what was found."""

_EVIDENCE = frozenset(["published_at", "modified_at", "url", "authors", "summary", "text"])
_SHARE_A_FIELD = frozenset(["title", "language", "version", "byline", "slugline"])

MOST_ENVELOPES = 4
"""Envelopes in one another: a response of a search engine has three."""

MOST_FAULTS = 3
"""Faults that a message lists: whoever mends three looks at the rest as well."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Reads objects of every kind; ``plain`` is the map for those of no known kind."""

    plain: FieldMap
    now: datetime

    def read(self, value: Any, where: str) -> Iterator[tuple[str, Fields | RefusedError]]:
        """Yield where each article in ``value`` lies and its fields, or why it is none."""
        for place, item in self._unwrapped(value, where, MOST_ENVELOPES):
            try:
                yield place, self._fields(item, place)
            except RefusedError as error:
                yield place, error

    def _unwrapped(self, value: Any, where: str, levels: int) -> Iterator[tuple[str, Any]]:
        inner = _inner(value) if isinstance(value, dict) and levels and not self._is_article(value) else None
        if isinstance(value, list) and levels:
            inner = ("", value)
        if inner is None:
            yield where, value
            return
        name, found = inner
        members = found if isinstance(found, list) else [found]
        shared = _of_feed(value) if is_json_feed(value) else {}
        for number, each in enumerate(members, start=1):
            place = f"{where} {name}[{number}]".replace(" [", "[") if isinstance(found, list) else where
            member = {**shared, **each, "": JSON_FEED.origin} if shared and isinstance(each, dict) else each
            yield from self._unwrapped(member, place, levels - 1)

    def _is_article(self, item: JsonObject) -> bool:
        names = {folded(name) for name in item}
        return "headline" in names or ("title" in names and bool(names & _BODIES)) or is_ninjs(item, self.plain)

    def _fields(self, item: Any, where: str) -> Fields:
        if not isinstance(item, dict):
            raise _no_article(where, f"it is no object with fields but {_kind(item)}")
        if item.get("") == JSON_FEED.origin:
            return _feed_item(item, self.now)
        if is_ninjs(item, self.plain):
            return _valid_ninjs(item, where, self.now)
        if "@type" in item:
            return _schema_org(item, where, self.now)
        fields = read_object(item, self.plain, self.now)
        _check(item, fields, where)
        return fields


def is_json_feed(item: Any) -> bool:
    """Say whether an object is a JSON Feed."""
    return isinstance(item, dict) and "jsonfeed.org/version" in str(item.get("version"))


def is_ninjs(item: JsonObject, plain: FieldMap) -> bool:
    """Say whether an object names ninjs, or has its identifier and properties and no names that only others use."""
    if declares_ninjs(item):
        return True
    if not isinstance(item.get("uri"), str):
        return False
    names = {name.lower() for name in item} - {"uri"}
    known = names & (PROPERTIES - _SHARE_A_FIELD)
    others = {folded(name) for name in names - PROPERTIES} & plain.names
    return bool(names) and not (others and not known & _NINJS_ONLY)


_NINJS_ONLY = frozenset([
    "headlines", "bodies", "versioncreated", "firstcreated", "pubstatus", "representationtype", "usageterms",
    "copyrightholder", "infosources", "infosource", "descriptions", "altids", "profile", "eventdetails",
    "plannedcoverage",
])  # fmt: skip
"""Properties that no other format has."""

_BODIES = frozenset(["body", "bodytext", "bodyhtml", "content", "text", "articlebody"])


def _inner(value: JsonObject) -> tuple[str, Any] | None:
    """Return what lies in an envelope, with the name that it has there."""
    if isinstance(value.get("@graph"), list):
        return "@graph", [each for each in value["@graph"] if _is_schema_article(each)]
    if isinstance(value.get("_source"), dict):
        return "_source", value["_source"]
    found = (
        (name, each) for name, each in value.items() if folded(name) in _ENVELOPES and isinstance(each, list | dict)
    )
    return next(found, None)


def _of_feed(feed: JsonObject) -> JsonObject:
    """Return what holds for every item of a JSON Feed that does not say it itself."""
    authors = feed.get("authors") or ([feed["author"]] if isinstance(feed.get("author"), dict) else None)
    return {"language": feed.get("language"), "authors": authors, " source": feed.get("title")}


def _feed_item(item: JsonObject, now: datetime) -> Fields:
    own = {name: value for name, value in item.items() if name.strip()}
    if "author" in own:
        del own["authors"]
    fields = read_object(own, JSON_FEED, now)
    fields.put("source", next(strings([item.get(" source")]), None), "json-feed:title-of-feed", 0.7)
    return fields


def _is_schema_article(item: Any) -> bool:
    kinds = item.get("@type") if isinstance(item, dict) else None
    named = [str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])]
    return any(kind.rpartition("/")[2].endswith(("Article", "BlogPosting", "Report", "Review")) for kind in named)


def _schema_org(item: JsonObject, where: str, now: datetime) -> Fields:
    if not _is_schema_article(item):
        raise _no_article(where, f"its @type is {str(item['@type'])[:80]}, which is no article")
    return read_object(item, SCHEMA_ORG, now)


def _valid_ninjs(item: JsonObject, where: str, now: datetime) -> Fields:
    if faults := faults_of(item):
        said = "; ".join(faults[:MOST_FAULTS]) + ("; and more" if len(faults) > MOST_FAULTS else "")
        raise RefusedError(
            Reason.PARSE_FAILED,
            f"{where} is no valid ninjs: {said}. Have its sender mend it; if it is not ninjs at all, another name than "
            "'uri' keeps it apart.",
        )
    return read_ninjs(item, now)


def _check(item: JsonObject, fields: Fields, where: str) -> None:
    """Refuse what is none: a headline makes an article, and so does a body, but every configuration has a title."""
    if "$schema" in item or not ("text" in fields or "headline" in item or _is_told(fields)):
        names = ", ".join(list(item)[:8])[:200]
        raise _no_article(where, f"none of its names is one that articles use; it has {names or 'no names at all'}")


def _is_told(fields: Fields) -> bool:
    return "title" in fields and any(name in fields for name in _EVIDENCE)


def _no_article(where: str, why: str) -> RefusedError:
    return RefusedError(
        Reason.NO_TEXT,
        f"{where} holds no article: {why}. If it does, say in COPYTASTER_FIELD_MAP under which names.",
    )


def _kind(value: Any) -> str:
    return {str: "a string", bool: "true or false", list: "an array"}.get(type(value), "a number or nothing")
