"""Reads a file item by item, through nested containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Protocol, TypeAlias

from copytaster.errors import PermanentError, RefusedError, TransientError
from copytaster.model.article import ArticleStatus, Provenance
from copytaster.model.disposition import Reason
from copytaster.model.metadata import Metadata
from copytaster.parsing.failures import failures_reported
from copytaster.parsing.original import Hints, Original
from copytaster.parsing.parser import BadItem, Draft, Group, Item, Member, Searching
from copytaster.parsing.registry import Choice, ParserRegistry, guarded
from copytaster.parsing.wire.identifiers import identity_in_name

Position: TypeAlias = tuple[int, ...]
"""The place of an item in a file: for each level of containers, its number among its siblings, from 0."""

START: Position = ()
"""Before the first item."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One item of a file, with its position, its place for people (empty if the file is the item), and its parser.

    ``metadata`` is what the sidecar of its member says, in those fields that hold for it; None without a sidecar.
    """

    position: Position
    locator: str
    item: Draft | BadItem
    choice: Choice | None
    metadata: Metadata | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """The place in the file whose items one parser yields."""

    original: Original
    choice: Choice
    base: Position
    locators: tuple[str, ...]

    def reading(self, number: int | None, item: Draft | BadItem) -> Reading:
        """Return the reading of the item with a number; None stands for the place itself."""
        position = self.base if number is None else (*self.base, number)
        if isinstance(item, Draft):
            return Reading(position, _joined(self.locators), item, self.choice)
        # A locator that repeats the one around it, such as "line 4[1]" within "line 4", replaces it.
        repeats = self.locators and item.locator.startswith(self.locators[-1])
        outer = self.locators[:-1] if repeats else self.locators
        return Reading(position, _joined(outer, item.locator), item, self.choice)


class Reader(Protocol):
    """Reads originals item by item."""

    def read(self, original: Original, *, after: Position = START) -> Iterator[Reading]:
        """Yield the items after the position ``after``, in order, in constant memory.

        An item that cannot be parsed is yielded as ``BadItem``. Raises ``RefusedError`` when the file has no article,
        and ``PermanentError`` when the file cannot be parsed.
        """
        ...

    def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
        """Return the reading of each of the first files, one at least, if it is a draft and the file's only item.

        None stands for a file that has to be read alone, by ``read``: it has several items, is a container, has an
        error, or was read together with a file that killed the parser.
        """
        ...


_SINGLE_FORMATS = frozenset(["docx", "html", "markdown", "nitf", "pdf", "rtf", "text"])
"""Formats of one article in a file, which need not state its id."""


def _ignore(position: Position) -> None:
    """Ignore the position: the default when the caller needs no progress."""
    del position


class _HasMembersError(Exception):
    """The file is a container."""


@dataclass(frozen=True, slots=True)
class ParsingReader:
    """Parses in this process.

    ``begun`` is called with each member's position before the member is opened, ``skipped`` with that of each item that
    an earlier slice has read, and with ``START`` while a parser looks through a container, so that a caller who waits
    for a reading sees progress.
    """

    parsers: ParserRegistry
    begun: Callable[[Position], None] = _ignore
    skipped: Callable[[Position], None] = _ignore

    def read(self, original: Original, *, after: Position = START) -> Iterator[Reading]:
        """Yield the items; see ``Reader.read``."""
        empty = not after
        for reading in self._walk(original, after, START, ()):
            empty = False
            yield reading
        if empty:
            raise RefusedError(
                Reason.NO_TEXT, f"{original.name} contains no article: open it, and report it if it does."
            )

    def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
        """Return the readings of plain files; see ``Reader.read_together``."""
        return [only_draft(self.parsers, each) for each in originals]

    def _walk(
        self, original: Original, after: Position, base: Position, locators: tuple[str, ...]
    ) -> Iterator[Reading]:
        choice, parser = self.parsers.choose(original)
        place = _Place(original, choice, base, locators)
        number = -1
        try:
            for item in guarded(parser, original):
                if isinstance(item, Searching):
                    self.skipped(START)
                    continue
                number += 1
                yield from self._unread(item, number, after, place)
        except PermanentError as error:
            if number < 0:
                raise
            # The items before the error are kept; everything after it is one bad item.
            if not after or number >= after[0]:
                yield place.reading(number + 1, BadItem.of("the rest", error))

    def _unread(self, item: Item, number: int, after: Position, place: _Place) -> Iterator[Reading]:
        """Yield the readings of an item, unless an earlier slice has read it."""
        first = after[0] if after else -1
        if number < first:
            self.skipped((*place.base, number))
        elif number > first or len(after) > 1:
            yield from self._item(item, number, after[1:] if number == first else START, place)

    def _item(self, item: Item, number: int, after: Position, place: _Place) -> Iterator[Reading]:
        match item:
            case Draft():
                yield place.reading(number, _finished(_named(item, number, place), place.original))
            case BadItem():
                yield place.reading(number, item)
            case Group():
                yield from self._group(item, number, after, place)
            case Member():
                yield from self._member(item, (*place.base, number), place.locators, after)

    def _group(self, group: Group, number: int, after: Position, place: _Place) -> Iterator[Reading]:
        position = (*place.base, number)
        self.begun(position)
        inside = replace(place, base=position, locators=(*place.locators, group.locator))
        try:
            for each, item in enumerate(_items_of(group, place)):
                yield from self._unread(item, each, after, inside)
        except PermanentError as error:
            yield inside.reading(None, BadItem.of(group.locator, error))

    def _member(
        self, member: Member, position: Position, locators: tuple[str, ...], after: Position
    ) -> Iterator[Reading]:
        self.begun(position)
        within = (*locators, member.locator)
        try:
            with failures_reported(member.locator, "a member"):
                metadata = member.metadata() if member.metadata else None
                original = member.open()
            if original.depth > original.limits.depth:
                raise RefusedError(
                    Reason.TOO_DEEP, f"{original.name} is nested in more than {original.limits.depth} containers."
                )
            readings = self._walk(original, after, position, within)
            if metadata:
                metadata = _with_terms_around(metadata, original.hints)
                readings = _described(readings, metadata, resumed=bool(after))
            yield from readings
        except PermanentError as error:
            yield Reading(position, _joined(within), BadItem.of(member.locator, error), None)


def only_draft(parsers: ParserRegistry, original: Original) -> Reading | None:
    """Return the reading of a file whose only item is a draft, else None. A container is not opened.

    Raises ``PermanentError`` if the file needs more memory than there is: then this process cannot read further files.
    """
    try:
        first, *others = islice(ParsingReader(parsers, begun=_refuse_container).read(original), 2)
    except (TransientError, _HasMembersError):
        return None
    except PermanentError as error:
        if error.reason is Reason.PARSER_OOM:
            raise
        return None
    return first if isinstance(first.item, Draft) and not others else None


def _refuse_container(position: Position) -> None:
    del position
    raise _HasMembersError


def _items_of(group: Group, place: _Place) -> Iterator[Draft | BadItem]:
    with failures_reported(f"{place.original.name}: {group.locator}", place.choice.format):
        yield from group.read()


def _named(item: Draft, number: int, place: _Place) -> Draft:
    """Return the draft, with the id from the name of its file if its format has one article in a file and no id."""
    if item.guid or number or place.choice.format not in _SINGLE_FORMATS:
        return item
    found = identity_in_name(place.original.name)
    if found is None:
        return item
    guid, version = found
    provenance = {**item.provenance, "guid": Provenance(from_="file:name", confidence=0.8)}
    return replace(item, guid=guid, guid_version=version or item.guid_version, provenance=provenance)


def _finished(item: Draft, original: Original) -> Draft | BadItem:
    """Return the draft, with what its container says about it; one beyond the text limit becomes a bad item."""
    limit = original.limits.text_characters
    if len(item.text) <= limit:
        item, address = _with_terms(_with_capture(item, original.hints), original.hints), original.hints.url
        if item.url or not address:
            return item
        provenance = {**item.provenance, "url": Provenance(from_="container:address", confidence=0.8)}
        return replace(item, url=address, provenance=provenance)
    return BadItem(
        item.title[:80],
        Reason.TEXT_TOO_LONG,
        f"{original.name}: the text of '{item.title[:80]}' has {len(item.text):,} characters; the limit is {limit:,}.",
    )


def _with_capture(item: Draft, hints: Hints) -> Draft:
    """Return the draft with the time at which its page was stored, if the container says it."""
    if hints.captured_at is None:
        return item
    stated = Provenance(from_="container:date", confidence=0.8)
    return replace(item, captured_at=hints.captured_at, provenance={**item.provenance, "captured_at": stated})


def _with_terms(item: Draft, hints: Hints) -> Draft:
    """Return the draft with the terms of release of the mail to which it is attached, unless its own are stricter."""
    until, confidence = hints.embargoed_until, 0.9
    if item.status is ArticleStatus.CANCELED or (item.status is ArticleStatus.WITHHELD and not item.embargoed_until):
        return item
    if hints.withheld:
        # The end of one embargo would release the article in spite of the other one.
        provenance = {name: each for name, each in item.provenance.items() if name != "embargoed_until"}
        provenance["status"] = Provenance(from_="container:status", confidence=confidence)
        return replace(item, status=ArticleStatus.WITHHELD, embargoed_until=None, provenance=provenance)
    if until is None or (item.embargoed_until or until) > until:
        return item
    stated = Provenance(from_="container:embargo", confidence=confidence)
    return replace(item, embargoed_until=until, provenance={**item.provenance, "embargoed_until": stated})


def _described(readings: Iterator[Reading], metadata: Metadata, *, resumed: bool) -> Iterator[Reading]:
    """Yield the readings of a member with its metadata; if it has several items, with what can hold for all of them.

    ``resumed``: other items of the member were read before.
    """
    first = [] if metadata.applies_to_all_items else list(islice(readings, 2))
    if resumed or len(first) > 1:
        metadata = metadata.for_all_items()
    for each in chain(first, readings):
        yield replace(each, metadata=each.metadata.beneath(metadata) if each.metadata else metadata)


def _with_terms_around(metadata: Metadata, hints: Hints) -> Metadata:
    """Return the metadata of an attachment; the terms of the mail around it hold beside those that it states."""
    if not (metadata.status or metadata.embargoed_until):
        return metadata
    status = ArticleStatus.WITHHELD if hints.withheld else None
    until = None if hints.withheld else hints.embargoed_until
    return metadata.beneath(Metadata(status=status, embargoed_until=until))


def _joined(locators: tuple[str, ...], *last: str) -> str:
    return " / ".join((*locators, *last))
