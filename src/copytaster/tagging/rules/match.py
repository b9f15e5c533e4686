"""Whether a condition holds, and the evidence for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from copytaster.tagging.rules.model import AllOf, AnyOf, Condition, Field, Not, Pattern, Rule, Words
from copytaster.tagging.rules.rule_fields import LISTED, Subject, Value

RULE_SECONDS = 0.25
"""For all regular expressions of one rule over one article. A sound one takes a thousandth of it; one that runs wild
would hold up a message of twenty articles for five seconds, a quarter of the lease."""

MOST_HITS = 20
"""For one condition in one field: more show nobody anything new."""


class OutOfTimeError(Exception):
    """The regular expressions of a rule took longer than ``RULE_SECONDS`` over one article."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a condition found: ``text[start:end]`` of a field; ``listed`` ones stand in no text. ``of`` was wanted."""

    field: Field
    start: int
    end: int
    found: str
    of: str

    @property
    def listed(self) -> bool:
        """Whether the field is no running text, so that the place means nothing."""
        return self.field in LISTED


def evidence(rule: Rule, subject: Subject) -> list[Hit] | None:
    """Return what speaks for a rule that matches, possibly nothing (``not``); None when it does not match.

    Raises ``OutOfTimeError``.
    """
    return _Search(subject, time.monotonic() + RULE_SECONDS).holds(rule.when)


@dataclass(frozen=True, slots=True)
class _Search:
    subject: Subject
    until: float

    def holds(self, condition: Condition) -> list[Hit] | None:
        match condition:
            case AllOf(parts):
                found = []
                for part in parts:
                    hits = self.holds(part)
                    if hits is None:
                        return None
                    found += hits
                return found
            case AnyOf(parts):
                # All are looked at, so that the evidence is complete.
                held = [hits for hits in map(self.holds, parts) if hits is not None]
                return [hit for hits in held for hit in hits] if held else None
            case Not(part):
                return None if self.holds(part) is not None else []
            case Words() | Pattern():
                return list(self._hits(condition)) or None

    def _hits(self, wanted: Words | Pattern) -> Iterator[Hit]:
        for field in wanted.fields:
            spans = (
                (value, start, end)
                for value in self.subject.values[field]
                for start, end in self._places(wanted, value)
                if end > start
            )
            for value, start, end in islice(spans, MOST_HITS):
                yield Hit(field, start, end, value.text[start:end], wanted.spelled)

    def _places(self, wanted: Words | Pattern, value: Value) -> Iterator[tuple[int, int]]:
        if isinstance(wanted, Words):
            yield from value.find(wanted)
            return
        left = self.until - time.monotonic()
        if left <= 0:
            raise OutOfTimeError(wanted.spelled)
        try:
            # The time is that of the whole search; what is read between two finds counts, and is next to nothing.
            yield from (found.span() for found in wanted.compiled.finditer(value.text, timeout=left))
        except TimeoutError as error:
            raise OutOfTimeError(wanted.spelled) from error
