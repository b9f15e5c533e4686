"""What a parser is: it scores a file, and the best one turns it into drafts, or into members that are read in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import ArticleStatus, Image, Provenance, Signal, Subject
from copytaster.model.disposition import Reason
from copytaster.parsing.original import Hints, Original

__all__ = ["BadItem", "Draft", "Group", "Hints", "Item", "Member", "Original", "Parser"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A parsed item before its identity is settled.

    ``text`` has its paragraphs parted by one blank line and no furniture; absent values are None or empty.
    ``provenance`` has an entry for every field that is set, and one named ``charset`` for how the bytes were decoded:
    its confidence falls with the damage that decoding left.

    ``guid`` is the provider's id and ``guid_version`` the provider's number of this version of it. ``subjects`` and
    ``keywords`` are what the source itself gave. ``signal`` says what the provider wants done with earlier versions.
    ``paywalled`` is true for the stub of an article that only subscribers can read.
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
    """Something inside a container that is read like a file of its own.

    ``locator`` says where it lies, for people: ``line 12``, ``news/story.xml``. ``open`` is called only when its turn
    comes, so that what was read before is passed over cheaply; it may raise what ``Parser.parse`` raises.
    """

    locator: str
    open: Callable[[], Original]


@dataclass(frozen=True, slots=True)
class Group:
    """Items at one place of a file (a line, a record) that are made only when its turn comes; see ``Member``."""

    locator: str
    read: Callable[[], Iterable[Draft | BadItem]]


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that could not be read, which does not spoil the others: where it lies, and why in a sentence.

    ``refused`` is false where the fault may be the program's, so that a person should look.
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
        """Return the error that ends a delivery of which this is all."""
        return (RefusedError if self.refused else PermanentError)(self.reason, self.message)


Item: TypeAlias = Draft | Member | Group | BadItem
"""What a parser finds in a file, in the file's order."""


class Parser(Protocol):
    """Reads one family of formats."""

    @property
    def format(self) -> str:
        """The name that articles carry as ``format``: ``text``, ``html``."""
        ...

    def score(self, original: Original) -> float:
        """Say how sure it is that this file is its own: 0 not at all, 1 certain. Cheap: looks at ``head`` and ``tail``.

        A format's own signature or root element is .9 and more, a likely shape .5 to .8, plain text as such .3; the
        name's extension tips the scales only where the content leaves a doubt.
        """
        ...

    def parse(self, original: Original) -> Iterable[Item]:
        """Return the file's items, lazily where there may be many.

        Raises ``RefusedError`` when there is no article in it and ``PermanentError`` when it cannot be read. Raised
        after some items it ends the file, and these items stay.
        """
        ...
