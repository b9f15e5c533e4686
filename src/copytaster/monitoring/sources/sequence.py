"""Numbers that count a source's items one after another, and the numbers that are missing."""

from __future__ import annotations

from dataclasses import dataclass, field

LARGEST_GAP = 100
"""Numbers that may be missing at once; a larger step is the beginning of another count."""

RANGES = 16
"""Gaps that are remembered, the newest: more of them are no single fault."""

PROVEN = 20
"""Steps after which it is known whether numbers count items."""

SHARE = 0.9
"""Share of the steps that have to be by one: other numbers, such as times or ids, hardly ever are."""

FORGET = 0.995
"""Weight of earlier steps for each new one: some 200 count."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Numbers from ``first`` to ``last`` that have not come, and since when that is known, in seconds since 1970."""

    first: int
    last: int
    since: float


@dataclass(slots=True)
class Sequence:
    """A count with ``width`` digits: its highest number, the numbers that are missing, and how regular its steps are.

    ``candidate`` is a number that may be the beginning of a new count.
    """

    width: int
    highest: int
    seen_at: float
    missing: list[Missing] = field(default_factory=list)
    regular: float = 0.0
    steps: float = 0.0
    candidate: int | None = None

    @property
    def is_proven(self) -> bool:
        """Whether the numbers count items."""
        return self.steps >= PROVEN and self.regular >= SHARE * self.steps

    def note(self, number: int, width: int, at: float) -> None:
        """Take in the number of the next item."""
        self.seen_at = at
        step = self._step(number)
        if self._close(number):
            return
        if step == 0:
            return
        if 0 < step <= LARGEST_GAP:
            self._advance(number, step, at)
        elif self.candidate == number - 1 or (number <= 1 and step < -LARGEST_GAP):
            self._restart(number)
        else:
            self.candidate = number
            self._count(is_regular=False)
            return
        self.candidate = None
        self.width = width

    def expire(self, before: float) -> None:
        """Give up the gaps that are known since a time before this one."""
        self.missing = [each for each in self.missing if each.since >= before]

    def lose_track(self) -> None:
        """Forget where the count is: items were not seen, and nobody knows which."""
        self.missing, self.candidate = [], None
        self.highest = -LARGEST_GAP - 1

    def _step(self, number: int) -> int:
        """Return how far a number is ahead of the highest one, also if the count has begun again after its last."""
        step = number - self.highest
        wrapped = step + 10**self.width
        return wrapped if step < 0 and 0 < wrapped <= LARGEST_GAP and len(str(self.highest)) == self.width else step

    def _advance(self, number: int, step: int, at: float) -> None:
        self._count(is_regular=step == 1)
        first = self.highest + 1
        if number < self.highest:  # it has begun again, at 0 or at 1
            self._miss(first, 10**self.width - 1, at)
            first = 1
        self._miss(first, number - 1, at)
        self.highest = number

    def _miss(self, first: int, last: int, at: float) -> None:
        if first <= last:
            self.missing = [*self.missing, Missing(first, last, at)][-RANGES:]

    def _restart(self, number: int) -> None:
        self._count(is_regular=True)
        self.highest = number

    def _close(self, number: int) -> bool:
        """Take a late number out of the missing ones; return whether it was among them."""
        for place, each in enumerate(self.missing):
            if each.first <= number <= each.last:
                parts = (Missing(each.first, number - 1, each.since), Missing(number + 1, each.last, each.since))
                left = [part for part in parts if part.first <= part.last]
                self.missing = [*self.missing[:place], *left, *self.missing[place + 1 :]]
                self.regular = min(self.regular + (0 if left else 1), self.steps)
                return True
        return False

    def _count(self, *, is_regular: bool) -> None:
        self.steps = self.steps * FORGET + 1
        self.regular = self.regular * FORGET + (1 if is_regular else 0)


def describe_missing(missing: Missing, width: int) -> str:
    """Return a phrase about a gap: ``4 items missing between 0411 and 0416``."""
    count = missing.last - missing.first + 1
    what = "1 item is" if count == 1 else f"{count} items are"
    before, after = missing.first - 1, (missing.last + 1) % 10**width
    return f"{what} missing between {before:0{width}d} and {after:0{width}d}"
