"""Lines about the activity of a running system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from copytaster.clock import Clock
from copytaster.model.delivery import Balance, Delivery
from copytaster.model.disposition import Disposition
from copytaster.model.printable_text import escape
from copytaster_cli.rendering.deliveries import outcome
from copytaster_cli.rendering.output import emit_text

LOG_PREFIX = re.compile(r"^\S+ \[\w+ *\] ")
"""Time and level of a log line in the console format."""

LONGEST_ERROR = 200
"""Characters of an error that are shown; the log file has the rest."""

KIND_WIDTH = 11
"""Characters of the longest kind of line, "quarantined"."""


def activity_line(at: datetime, kind: str, text: str) -> str:
    """Return a line: the local time, the kind, and the text."""
    return f"{at.astimezone():%H:%M:%S}  {kind:{KIND_WIDTH}}  {escape(text.replace(chr(10), ' '))}"


def settled_line(delivery: Delivery, title: str | None) -> str:
    """Return the line about a settled delivery; ``title`` is its article's."""
    kind = _in_words(delivery.disposition) if delivery.disposition else "settled"
    return activity_line(delivery.settled_at or delivery.received_at, kind, _result(delivery, title))


def summary_line(balance: Balance, address: str) -> str:
    """Return the counts of all deliveries, and where to see more."""
    in_flight = f", {balance.in_flight} in flight" if balance.in_flight else ""
    counts = count_dispositions(balance.dispositions)
    return f"--- {balance.seen} files so far: {counts}{in_flight}.  Dashboard {address}"


def count_dispositions(counts: Mapping[Disposition, int]) -> str:
    """Return the counts that are not zero, always in the same order."""
    return ", ".join(f"{count} {_in_words(each)}" for each in Disposition if (count := counts.get(each))) or "none"


def _in_words(disposition: Disposition) -> str:
    return disposition.value.replace("_", " ")


def _result(delivery: Delivery, title: str | None) -> str:
    """Return the path with the title, or with the reason and its message; many messages begin with the path."""
    if title:
        return f'{delivery.path}  "{title}"'
    if delivery.reason and delivery.message and delivery.path in delivery.message:
        return f"{delivery.message} ({delivery.reason})"
    return f"{delivery.path}  {outcome(delivery) or ''}".rstrip()


def error_line(at: datetime, log: Path, line: str) -> str:
    """Return the line about an error in a log file, which has the details."""
    message = LOG_PREFIX.sub("", line)
    shortened = message if len(message) <= LONGEST_ERROR else f"{message[:LONGEST_ERROR]} ..."
    return activity_line(at, "error", f"{log.stem}: {shortened} (see {log})")


def welcome(inbox: Path, address: str, logs: Path | None) -> str:
    """Return the message for the start of a system that is ready."""
    lines = ["Copytaster is running.", f"  Dashboard  {address}", f"  Inbox      {inbox}"]
    if logs:
        lines.append(f"  Logs       {logs}")
    lines.append("Drop news files into the inbox, directly or in one folder for each source. Stop with Ctrl-C.")
    return "\n".join(lines)


class Screen:
    """Shows the activity on standard output, unless the log is shown instead."""

    def __init__(self, clock: Clock, *, shows_activity: bool) -> None:
        self._clock = clock
        self._shows_activity = shows_activity

    def show(self, *lines: str) -> None:
        """Show lines."""
        if self._shows_activity:
            for line in lines:
                emit_text(line)

    def still_starting(self, why: str) -> None:
        """Show why the start is not complete; advice after a semicolon is for a system that was running."""
        self.show(f"Still starting: {why.partition(';')[0]} ...")

    def problem(self, sentence: str) -> None:
        """Show a sentence about a problem."""
        self.show(activity_line(self._clock.now(), "problem", sentence))
