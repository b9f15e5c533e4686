"""Which module judges a file: the one that recognises its format, and the one for text where none does."""

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
    """Return the verdict on a file. Cost: one read of head and tail, all of it where the format demands it."""
    for family in _FAMILIES:
        verdict = family(content)
        if verdict is not None:
            return verdict
    return prose.judge(content)
