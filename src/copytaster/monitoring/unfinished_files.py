"""Files in the inbox that have waited for their end for some time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from copytaster.store.ports.presence import Heartbeat, UnfinishedFile

NAMED_AFTER = timedelta(seconds=30)
"""Time without a change after which an unfinished file is named: most writers continue within seconds."""

NAMED_FILES = 3
"""Unfinished files that a notice names; the heartbeats of the watchers contain more."""


def describe_unfinished(parts: Sequence[Heartbeat], *, now: datetime) -> list[tuple[str, datetime]]:
    """Return a sentence that names such files, and since when the oldest one waits; none if there are none.

    All watchers of one inbox report the same files.
    """
    files = {file.path: file for part in parts for file in part.unfinished if now - file.since >= NAMED_AFTER}
    if not files:
        return []
    count = max(len(files), *(_count(part.details.get("incomplete")) for part in parts if part.unfinished))
    named = [_describe(file) for file in list(files.values())[:NAMED_FILES]]
    more = f", and {count - len(named)} more" if count > len(named) else ""
    message = f"files in the inbox are not finished: {'; '.join(named)}{more}"
    return [(message, min(file.since for file in files.values()))]


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _describe(file: UnfinishedFile) -> str:
    what = f"{file.path} lacks {file.missing}" if file.missing else file.path
    if file.until is None:
        return what
    return f"{what} and {'goes to quarantine' if file.certain else 'is taken'} at {file.until:%H:%M:%S} UTC"
