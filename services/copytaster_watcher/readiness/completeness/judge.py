"""Chooses the module that checks a file: the first that recognises its format, otherwise the one for plain text."""

from __future__ import annotations

import os

from copytaster_watcher.readiness.completeness import (
    compressed,
    mail,
    markup,
    pdf,
    prose,
    rtf,
    structured,
    wire,
    zip_archive,
)
from copytaster_watcher.readiness.completeness.content import Budget, BudgetSpentError, Content
from copytaster_watcher.readiness.completeness.verdict import TOO_LONG, Verdict

_FAMILIES = (
    compressed.judge,
    zip_archive.judge,
    pdf.judge,
    rtf.judge,
    wire.judge,
    mail.judge,
    markup.judge,
    structured.judge,
)


def judge_file(descriptor: int, name: str, *, limit: int, budget: Budget | None = None) -> Verdict:
    """Return the verdict on an open file that is not empty; see ``Content`` for the other arguments."""
    with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
        return judge(Content(file, name, os.fstat(descriptor).st_size, limit=limit, budget=budget))


def judge(content: Content) -> Verdict:
    """Return the verdict on a file; ``TOO_LONG`` if the budget does not suffice.

    Cost: one read of head and tail, or of the whole file if the format needs it.
    """
    try:
        return next(filter(None, (family(content) for family in _FAMILIES)), None) or prose.judge(content)
    except BudgetSpentError:
        return TOO_LONG
