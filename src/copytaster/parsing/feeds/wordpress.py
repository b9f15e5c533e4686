"""Exports of WordPress (WXR): RSS whose entries are everything that a site stores, from posts to menus and drafts.

Their elements are in a namespace of their own; feedparser names them by the prefix that the export declares for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.release_terms.embargo_fields import add_embargo

_NAMESPACE = re.compile(r"https?://wordpress\.org/export/[\d.]+/?", re.IGNORECASE)
"""The namespace of the export's elements, with its version; those of excerpts have a further step in the path."""

_OWN_TYPES = frozenset(
    ["attachment", "revision", "nav_menu_item", "custom_css", "customize_changeset", "oembed_cache", "user_request"]
)
"""WordPress's own types of entries that are no texts; other types are a site's own, such as ``news``."""

_OWN_PREFIX = "wp_"
"""Prefix of WordPress's own types for parts of pages, such as ``wp_block``, ``wp_template`` and ``wp_navigation``."""

_UNPUBLISHED = frozenset(["draft", "auto-draft", "pending", "private", "trash", "inherit"])
"""WordPress's own statuses of what the public does not see; ``inherit`` is that of revisions and attachments."""

_PARAGRAPHS = re.compile(r"<p\b|<!-- wp:", re.IGNORECASE)
"""Markup of paragraphs; texts of the older editor have blank lines instead, which WordPress replaces on its pages."""

_BLANK_LINES = re.compile(r"\r?\n[^\S\n]*\r?\n\s*")

_SHORTCODES = re.compile(
    r"\[caption\b[^\[\]]*\][^\[]*\[/caption\]|\[/?(?:caption|gallery|embed|audio|video|playlist)\b[^\[\]]*\]"
)
"""WordPress's own instructions in texts, for pictures and players. Each part ends at a bracket: the time is linear."""

_NO_TIME = "0000-00-00"
"""What WordPress writes as a time in UTC of an entry that was never published."""


class Export:
    """The elements of WordPress in the entries of a feed; a feed that is no export has none."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        prefixes = (prefix for prefix, uri in namespaces.items() if _NAMESPACE.fullmatch(uri))
        # In a feed that is not well-formed, feedparser reads no namespaces.
        self._prefix = next(prefixes, "wp")

    def refuse_other_than_articles(self, entry: Mapping[str, Any], name: str) -> None:
        """Raise ``RefusedError`` (``no_text``) for an entry that is no text, or that its site does not publish."""
        type_, status = self._word(entry, "post_type"), self._word(entry, "status")
        if type_ is None and status is None:
            return
        if type_ in _OWN_TYPES or (type_ or "").startswith(_OWN_PREFIX):
            raise _refused(name, f"has the type {type_}")
        if status in _UNPUBLISHED:
            raise _refused(name, f"has the status {status}")
        if self._word(entry, "post_password"):
            raise _refused(name, "is protected by a password")

    def markup(self, entry: Mapping[str, Any], value: str) -> str:
        """Return the text of an entry as HTML; the text of an entry that is not from an export is returned as it is."""
        if self._word(entry, "post_type") is None:
            return value
        text = _SHORTCODES.sub("", value)
        return text if _PARAGRAPHS.search(text) else _BLANK_LINES.sub("<p>", text)

    def add_terms(self, builder: DraftBuilder, entry: Mapping[str, Any]) -> None:
        """Withhold a scheduled entry until its time, and one whose status is unknown without an end."""
        status = self._word(entry, "status")
        if status == "future":
            self._add_schedule(builder, entry)
        elif status is not None and status != "publish":
            builder.withhold(f"wp:status: unknown status {status[:60]!r}", 0.5)

    def add_times(self, builder: DraftBuilder, entry: Mapping[str, Any]) -> None:
        """Add the times of publication and of the last change in UTC, which other elements may lack."""
        for field, element in (("published_at", "post_date_gmt"), ("modified_at", "post_modified_gmt")):
            if value := self._time(entry, element):
                builder.add_time(field, f"{value}+00:00", f"wp:{element}", 0.9)

    def _add_schedule(self, builder: DraftBuilder, entry: Mapping[str, Any]) -> None:
        if utc := self._time(entry, "post_date_gmt"):
            add_embargo(builder, f"{utc}+00:00", "wp:post_date_gmt")
        elif local := self._time(entry, "post_date"):
            add_embargo(builder, local, "wp:post_date")
        else:
            builder.hold("wp:status", "the entry is scheduled, and has no time")

    def _time(self, entry: Mapping[str, Any], element: str) -> str | None:
        value = self._word(entry, element)
        return value if value and not value.startswith(_NO_TIME) else None

    def _word(self, entry: Mapping[str, Any], element: str) -> str | None:
        value = entry.get(f"{self._prefix}_{element}")
        return None if value is None else str(value).strip().lower()


def _refused(name: str, why: str) -> RefusedError:
    return RefusedError(
        Reason.NO_TEXT,
        f"{name} of a WordPress export {why}, so it is no published article. If it shall be one, publish it in"
        " WordPress, and export it again.",
    )
