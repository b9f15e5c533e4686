"""From a file to its items, one after another, through containers in containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import Provenance
from copytaster.model.disposition import Reason
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft, Group, Item, Member
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the items of one parser lie."""

    original: Original
    choice: Choice
    base: Position
    locators: tuple[str, ...]

    def reading(self, number: int | None, item: Draft | BadItem) -> Reading:
        """Return the item of a number; None is the place itself."""
        position = self.base if number is None else (*self.base, number)
        if isinstance(item, Draft):
            return Reading(position, _joined(self.locators), item, self.choice)
        # A place that says more than the one around it, "line 4[1]" in "line 4", stands for both.
        said = self.locators and item.locator.startswith(self.locators[-1])
        around = self.locators[:-1] if said else self.locators
        return Reading(position, _joined(around, item.locator), item, self.choice)


class Reader(Protocol):
    """Reads originals item by item."""

    def read(self, original: Original, *, after: Position = START) -> Iterator[Reading]:
        """Yield the items that stand after the position ``after``, in order, in memory that does not grow with them.

        An item that cannot be read is yielded as ``BadItem``. Raises ``RefusedError`` when there is no article in the
        file at all, and ``PermanentError`` when the file cannot be read.
        """
        ...


SIGN_OF_LIFE = 1_000
"""Items that are passed over between two calls of ``begun``: whoever waits for a reading hears that there is life."""


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
        place = _Place(original, choice, base, locators)
        number = -1
        try:
            for number, item in enumerate(guarded(parser, original)):
                yield from self._turn(item, number, after, place)
        except PermanentError as error:
            if number < 0:
                raise
            # What was read before the fault stays; what may have come after it is one bad item.
            if not after or number >= after[0]:
                yield place.reading(number + 1, BadItem.of("the rest", error))

    def _turn(self, item: Item, number: int, after: Position, place: _Place) -> Iterator[Reading]:
        """Yield what an item is, unless it was read before."""
        first = after[0] if after else -1
        if number < first:
            if number % SIGN_OF_LIFE == 0:
                self.begun((*place.base, number))
        elif number > first or len(after) > 1:
            yield from self._item(item, number, after[1:] if number == first else START, place)

    def _item(self, item: Item, number: int, after: Position, place: _Place) -> Iterator[Reading]:
        match item:
            case Draft():
                yield place.reading(number, _finished(item, place.original))
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
            for each, item in enumerate(group.read()):
                yield from self._turn(item, each, after, inside)
        except PermanentError as error:
            yield inside.reading(None, BadItem.of(group.locator, error))

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


def _finished(item: Draft, original: Original) -> Draft | BadItem:
    """Return a draft within the limits and with the address at which its container says that it was fetched."""
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
