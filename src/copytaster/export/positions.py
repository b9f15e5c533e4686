"""Cursors of exports: where one began in the stream of events, and the last document that was read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copytaster.store.cursor import Cursor, WrongCursorError

_EVENT = r"\d{1,19}-\d{1,19}"
_CURSOR = re.compile(rf"(?P<kind>[ac])\.(?P<next_after>{_EVENT})\.(?P<last>\d{{1,19}}-\w+)", re.ASCII)

ALL, CHANGES = "a", "c"
"""The kinds of exports in a cursor: all articles, or those that changed."""


class WrongExportCursorError(ValueError):
    """The text is neither the cursor of an exported document nor the id of an event."""


@dataclass(frozen=True, slots=True)
class ExportCursor:
    """A position in an export.

    ``next_after`` is the event after which the next export of changes begins. ``last`` is, of an export of all
    articles, the cursor of the list (see ``store.cursor``), and of one of changes the last event that was read whole.
    """

    kind: str
    next_after: str
    last: str

    def __str__(self) -> str:
        """Return the text that a receiver sends back."""
        return f"{self.kind}.{self.next_after}.{self.last}"

    @classmethod
    def parse(cls, text: str) -> ExportCursor:
        """Return the cursor that ``text`` represents. Raises ``WrongExportCursorError``."""
        match = _CURSOR.fullmatch(text)
        if match is None or not _is_place(match["last"], match["kind"]):
            raise WrongExportCursorError(f"{text!r} is not a cursor; use the field `cursor` of the last document")
        return cls(**match.groupdict())


def _is_place(last: str, kind: str) -> bool:
    """Return whether an export of this kind can go on there; the list would refuse it after the answer has begun."""
    if kind == CHANGES:
        return re.fullmatch(_EVENT, last) is not None
    try:
        Cursor.parse(last)
    except WrongCursorError:
        return False
    return True


def parse_event(text: str) -> str:
    """Return the id of an event. Raises ``WrongExportCursorError``."""
    if not re.fullmatch(_EVENT, text, re.ASCII):
        raise WrongExportCursorError(f"{text!r} is not the id of an event, such as 1764380000000-0")
    return text
