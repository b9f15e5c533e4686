"""Decides whether a rule's condition matches an article, and collects the evidence."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from copytaster.tagging.rules.model import AllOf, AnyOf, Condition, Field, Not, Pattern, Rule, WordSequence
from copytaster.tagging.rules.rule_fields import VALUE_FIELDS, ArticleFields, FieldText

RULE_SECONDS = 0.25
"""The time limit for all regular expressions of one rule over one article. A well-written one takes a thousandth of it.
Without a limit one with catastrophic backtracking would block a worker; with it, a message of twenty articles loses at
most five seconds, a quarter of the lease."""

MAX_HITS = 20
"""The number of hits that are collected for one condition in one field: more add no information."""


class OutOfTimeError(Exception):
    """The regular expressions of a rule exceeded ``RULE_SECONDS`` over one article."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A match of a condition at ``start`` to ``end`` of a field.

    ``matched`` is the text there, in Unicode's NFC, and empty where an expression only looks ahead or back.
    ``expected`` is the condition's text as written in the rule.
    """

    field: Field
    start: int
    end: int
    matched: str
    expected: str

    @property
    def has_position(self) -> bool:
        """Whether the field is running text and the match has letters, so that ``start`` and ``end`` are meaningful."""
        return self.field not in VALUE_FIELDS and self.end > self.start


def find_evidence(rule: Rule, fields: ArticleFields) -> list[Hit] | None:
    """Return the evidence for a rule that matches, empty for a bare ``not``; None when the rule does not match.

    Raises ``OutOfTimeError``.
    """
    return _Matcher(fields, time.monotonic() + RULE_SECONDS).evidence(rule.when)


@dataclass(frozen=True, slots=True)
class _Matcher:
    fields: ArticleFields
    deadline: float

    def evidence(self, condition: Condition) -> list[Hit] | None:
        match condition:
            case AllOf(parts):
                collected = []
                for part in parts:
                    hits = self.evidence(part)
                    if hits is None:
                        return None
                    collected += hits
                return collected
            case AnyOf(parts):
                # All parts are evaluated, so that the evidence is complete.
                matching = [hits for hits in map(self.evidence, parts) if hits is not None]
                return [hit for hits in matching for hit in hits] if matching else None
            case Not(part):
                return None if self.evidence(part) is not None else []
            case WordSequence() | Pattern():
                return list(self._hits(condition)) or None

    def _hits(self, condition: WordSequence | Pattern) -> Iterator[Hit]:
        for field in condition.fields:
            spans = (
                (value, start, end)
                for value in self.fields.texts[field]
                for start, end in self._spans(condition, value)
            )
            for value, start, end in islice(spans, MAX_HITS):
                yield Hit(field, *value.stored_span(start, end), value.text[start:end], condition.text)

    def _spans(self, condition: WordSequence | Pattern, value: FieldText) -> Iterator[tuple[int, int]]:
        if isinstance(condition, WordSequence):
            yield from value.find(condition)
            return
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise OutOfTimeError(condition.text)
        try:
            # The timeout covers the whole search, including the negligible time between two matches.
            yield from (found.span() for found in condition.compiled.finditer(value.text, timeout=remaining))
        except TimeoutError as error:
            raise OutOfTimeError(condition.text) from error
