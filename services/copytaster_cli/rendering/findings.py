"""The findings of an examination for people."""

from __future__ import annotations

from collections import Counter

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copytaster.doctor.finding import Examination, Finding, Level
from copytaster_cli.rendering.output import cell

STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def findings_page(examination: Examination) -> RenderableType:
    """Return one row for each check, with what to do below what was found, and a summary."""
    rows = Table.grid(padding=(0, 2))
    for each in examination.findings:
        rows.add_row(Text(each.level, style=STYLES[each.level]), Text(each.check, style="dim"), _found(each))
    counts = Counter(each.level for each in examination.findings)
    return Group(rows, Text(), Text(", ".join(f"{counts[level]} {level}" for level in Level if counts[level])))


def _found(finding: Finding) -> Text:
    found = Text(cell(finding.found))
    return found.append(f"\n→ {cell(finding.cure)}", style="bold") if finding.cure else found
