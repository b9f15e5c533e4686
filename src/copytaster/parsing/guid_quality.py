"""Which guids and links of a feed identify its entries: some software repeats them or leaves them empty."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from copytaster.dedup.identity import canonical_url

_EMPTY = re.compile(
    r"[-+#<(\[\s]*(?:0|none|null|nil|nan|nat|undefined|unknown|false|true|n/?a|n\.a\.|\\n|guid|id"
    r"|(?:urn:uuid:)?[0{}-]+)?[>)\]\s]*",
    re.IGNORECASE,
)
"""Values of empty variables, cells and columns, and the template's word for the value."""

_LONGEST_EMPTY = 60
"""Characters; the longest one, a UUID of zeros in braces as a URN, has 47."""


_VERSIONS = 2
"""Entries of one guid and link that may be versions of one article (RFC 4287, 4.1.1), with a title that was changed."""


def identifies_nothing(guid: str) -> bool:
    """Say whether a guid is the value of an empty variable, which any number of articles have."""
    return len(guid) <= _LONGEST_EMPTY and _EMPTY.fullmatch(guid) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """The values of an entry by which it may be identified; empty if it has none."""

    guid: str
    link: str
    title: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The guids and canonical links that do not identify one entry."""

    guids: frozenset[str]
    links: frozenset[str]

    @classmethod
    def among(cls, entries: Iterable[Entry], own: Iterable[str]) -> Ambiguous:
        """Return those in one file. ``own`` are the addresses and ids of the feed itself.

        A guid is ambiguous if entries with different links have it, with one link those with more than
        ``_VERSIONS`` titles, and without links those with different titles.
        """
        by_guid: dict[str, set[str]] = defaultdict(set)
        by_link: dict[str, set[str]] = defaultdict(set)
        titles: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            link = canonical_url(entry.link) if entry.link else ""
            by_guid[entry.guid].add(link or entry.title)
            by_link[link].add(entry.title)
            titles[entry.guid].add(entry.title)
        feeds = {canonical_url(each) for each in own if each}
        guids = {
            guid
            for guid, owners in by_guid.items()
            if len(owners) > 1
            or len(titles[guid]) > _VERSIONS
            or identifies_nothing(guid)
            or canonical_url(guid) in feeds
        }
        return cls(frozenset(guids), frozenset(link for link, titles in by_link.items() if link and len(titles) > 1))

    def has_guid(self, entry: Entry) -> bool:
        """Return whether the guid of an entry is ambiguous."""
        return entry.guid in self.guids

    def has_link(self, entry: Entry) -> bool:
        """Return whether an entry would be identified by a link that other entries have too."""
        return (not entry.guid or self.has_guid(entry)) and bool(entry.link) and canonical_url(entry.link) in self.links
