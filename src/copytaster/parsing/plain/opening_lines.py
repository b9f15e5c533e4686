"""Opening lines: byline and date line between headline and story, and the dateline that begins the first paragraph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from copytaster.parsing.dates import DATE_PATTERN, Moment, read_moment

_MAX_LINES = 4
"""Opening lines below a headline: byline, role, date, update."""

_WORD = r"[^\W\d_][\w.'\u2019-]*"
_CAPITAL = r"(?=[A-Z\u00c0-\u024f\u0370-\u04ff])"
_PARTICLE = r"(?:de|da|di|du|del|della|van|von|der|den|al|el|bin|ibn|la|le|ter)\b"
_NAME = rf"{_CAPITAL}{_WORD}(?: (?:{_PARTICLE}|{_CAPITAL}{_WORD})){{1,4}}"
_NAME_ONLY = re.compile(_NAME)
BY = r"(?:(?:(?:written|reported|posted|published|story|report|text|words) )?by|par|von|por|di|door|av|af|przez)"
"""The words before the names in a byline: English, French, German, Spanish and Portuguese, Italian, Dutch, Swedish
and Norwegian, Danish, Polish."""

_BYLINE = re.compile(rf"(?:(?i:{BY})[: ] ?)({_NAME}(?:(?:, | and | AND | & |/).{{1,120}}| *\|.{{1,80}})?)")
_OTHER_CREDITS = re.compile(
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
"""Labels in capitals before a dash that are not places."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening lines of a story, None if absent, and its paragraphs without them.

    ``published_in`` names the line with the date of publication: ``published-line``, ``dateline``, or empty.
    """

    paragraphs: tuple[str, ...]
    byline: str | None = None
    dateline: str | None = None
    published: Moment | None = None
    published_in: str = ""


def read_opening(paragraphs: Sequence[str], *, latest: datetime) -> Opening:
    """Separate byline, date line and dateline from a story; its last paragraph may be a byline as well.

    Dates after ``latest`` are not dates of publication. At least one paragraph remains.
    """
    rest = list(paragraphs)
    byline: str | None = None
    published: Moment | None = None
    for _ in range(_MAX_LINES):
        if len(rest) < 2:  # noqa: PLR2004 - one paragraph remains
            break
        if byline is None and is_byline(rest[0]):
            byline = rest.pop(0)
        elif published is None and (moment := read_date_line(rest[0], latest=latest)):
            published = moment
            rest.pop(0)
        else:
            break
    if byline is None and len(rest) > 1 and is_byline(rest[-1]):
        byline = rest.pop()
    opening = Opening(tuple(rest), byline, None, published, "published-line" if published else "")
    return _split_first_paragraph(opening, latest)


def is_byline(line: str) -> bool:
    """Say whether a line consists of "By", names and at most a role."""
    return bool(_BYLINE.fullmatch(line.strip()))


def names_in(byline: str) -> tuple[str, ...]:
    """Return the people in a byline, in order, each once, without roles and organisations."""
    printed = re.sub(rf"^{BY}[: ]\s*", "", byline.strip(), flags=re.IGNORECASE)
    printed = _OTHER_CREDITS.sub("", printed)
    pieces = re.split(r"\s*(?:,|;|\||/|&|\band\b|\bAND\b|\bin [A-Z]\w+.*)\s*", printed)
    names = [piece.strip(" .:-\u2013—|") for piece in pieces if piece]
    return tuple(dict.fromkeys(name for name in names if _NAME_ONLY.fullmatch(name) and not _ROLE.search(name)))


def read_date_line(line: str, *, latest: datetime) -> Moment | None:
    """Return the time in a line that only states a date of publication, else None. It is not after ``latest``."""
    line = line.strip()
    if match := _PUBLISHED.fullmatch(line):
        return read_moment(match.group(1), now=latest)
    return read_moment(line, now=latest, whole=True) if re.search(DATE_PATTERN, line) else None


def split_dateline(paragraph: str) -> tuple[str, str] | None:
    """Return the dateline (place and date as printed) and the paragraph after it; None if there is no dateline.

    The agency and the dash behind the dateline are in neither part.
    """
    head = paragraph[:_LONGEST_DATELINE]
    match = _DATELINE.match(head)
    if match is None and (agency := _AGENCY_DATELINE.match(head)):
        return agency["line"], paragraph[agency.end() :]
    if not match or _NO_PLACES.intersection(re.split(r"[ /,]", match["line"])):
        return None
    rest = paragraph[match.end() :]
    # Without an agency, a new sentence must follow: in "NATO - the alliance - said" the name is the subject.
    begins_sentence = not rest[0].islower() and not rest.isupper()
    spaced = match[0][-1].isspace() or match[0][-1] in "—\u2013"
    return (match["line"], rest) if spaced and (match["by"] or begins_sentence) else None


def _split_first_paragraph(opening: Opening, latest: datetime) -> Opening:
    """Separate the dateline; its date is the date of publication if there is no date line."""
    first, *rest = opening.paragraphs or ("",)
    split = split_dateline(first)
    if split is None:
        return opening
    dateline, first = split
    found = replace(opening, paragraphs=(first, *rest), dateline=dateline)
    date = None if opening.published else re.search(DATE_PATTERN, dateline)
    published = read_moment(date.group(), now=latest) if date else None
    return replace(found, published=published, published_in="dateline") if published else found
