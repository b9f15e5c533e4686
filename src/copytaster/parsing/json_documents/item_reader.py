"""Recognises the kind of a JSON object (JSON Feed, ninjs, schema.org, plain) and finds the objects inside envelopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.guid_quality import Ambiguous, Entry
from copytaster.parsing.json_documents.field_map import JSON_FEED, SCHEMA_ORG, FieldMap, folded
from copytaster.parsing.json_documents.ninjs import read_ninjs
from copytaster.parsing.json_documents.ninjs_rules import (
    PROPERTIES,
    declares_ninjs,
    faults_of,
    is_readable,
    own_identifier,
)
from copytaster.parsing.json_documents.objects import JsonObject, read_object, strings

_ENVELOPES = frozenset([
    "articles", "items", "entries", "results", "docs", "documents", "data", "news", "stories", "posts", "hits",
    "response", "records", "feed", "item",
])  # fmt: skip
"""Names of the list of results in the output of programs."""

_ARTICLE_FIELDS = frozenset(["published_at", "modified_at", "url", "authors", "summary", "text"])
"""With a title, one of these fields shows that an object is an article."""

_SHARED_PROPERTIES = frozenset(["title", "language", "version", "byline", "slugline"])
"""Properties of ninjs that plain objects have too."""

_NINJS_ONLY = frozenset([
    "headlines", "bodies", "versioncreated", "firstcreated", "pubstatus", "representationtype", "usageterms",
    "copyrightholder", "infosources", "infosource", "descriptions", "altids", "profile", "eventdetails",
    "plannedcoverage",
])  # fmt: skip
"""Properties that no other format has."""

_SUPERDESK = frozenset(["versioncreated", "firstcreated", "pubstatus", "firstpublished"])
"""Properties beside an identifier of Superdesk or AP, which have no ``uri``; two of them show an item of ninjs."""

_BODIES = frozenset(["body", "bodytext", "bodyhtml", "content", "text", "articlebody"])

_FEED_MARK = ""
"""Key that marks an object as an item of a JSON Feed; no document has an empty key."""

_FEED_TITLE = " source"
"""Key for the feed's title in an item of a JSON Feed; the blank keeps it apart from the item's own keys."""

MAX_ENVELOPES = 4
"""Nested envelopes; a response of a search engine has three."""

MAX_FAULTS = 3
"""Faults in one message; the sender is expected to check the whole item when correcting them."""


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Reads the articles in a JSON value; ``plain`` is the field map for objects of no known kind."""

    plain: FieldMap
    now: datetime

    def read(self, value: Any, where: str) -> Iterator[tuple[str, DraftBuilder | RefusedError]]:
        """Yield the place of each item in ``value`` with its fields, or with the reason why it is not an article."""
        for place, item in self._unwrapped(value, where, MAX_ENVELOPES):
            try:
                yield place, self._fields(item, place)
            except RefusedError as error:
                yield place, error

    def _unwrapped(self, value: Any, where: str, levels: int) -> Iterator[tuple[str, Any]]:
        """Yield the items inside ``value`` with their places, through at most ``levels`` envelopes."""
        envelope = _open_envelope(value) if isinstance(value, dict) and levels and not self._is_article(value) else None
        if isinstance(value, list) and levels:
            envelope = ("", value)
        if envelope is None:
            yield where, value
            return
        name, content = envelope
        members = content if isinstance(content, list) else [content]
        shared = _feed_values(value) if is_json_feed(value) else {}
        if shared:
            members = list(_without_ambiguous_ids(members, value))
        for number, each in enumerate(members, start=1):
            place = f"{where} {name}[{number}]".replace(" [", "[") if isinstance(content, list) else where
            in_feed = shared and isinstance(each, dict)
            member = {**shared, **each, _FEED_MARK: JSON_FEED.origin} if in_feed else each
            yield from self._unwrapped(member, place, levels - 1)

    def _is_article(self, item: JsonObject) -> bool:
        names = {folded(name) for name in item}
        return "headline" in names or ("title" in names and bool(names & _BODIES)) or is_ninjs(item, self.plain)

    def _fields(self, item: Any, where: str) -> DraftBuilder:
        if not isinstance(item, dict):
            raise _no_article(where, f"it is {_type_name(item)}, not an object with fields")
        if item.get(_FEED_MARK) == JSON_FEED.origin:
            return _feed_item(item, self.now)
        if is_ninjs(item, self.plain):
            return _ninjs(item, where, self.now)
        if "@type" in item:
            return _schema_org(item, where, self.now)
        fields = read_object(item, self.plain, self.now)
        _check_is_article(item, fields, where)
        return fields


def is_json_feed(item: Any) -> bool:
    """Say whether a value is a JSON Feed."""
    return isinstance(item, dict) and "jsonfeed.org/version" in str(item.get("version"))


def is_ninjs(item: JsonObject, plain: FieldMap) -> bool:
    """Say whether an object is ninjs: it names the standard, or has its identifier and properties.

    Without the standard's name, a name that only plain objects have rules ninjs out, unless there are properties that
    only ninjs has.
    """
    if declares_ninjs(item):
        return True
    names = {name.lower() for name in item} - {"uri"}
    if own_identifier(item)[0] and len(names & _SUPERDESK) > 1:
        return True
    if not isinstance(item.get("uri"), str):
        return False
    ninjs_names = names & (PROPERTIES - _SHARED_PROPERTIES)
    # A status is in many formats.
    plain_names = {folded(name) for name in names - PROPERTIES - {"status"}} & plain.names
    return bool(names) and not (plain_names and not ninjs_names & _NINJS_ONLY)


def _open_envelope(value: JsonObject) -> tuple[str, Any] | None:
    """Return the name and the value of the property that contains the articles; None without an envelope."""
    if isinstance(value.get("@graph"), list):
        return "@graph", [each for each in value["@graph"] if _is_schema_article(each)]
    if isinstance(value.get("_source"), dict):
        return "_source", value["_source"]
    envelopes = (
        (name, each) for name, each in value.items() if folded(name) in _ENVELOPES and isinstance(each, list | dict)
    )
    return next(envelopes, None)


def _feed_values(feed: JsonObject) -> JsonObject:
    """Return the values of a JSON Feed that apply to items without their own."""
    authors = feed.get("authors") or ([feed["author"]] if isinstance(feed.get("author"), dict) else None)
    return {"language": feed.get("language"), "authors": authors, _FEED_TITLE: feed.get("title")}


def _without_ambiguous_ids(items: list[Any], feed: JsonObject) -> Iterator[Any]:
    """Yield the items of a JSON Feed, without ids that do not identify one item."""
    entries = [
        Entry(*(str(item.get(name) or "") for name in ("id", "url", "title"))) if isinstance(item, dict) else None
        for item in items
    ]
    own = (str(feed.get(name) or "") for name in ("home_page_url", "feed_url"))
    ambiguous = Ambiguous.among(filter(None, entries), own)
    for item, entry in zip(items, entries, strict=True):
        left_out = {"id"} if entry and ambiguous.has_guid(entry) else set()
        left_out |= {"url"} if entry and ambiguous.has_link(entry) else set()
        yield {name: value for name, value in item.items() if name not in left_out} if left_out else item


def _feed_item(item: JsonObject, now: datetime) -> DraftBuilder:
    properties = {name: value for name, value in item.items() if name.strip()}
    if "author" in properties:
        del properties["authors"]
    fields = read_object(properties, JSON_FEED, now)
    fields.add("publisher", next(strings([item.get(_FEED_TITLE)]), None), "title-of-feed", 0.7)
    return fields


def _is_schema_article(item: Any) -> bool:
    types = item.get("@type") if isinstance(item, dict) else None
    names = [str(each) for each in (types if isinstance(types, list) else [types])]
    return any(name.rpartition("/")[2].endswith(("Article", "BlogPosting", "Report", "Review")) for name in names)


def _schema_org(item: JsonObject, where: str, now: datetime) -> DraftBuilder:
    if not _is_schema_article(item):
        raise _no_article(where, f"its @type is {str(item['@type'])[:80]}, which is not an article")
    return read_object(item, SCHEMA_ORG, now)


def _ninjs(item: JsonObject, where: str, now: datetime) -> DraftBuilder:
    """Return the fields. Raises ``RefusedError`` for an item with faults, if it must not be read in spite of them.

    One that withdraws its article is read: if it were refused, the earlier version would stay on show.
    """
    fields, faults = read_ninjs(item, now), faults_of(item)
    listed = "; ".join(faults[:MAX_FAULTS]) + ("; and more" if len(faults) > MAX_FAULTS else "")
    if faults and not (fields.withdraws or is_readable(item, faults)):
        raise RefusedError(
            Reason.PARSE_FAILED,
            f"{where} is no valid ninjs: {listed}. Have its sender correct it. If it is not ninjs, rename 'uri', by "
            "which it was recognised.",
        )
    if faults:
        fields.add_note(f"[ninjs: {listed}]")
    return fields


def _check_is_article(item: JsonObject, fields: DraftBuilder, where: str) -> None:
    """Raise ``RefusedError`` unless there is a headline, a text, or a title with another field of an article.

    A title alone is not enough: configuration files have one too. A notice that withdraws an article may have its id
    alone.
    """
    if fields.withdraws and "guid" in fields:
        return
    has_title = "title" in fields and any(name in fields for name in _ARTICLE_FIELDS)
    if "$schema" in item or not ("text" in fields or "headline" in item or has_title):
        names = ", ".join(list(item)[:8])[:200]
        raise _no_article(where, f"none of its names is one that articles use; it has {names or 'no names at all'}")


def _no_article(where: str, why: str) -> RefusedError:
    return RefusedError(
        Reason.NO_TEXT,
        f"{where} holds no article: {why}. If it does, name its fields in the file that COPYTASTER_FIELD_MAP sets.",
    )


def _type_name(value: Any) -> str:
    return {str: "a string", bool: "true or false", list: "an array"}.get(type(value), "a number or null")
