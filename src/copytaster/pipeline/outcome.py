"""The outcome of a delivery, computed from the outcomes of its items."""

from __future__ import annotations

from dataclasses import dataclass, field

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import ArticleId, ArticleStatus, Relation
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.numbering import Numbered, number_of_message
from copytaster.model.progress import MAX_LISTED, ItemEnd, ItemFault, Progress
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import Position, Reading

BEST_FIRST = (Disposition.STORED, Disposition.NEW_VERSION, Disposition.DUPLICATE)
"""A delivery gets the best disposition of its items: one new article in a feed of known ones makes it ``stored``."""


@dataclass(slots=True)
class DeliveryOutcome:
    """Counts items. ``unsaved``, ``to_tag`` and ``items`` are those since the progress was last saved in the ledger."""

    progress: Progress = field(default_factory=Progress)
    relation: Relation | None = None
    unsaved: list[ArticleId] = field(default_factory=list)
    to_tag: list[ArticleId] = field(default_factory=list)
    items: list[ItemEnd] = field(default_factory=list)
    numbers: list[Numbered] = field(default_factory=list)

    def add_resolved(self, reading: Reading, outcome: Outcome) -> None:
        """Count an item that became an article, or a copy of one."""
        known = self.progress.article_ids
        new = [each for each in outcome.article_ids if each not in known][: MAX_LISTED - len(known)]
        self.relation = self.relation or outcome.relation
        self.unsaved += outcome.article_ids
        self.to_tag += outcome.to_tag
        self.items += outcome.items or _usable(outcome)
        self._add_number(reading)
        self._count(reading.position, outcome.disposition, article_ids=(*known, *new))

    def add_failed(self, reading: Reading, bad: BadItem) -> None:
        """Count an item that could not be read."""
        end = Disposition.REJECTED if bad.refused else Disposition.QUARANTINED
        fault = ItemFault(locator=reading.locator, disposition=end, reason=bad.reason, message=bad.message)
        self._count(reading.position, end, faults=(*self.progress.faults, fault)[:MAX_LISTED])

    def mark_saved(self) -> None:
        """Clear the lists of articles that the ledger does not have yet."""
        self.unsaved, self.to_tag, self.items = [], [], []

    def outcome(self) -> Outcome:
        """Return the outcome of the delivery. Raises the first item's error if no item became an article."""
        progress = self.progress
        best = next((each for each in BEST_FIRST if progress.items.get(each)), None)
        if best is None:
            raise _error_of(progress)
        single = progress.count == 1
        plain = single and all(each.status is ArticleStatus.USABLE for each in self.items)
        return Outcome(
            disposition=best,
            message=_note(progress),
            article_ids=progress.article_ids,
            relation=self.relation if single else None,
            progress=None if single else progress,
            to_tag=tuple(dict.fromkeys(self.to_tag)),
            items=None if plain else tuple(self.items),
            numbers=tuple(self.numbers),
        )

    def _add_number(self, reading: Reading) -> None:
        draft = reading.item
        number = number_of_message(draft.format, draft.guid) if isinstance(draft, Draft) else None
        if number and len(self.numbers) < MAX_LISTED:
            self.numbers.append(number)

    def _count(self, position: Position, end: Disposition, **lists: object) -> None:
        items = self.progress.items | {end: self.progress.items.get(end, 0) + 1}
        self.progress = self.progress.model_copy(update={"position": position, "items": items, **lists})


def _usable(outcome: Outcome) -> list[ItemEnd]:
    return [ItemEnd(article_id=each, disposition=outcome.disposition) for each in outcome.article_ids]


def _error_of(progress: Progress) -> PermanentError:
    first = progress.faults[0]
    message = first.message
    if progress.count > 1:
        message = f"none of its {progress.count:,} items became an article; the first, {first.locator}: {message}"
    kind = RefusedError if first.disposition is Disposition.REJECTED else PermanentError
    return kind(first.reason, message)


def _note(progress: Progress) -> str | None:
    bad = progress.items.get(Disposition.REJECTED, 0) + progress.items.get(Disposition.QUARANTINED, 0)
    if not bad:
        return None
    first = progress.faults[0]
    return f"{bad:,} of {progress.count:,} items failed; the first, {first.locator}: {first.message}"
