"""Deleted entries of Atom feeds (RFC 6721), by which a sender withdraws what it has published."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime

from copytaster.model.article import ArticleStatus, Signal
from copytaster.parsing.charset.decoding import clean
from copytaster.parsing.draft_builder import DraftBuilder

_NAMESPACE = "http://purl.org/atompub/tombstones/1.0"
_PREFIX = re.compile(rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(_NAMESPACE)}/?[\"']")
_LEFT_OUT = r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
"""Text that may show an element of the kind."""

_REF, _WHEN = (re.compile(rf"\s{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')") for name in ("ref", "when"))


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The id of a deleted entry, and when it was deleted, as printed."""

    ref: str
    when: str

    def fields(self, now: datetime, publisher: str) -> DraftBuilder:
        """Return the fields of an item that withdraws the entry; ``publisher`` is the title of the feed."""
        builder = DraftBuilder(now, prefix="atom")
        builder.add("guid", self.ref, "deleted-entry/@ref", 0.95)
        builder.restrict(ArticleStatus.CANCELED, "deleted-entry", 0.95)
        builder.add("signal", Signal.KILL, "deleted-entry", 0.95)
        builder.add_time("modified_at", self.when, "deleted-entry/@when", 0.95)
        builder.add("publisher", publisher, "title-of-feed", 0.7)
        return builder


def without_tombstones(text: str) -> tuple[str, list[Tombstone]]:
    """Return a feed without its deleted entries, whose links and names would be read as the feed's, and these.

    Linear in the size.
    """
    if _NAMESPACE not in text:
        return text, []
    prefixes = "|".join(map(re.escape, _PREFIX.findall(text)))
    name = rf"(?:(?:{prefixes}):)?deleted-entry" if prefixes else "deleted-entry"
    element = re.compile(
        rf"{_LEFT_OUT}|<(?P<name>{name})\b(?P<attributes>[^<>]*?)(?:/>|>[^<]*(?>(?:<(?!/?{name}\b)[^<]*)*)(?:</{name}\s*>)?)",
        re.DOTALL,
    )
    found: list[Tombstone] = []

    def taken(match: re.Match[str]) -> str:
        if not match["name"]:
            return match.group()
        ref, when = (_value(pattern, match["attributes"]) for pattern in (_REF, _WHEN))
        if ref:
            found.append(Tombstone(ref, when))
        return ""

    return element.sub(taken, text), found


def _value(pattern: re.Pattern[str], attributes: str) -> str:
    value = pattern.search(attributes)
    return clean(html.unescape(value[1] or value[2] or "")).strip() if value else ""
