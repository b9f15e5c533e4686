"""Failed files for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from copytaster.recovery.failed_files import FailedFile
from copytaster.store.ports.failed_files import FailedCounts
from copytaster_cli.rendering.output import table


def failed_table(files: Iterable[FailedFile]) -> Table:
    """Return one row for each failed file."""
    return table(
        "DELIVERY",
        "FILE",
        "RECEIVED",
        "REASON",
        "RETRY",
        "MESSAGE",
        rows=(
            (
                each.id,
                each.path,
                each.received_at,
                each.reason,
                "may help" if each.retryable else "useless",
                each.message,
            )
            for each in files
        ),
    )


def counts_text(counts: FailedCounts) -> str:
    """Return a line with the number of files, one with those of each reason, and one with those of each source."""
    if not counts.files:
        return "no file failed"
    reasons = ", ".join(f"{each.reason} {each.files}" for each in counts.reasons)
    sources = ", ".join(f"{each.source or '(none)'} {each.files}" for each in counts.sources)
    return f"{counts.files} failed files\nby reason: {reasons}\nby source: {sources}"
