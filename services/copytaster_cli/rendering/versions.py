"""Versions of an article, and statistics of sources, for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copytaster.articles.diff import Change, Op
from copytaster.articles.views import Version
from copytaster.model.printable_text import escape
from copytaster.monitoring.sources.figures import SourceSummary
from copytaster_cli.rendering.output import cell, table

MARKS = {Op.DELETE: ("[-", "-]", "red strike"), Op.INSERT: ("{+", "+}", "green")}
"""Marks like those of ``wdiff``, which distinguish changes in files and terminals without colours as well."""

CONTEXT = 60
"""Characters of unchanged text that are shown on either side of a change."""


def versions_page(versions: Iterable[Version], *, shown: int) -> RenderableType:
    """Return each version with its changes, oldest first; ``shown`` is the number of the version in lists."""
    return Group(*(part for each in versions for part in _version(each, shown=each.version == shown)))


def sources_table(sources: Iterable[SourceSummary]) -> Table:
    """Return one row for each source."""
    rows = (
        (each.source, each.first, each.duplicates, _seconds(each.median_lead_seconds), _failed(each))
        for each in sources
    )
    return table("SOURCE", "FIRST SENT", "COPIES SENT", "MEDIAN LEAD", "FAILED FILES, 14 DAYS", rows=rows)


def _failed(source: SourceSummary) -> str | None:
    return f"{source.failed_files} of {source.files}" if source.files else None


def _version(version: Version, *, shown: bool) -> list[RenderableType]:
    state = ", ".join(filter(None, [version.status, version.signal, "shown" if shown else None]))
    head = f"version {version.version}, {cell(version.effective_at)} ({state}): {version.title}"
    body = _changes(version.changes) if version.changes is not None else Text("the first version", style="dim")
    return [Text(escape(head), style="bold"), body, Text()]


def _changes(changes: Sequence[Change]) -> Text:
    if all(each.op is Op.EQUAL for each in changes):
        return Text("no changed words", style="dim")
    made = Text()
    for each in changes:
        if each.op is Op.EQUAL:
            made.append(escape(_shortened(each.text)), style="dim")
            continue
        opening, closing, style = MARKS[each.op]
        words = each.text.rstrip()
        made.append(escape(f"{opening}{words}{closing}{each.text[len(words) :]}"), style=style)
    return made


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * CONTEXT else f"{text[:CONTEXT]} … {text[-CONTEXT:]}"


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f} s"
