"""Signals and status in agencies' codes and slugs: update, correction, kill, withheld."""

from __future__ import annotations

import re
from collections.abc import Iterable

from copytaster.model.article import ArticleStatus, Signal
from copytaster.parsing.draft_builder import DraftBuilder

_CODES = {
    Signal.KILL: r"kill(?:ed)?|mandatory[-_ ]?kill|retract(?:ed|ion)?|withdraw(?:al|n)?"
    r"|cancel(?:l?ed|lation)?|deleted?|takedown|erased?",
    Signal.CORRECTION: r"corr|correct(?:ed|ion|ive|s)?|rectif(?:y|ied|ication)|corrigendum",
    Signal.UPDATE: r"update[ds]?|updating|lead|new ?lead|write-?thr(?:u|ough)|refile[d]?|repeat",
}
_BY_CODE = {signal: re.compile(pattern, re.IGNORECASE) for signal, pattern in _CODES.items()}

_BY_SLUG = (
    (
        Signal.KILL,
        re.compile(
            r"(?i:\b(?:MANDATORY|STORY|BULLETIN|ADVISORY)[ -]?(?:KILL|ELIMINATION)\b)"
            r"|(?:^|[,/]\s*)(?:KILL|WITHDRAWAL|ELIMINATION|ANNULATION|ANULACI[OÓ]N)\s*(?:$|[,/:])"
            r"|(?i:(?:^|,\s*)KILL\s*(?:$|:))",
        ),
    ),
    (
        Signal.CORRECTION,
        re.compile(
            r"\b(?:CORRECTION|CORRECTS|CORRECTED|CORRECTIVE|Berichtigung|Korrektur|Rectificatif)\b", re.IGNORECASE
        ),
    ),
    (
        Signal.UPDATE,
        re.compile(
            r"\b\d(?:st|nd|rd|th)[ -]?(?:Ld|Lead)\b|\bLd-|\bWrite-?thru\b|^UPDATE\b|\(UPDATE \d+\)"
            r"|\bREFILE\b|\bZusammenfassung\b",
            re.IGNORECASE,
        ),
    ),
)

_STATUS = {
    **dict.fromkeys(["usable", "embargoed", "published", "released", "approved", "final", "live", "corrected"],
                    ArticleStatus.USABLE),
    "withheld": ArticleStatus.WITHHELD,
    "canceled": ArticleStatus.CANCELED,
    **dict.fromkeys(["cancelled", "killed", "recalled", "withdrawn", "deleted", "retracted"], ArticleStatus.CANCELED),
}  # fmt: skip
"""IPTC's publishing status and the words that agencies write for it; an embargoed item may be used when its embargo
ends."""

_UNPUBLISHED = frozenset(["draft", "auto-draft", "pending", "pending review", "in review", "private", "unpublished",
                          "hold", "on hold", "suspended", "trash"])  # fmt: skip
_SCHEDULED = frozenset(["embargoed", "scheduled", "future"])
"""Words of content systems for what the public does not see, or not yet."""

UNPUBLISHED_BY_FLAG = {
    "draft": frozenset(["true", "yes", "on", "1", "y"]),
    "published": frozenset(["false", "no", "off", "0", "n"]),
}
"""By name, the values, in lower case, that say that an article is not published yet.

Generators of sites take all of these words for true and false. Jekyll publishes all pages but those with
``published: false``; with a date, the same name says when.
"""


def signal_by_code(code: str) -> Signal | None:
    """Return the signal of a code (``sig:update``, ``Correction``, an address with this end); None for other codes."""
    word = _word(code)
    return next((signal for signal, pattern in _BY_CODE.items() if pattern.fullmatch(word)), None)


def signal_among(codes: Iterable[str]) -> Signal | None:
    """Return the signal of several codes: a kill if one of them is, else the first one that is known."""
    signals = [signal for code in codes if (signal := signal_by_code(code))]
    return Signal.KILL if Signal.KILL in signals else next(iter(signals), None)


def signal_by_slug(slug: str) -> Signal | None:
    """Return the signal in a slug line as agencies write it: ``1st Ld-Writethru``, ``CORRECTION``, ``/KILL``."""
    return next((signal for signal, pattern in _BY_SLUG if pattern.search(slug)), None)


def add_status(builder: DraftBuilder, code: str, source: str) -> None:
    """Add the publishing status that a field states; an unknown one, and an embargo without an end, withhold the draft.

    The end of an embargo must have been added before.
    """
    word = _word(code).lower()
    if not word:
        return
    status = _STATUS.get(word)
    if status is None:
        builder.withhold(f"{source}: unknown status {word[:60]!r}", 0.5)
    elif word == "embargoed" and "embargoed_until" not in builder:
        builder.hold(source, "the status is embargoed, and there is no time")
    elif status is ArticleStatus.USABLE:
        builder.add("status", status, source)
    else:
        builder.restrict(status, source)
    if status is ArticleStatus.CANCELED:
        builder.add("signal", Signal.KILL, source)


def add_known_status(builder: DraftBuilder, word: str, source: str) -> None:
    """Add the status of a field that may have another meaning: words that withdraw or withhold count, others do not.

    The end of an embargo must have been added before.
    """
    known = " ".join(_word(word).lower().split())
    if known in _SCHEDULED:
        if "embargoed_until" not in builder:
            builder.hold(source, f"the status is {known}, and there is no time")
    elif known in _UNPUBLISHED:
        builder.withhold(f"{source}: {known}", 0.9)
    elif status_by_code(known) in {ArticleStatus.CANCELED, ArticleStatus.WITHHELD}:
        add_status(builder, known, source)


def status_by_code(code: str) -> ArticleStatus | None:
    """Return the publishing status of a code; None for other codes."""
    return _STATUS.get(_word(code).lower())


def _word(code: str) -> str:
    """Return a code without its scheme: the end of ``stat:canceled``, or of an address."""
    return re.split(r"[:/]", code.strip())[-1]
