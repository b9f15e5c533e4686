"""The port of parsers: each scores a file, and the selected one yields drafts, or members that are parsed in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import ArticleStatus, Image, Provenance, Signal, Subject
from copytaster.model.disposition import Reason
from copytaster.model.metadata import Metadata
from copytaster.parsing.original import Hints, Original

__all__ = ["BadItem", "Draft", "Group", "Hints", "Item", "Member", "Original", "Parser", "Searching"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A parsed item before its identity is resolved.

    ``text`` has paragraphs separated by one blank line, without page furniture; absent values are None or empty.
    ``published_local`` is ``published_at`` with the publisher's offset from UTC, None where none is stated.
    ``captured_at`` is when a crawler or a browser stored the page, which only orders its states.
    ``provenance`` has an entry for every other field that is set, and one named ``charset`` for the decoding of the
    bytes: its confidence falls with the damage in the decoded text.

    ``guid`` is the provider's id, ``guid_version`` the provider's version number. ``subjects`` and ``keywords`` are
    those of the source. ``signal`` is the provider's instruction about earlier versions. ``paywalled`` is true for the
    stub of an article that only subscribers can read.
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
    publisher: str | None = None
    url: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    published_local: datetime | None = None
    modified_at: datetime | None = None
    captured_at: datetime | None = None
    guid: str | None = None
    guid_version: int | None = None
    status: ArticleStatus = ArticleStatus.USABLE
    embargoed_until: datetime | None = None
    signal: Signal | None = None
    slugline: str | None = None
    urgency: int | None = None
    note: str | None = None
    located: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    paywalled: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a container, which is parsed like a separate file.

    ``locator`` is its place for people: ``line 12``, ``news/story.xml``. ``open`` is called only when the member is
    parsed, so that members of an earlier slice are skipped cheaply; it may raise the errors of ``Parser.parse``.
    ``metadata`` returns what the sidecar of the member says, if it has one, and may raise the same errors.
    """

    locator: str
    open: Callable[[], Original]
    metadata: Callable[[], Metadata] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The items at one place of a file (a line, a record), parsed only when they are needed; see ``Member``."""

    locator: str
    read: Callable[[], Iterable[Draft | BadItem]]


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that could not be parsed, with its place and a message; the other items are not affected.

    ``refused`` is false if the fault may be the program's, so that a person should examine it.
    """

    locator: str
    reason: Reason
    message: str
    refused: bool = True

    @classmethod
    def of(cls, locator: str, error: PermanentError) -> BadItem:
        """Return the item that failed with ``error``."""
        return cls(locator, error.reason, error.message, isinstance(error, RefusedError))

    def error(self) -> PermanentError:
        """Return the error of a delivery whose only item this is."""
        return (RefusedError if self.refused else PermanentError)(self.reason, self.message)


Item: TypeAlias = Draft | Member | Group | BadItem
"""The results of a parser, in the file's order."""


@dataclass(frozen=True, slots=True)
class Searching:
    """No item: a sign that the parser is still looking through a large container. It has no number among the items."""


class Parser(Protocol):
    """Parses one family of formats."""

    @property
    def format(self) -> str:
        """The value of ``format`` in articles: ``text``, ``html``."""
        ...

    def score(self, original: Original) -> float:
        """Return the confidence, 0 to 1, that the file has this format. Cheap: reads ``head`` and ``tail`` only.

        A signature or root element of the format gives .9 and more, a likely structure .5 to .8, plain text .3; the
        name's extension decides only if the content leaves a doubt.
        """
        ...

    def parse(self, original: Original) -> Iterable[Item | Searching]:
        """Return the file's items, lazily if there may be many, and signs of a long search before the first one.

        Raises ``RefusedError`` when the file has no article, and ``PermanentError`` when it cannot be parsed. An error
        after some items ends the file; these items are kept.
        """
        ...
