"""What a parser is: it scores a file, and the best one turns it into drafts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from copytaster.article import Provenance


@dataclass(frozen=True, slots=True)
class Original:
    """A file's bytes with what is known about them from outside.

    ``name`` is its name or path (for its extension, and for messages); nothing was published after ``now``.
    """

    content: bytes
    name: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A parsed item before its identity is settled.

    ``text`` has its paragraphs parted by one blank line and no furniture; absent values are None. ``provenance`` has
    an entry for every field that is set, and one named ``charset`` for how the bytes were decoded.
    """

    title: str
    text: str
    format: str
    charset: str
    provenance: dict[str, Provenance] = field(default_factory=dict)
    summary: str | None = None
    byline: str | None = None
    authors: tuple[str, ...] = ()
    dateline: str | None = None
    source: str | None = None
    url: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    guid: str | None = None


class Parser(Protocol):
    """Reads one family of formats."""

    @property
    def format(self) -> str:
        """The name that articles carry as ``format``: ``text``, ``html``."""
        ...

    def score(self, original: Original) -> float:
        """Say how sure it is that this file is its own: 0 not at all, 1 certain. Cheap: looks at the first bytes."""
        ...

    def parse(self, original: Original) -> list[Draft]:
        """Return the file's items, at least one.

        Raises ``RefusedError`` when there is no article in it and ``PermanentError`` when it cannot be read.
        """
        ...
