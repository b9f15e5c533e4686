"""From a file to its items, one after another, through containers in containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from copytaster.article import Provenance
from copytaster.disposition import Reason
from copytaster.errors import PermanentError, RefusedError
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft, Item, Member
from copytaster.parsing.registry import Choice, ParserRegistry, guarded

Position: TypeAlias = tuple[int, ...]
"""Where an item stands in a file: its number (from 0) among its siblings, for each level of containers."""

START: Position = ()
"""Before the first item."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One item of a file: where it stands, where that is for people (empty where the file is the item), who read it."""

    position: Position
    locator: str
    item: Draft | BadItem
    choice: Choice | None


class Reader(Protocol):
    """Reads originals item by item."""

    def read(self, original: Original, *, after: Position = START) -> Iterator[Reading]:
        """Yield the items that stand after the position ``after``, in order, in memory that does not grow with them.

        An item that cannot be read is yielded as ``BadItem``. Raises ``RefusedError`` when there is no article in the
        file at all, and ``PermanentError`` when the file cannot be read.
        """
        ...


def _unheard(position: Position) -> None:
    """Tell nobody."""
    del position


@dataclass(frozen=True, slots=True)
class ParsingReader:
    """Reads in this process. ``begun`` is told each member's position before it is opened."""

    parsers: ParserRegistry
    begun: Callable[[Position], None] = _unheard

    def read(self, original: Original, *, after: Position = START) -> Iterator[Reading]:
        """Yield the items; see ``Reader.read``."""
        empty = not after
        for reading in self._walk(original, after, START, ()):
            empty = False
            yield reading
        if empty:
            raise RefusedError(
                Reason.NO_TEXT, f"{original.name} holds no article: look into it, and report it if it does."
            )

    def _walk(
        self, original: Original, after: Position, base: Position, locators: tuple[str, ...]
    ) -> Iterator[Reading]:
        choice, parser = self.parsers.choose(original)
        first = after[0] if after else -1
        number = -1
        try:
            for number, item in enumerate(guarded(parser, original)):
                if number < first or (number == first and len(after) == 1):
                    continue
                deeper = after[1:] if number == first else START
                yield from self._item(_finished(item, original), choice, (*base, number), locators, deeper)
        except PermanentError as error:
            if number < 0:
                raise
            # What was read before the fault stays; what may have come after it is one bad item.
            if number >= first:
                rest = BadItem.of("the rest", error)
                yield Reading((*base, number + 1), _joined(locators, rest.locator), rest, choice)

    def _item(
        self, item: Item, choice: Choice, position: Position, locators: tuple[str, ...], after: Position
    ) -> Iterator[Reading]:
        match item:
            case Draft():
                yield Reading(position, _joined(locators), item, choice)
            case BadItem():
                yield Reading(position, _joined(locators, item.locator), item, choice)
            case Member():
                yield from self._member(item, position, locators, after)

    def _member(
        self, member: Member, position: Position, locators: tuple[str, ...], after: Position
    ) -> Iterator[Reading]:
        self.begun(position)
        within = (*locators, member.locator)
        try:
            original = member.open()
            if original.depth > original.limits.depth:
                raise RefusedError(
                    Reason.TOO_DEEP, f"{original.name} lies in more than {original.limits.depth} containers."
                )
            yield from self._walk(original, after, position, within)
        except PermanentError as error:
            yield Reading(position, _joined(within), BadItem.of(member.locator, error), None)


def _finished(item: Item, original: Original) -> Item:
    """Return a draft within the limits and with the address at which its container says that it was fetched."""
    if not isinstance(item, Draft):
        return item
    most = original.limits.text_characters
    if len(item.text) <= most:
        address = original.hints.url
        if item.url or not address:
            return item
        found = {**item.provenance, "url": Provenance(from_="container:address", confidence=0.8)}
        return replace(item, url=address, provenance=found)
    return BadItem(
        item.title[:80],
        Reason.TEXT_TOO_LONG,
        f"{original.name}: the text of '{item.title[:80]}' has {len(item.text):,} characters; the limit is {most:,}.",
    )


def _joined(locators: tuple[str, ...], *last: str) -> str:
    return " / ".join((*locators, *last))
