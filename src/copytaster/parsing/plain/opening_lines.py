"""The lines between a headline and the story: byline, date of publication and the dateline of the first paragraph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from copytaster.parsing.dates import DATE_PATTERN, Moment, read_moment

_LINES = 4
"""How far below the headline such lines stand: byline, role, date, update."""

_WORD = r"[^\W\d_][\w.'\u2019-]*"
_CAPITAL = r"(?=[A-Z\u00c0-\u024f\u0370-\u04ff])"
_PARTICLE = r"(?:de|da|di|du|del|della|van|von|der|den|al|el|bin|ibn|la|le|ter)\b"
_NAME = rf"{_CAPITAL}{_WORD}(?: (?:{_PARTICLE}|{_CAPITAL}{_WORD})){{1,4}}"
_NAME_ONLY = re.compile(_NAME)
BY = r"(?:(?:(?:written|reported|posted|published|story|report|text|words) )?by|par|von|por|di|door|av|af|przez)"
"""What stands before the names in a byline: English, French, German, Spanish and Portuguese, Italian, Dutch, Swedish
and Norwegian, Danish, Polish."""

_BYLINE = re.compile(rf"(?:(?i:{BY})[: ] ?)({_NAME}(?:(?:, | and | AND | & |/).{{1,120}}| *\|.{{1,80}})?)")
_OTHER_HANDS = re.compile(
    r"\s*\(?\b(?:edited|translated|illustrated|photographs?|photos?|pictures?) by\b.*", re.IGNORECASE
)
_ROLE = re.compile(
    r"\b(?:writer|correspondent|editor|reporter|staff|columnist|press|news|reuters|afp|bbc|service|bureau|journalist|times|post|agency)\b",
    re.IGNORECASE,
)

_PUBLISHED = re.compile(
    rf"(?:(?:First |Date )?(?:Published|Posted|Date|Issued)(?: on| at)?:? ?)"
    rf"(?:[A-Z][a-z]+day,? )?({DATE_PATTERN}.{{0,40}})",
    re.IGNORECASE,
)

_CAPS = r"[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.'\u2019-]+"
_PLACE = rf"{_CAPS}(?:[ /]{_CAPS}){{0,3}}"
_MIXED_PLACE = r"[A-Z\u00c0-\u00de][\w.'\u2019-]+(?:[ /][A-Z\u00c0-\u00de][\w.'\u2019-]+){0,3}"
_REGION = r"(?:, ?[A-Z\u00c0-\u00de][\w.'\u2019-]*(?: [A-Z\u00c0-\u00de][\w.'\u2019-]*){0,2})"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DAY = rf"(?:, ?(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?)"
_AGENCY = r"(?: ?[(/](?P<agency>[A-Z][\w .&/-]{1,30}|[a-z]{2,5})[)/])"
_DASH = r"\.?\s*(?:--+|[-\u2013—_])\s*"
_DATELINE = re.compile(rf"(?P<line>{_PLACE}{_REGION}{{0,2}}?{_DAY}?)(?P<by>{_AGENCY}?){_DASH}(?=\S)")
_AGENCY_DATELINE = re.compile(rf"(?P<line>{_MIXED_PLACE}{_REGION}{{0,2}}?{_DAY}?){_AGENCY}{_DASH}(?=\S)")

_LONGEST_DATELINE = 150
"""Characters, agency and dash included; two cities with regions and date have about 100."""

_NO_PLACES = frozenset(
    [
        "ALERT",
        "ANALYSIS",
        "BREAKING",
        "CORRECTED",
        "CORRECTION",
        "EDITORIAL",
        "EXCLUSIVE",
        "FACTBOX",
        "FEATURE",
        "LIVE",
        "NEWS",
        "NOTE",
        "OPINION",
        "REFILE",
        "REVIEW",
        "TIMELINE",
        "UPDATE",
        "URGENT",
        "VIDEO",
        "WATCH",
        "WARNING",
    ]
)
"""Slugs that stand where a place would, in capitals and before a dash."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What stood above the story, each None or empty when absent, and the story's own paragraphs."""

    paragraphs: tuple[str, ...]
    byline: str | None = None
    authors: tuple[str, ...] = ()
    dateline: str | None = None
    published: Moment | None = None
    published_from: str = ""


def read_opening(paragraphs: Sequence[str], *, now: datetime) -> Opening:
    """Take byline, date line and dateline off the top of a story; a last paragraph that is a byline goes too.

    Never takes the last paragraph there is.
    """
    rest = list(paragraphs)
    byline: str | None = None
    published: Moment | None = None
    at = 0
    for _ in range(_LINES):
        if at >= len(rest) or len(rest) < 2:  # noqa: PLR2004 - the last paragraph stays
            break
        if byline is None and is_byline(rest[at]):
            byline = rest.pop(at)
        elif published is None and (moment := printed_date(rest[at], now=now)):
            published = moment
            rest.pop(at)
        else:
            break
    if byline is None and len(rest) > 1 and is_byline(rest[-1]):
        byline = rest.pop()
    return _with_dateline(rest, byline, published, now)


def is_byline(line: str) -> bool:
    """Whether a line is "By" and names, with no more than a role behind them."""
    return bool(_BYLINE.fullmatch(line.strip()))


def names_in(byline: str) -> tuple[str, ...]:
    """Return the people a byline names, in order, each once; roles and houses are left out."""
    printed = re.sub(rf"^{BY}[: ]\s*", "", byline.strip(), flags=re.IGNORECASE)
    printed = _OTHER_HANDS.sub("", printed)
    pieces = re.split(r"\s*(?:,|;|\||/|&|\band\b|\bAND\b|\bin [A-Z]\w+.*)\s*", printed)
    names = [piece.strip(" .:-\u2013—|") for piece in pieces if piece]
    return tuple(dict.fromkeys(name for name in names if _NAME_ONLY.fullmatch(name) and not _ROLE.search(name)))


def printed_date(line: str, *, now: datetime) -> Moment | None:
    """Return the moment of a line that is a date of publication and nothing else, else None."""
    line = line.strip()
    if match := _PUBLISHED.fullmatch(line):
        return read_moment(match[1], now=now)
    return read_moment(line, now=now, whole=True) if re.search(DATE_PATTERN, line) else None


def split_dateline(paragraph: str) -> tuple[str, str] | None:
    """Return place with date as printed, and the paragraph without dateline, agency and dash; None without one."""
    head = paragraph[:_LONGEST_DATELINE]
    match = _DATELINE.match(head)
    if match is None and (named := _AGENCY_DATELINE.match(head)):
        return named["line"], paragraph[named.end() :]
    if not match or _NO_PLACES.intersection(re.split(r"[ /,]", match["line"])):
        return None
    rest = paragraph[match.end() :]
    # Without an agency only a new sentence shows that this was no subject: "NATO - the alliance - said".
    opens = not rest[0].islower() and not rest.isupper()
    spaced = match[0][-1].isspace() or match[0][-1] in "—\u2013"
    return (match["line"], rest) if spaced and (match["by"] or opens) else None


def _with_dateline(rest: list[str], byline: str | None, published: Moment | None, now: datetime) -> Opening:
    dateline = None
    origin = "text:published-line" if published else ""
    if rest and (split := split_dateline(rest[0])):
        dateline, rest[0] = split
        if published is None and (dated := re.search(DATE_PATTERN, dateline)):
            published = read_moment(dated.group(), now=now)
            origin = "text:dateline" if published else ""
    return Opening(tuple(rest), byline, names_in(byline) if byline else (), dateline, published, origin)
