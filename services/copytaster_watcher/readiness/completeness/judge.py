"""Chooses the module that checks a file: the first that recognises its format, otherwise the one for plain text."""

from __future__ import annotations

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
from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import Verdict

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


def judge(content: Content) -> Verdict:
    """Return the verdict on a file. Cost: one read of head and tail, or of the whole file if the format needs it."""
    for family in _FAMILIES:
        verdict = family(content)
        if verdict is not None:
            return verdict
    return prose.judge(content)
