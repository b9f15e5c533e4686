"""Opening lines: byline and date line between headline and story, and the dateline of the first paragraph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from copytaster.parsing.dates import DATE_PATTERN, LONGEST, Moment, read_moment
from copytaster.parsing.plain.datelines import split_dateline

_MAX_LINES = 4
"""Opening lines below a headline: byline, role, date, update."""

_WORD = r"[^\W\d_][\w.'\u2019-]*"
_CAPITAL = r"(?=[A-Z\u00c0-\u024f\u0370-\u04ff])"
_PARTICLE = r"(?:de|da|di|du|del|della|van|von|der|den|al|el|bin|ibn|la|le|ter)\b"
_NAME = rf"{_CAPITAL}{_WORD}(?: (?:{_PARTICLE}|{_CAPITAL}{_WORD})){{1,4}}"
_NAME_ONLY = re.compile(_NAME)
BY = (
    r"(?:(?:(?:written|reported|posted|published|story|report|text|words) )?by|(?:(?:[ée]crit|publi[ée]) )?par"
    r"|(?:(?:eingestellt|gepostet|geschrieben|ver[öo]ffentlicht|verfasst) )?von|(?:(?:escrito|publicado|postado) )?por"
    r"|(?:scritto|pubblicato|postato) da|di|(?:(?:geschreven|geplaatst|gepost) )?door|av|af|przez)"
)
"""The words before the names in a byline: English, French, German, Spanish and Portuguese, Italian, Dutch, Swedish
and Norwegian, Danish, Polish."""

_ROLE_BEFORE_NAME = re.compile(
    rf"(?:[\w\u2019'-]+ ){{0,5}}(?i:reporter|correspondent|editor|writer|columnist|journalist|producer)s? (?={_NAME}$)"
)
"""``state political reporter Ann Lee``: desk and role of the person."""

_BYLINE = re.compile(rf"(?:(?i:{BY})[: ] ?)({_NAME}(?:(?:, | and | AND | & |/).{{1,120}}| *\|.{{1,80}})?)")
_OTHER_CREDITS = re.compile(
    r"\s*\(?\b(?:edited|translated|illustrated|photographs?|photos?|pictures?) by\b.*", re.IGNORECASE
)
_ROLE = re.compile(
    r"\b(?:writer|correspondent|editor|reporter|staff|columnist|press|news|reuters|afp|bbc|service|bureau|journalist|times|post|agency|authors?)\b",
    re.IGNORECASE,
)

_PUBLISHED = re.compile(
    rf"(?:(?:First |Date )?(?:Published|Posted|Date|Issued)(?: on| at)?:? ?)"
    rf"(?:[A-Z][a-z]+day,? )?({DATE_PATTERN}.{{0,40}})",
    re.IGNORECASE,
)

_POINT = re.compile(r"[*•] ?\S.{1,200}")
"""A point of the summary that some agencies print above byline and dateline."""

_ROLE_LINE = re.compile(
    r"(?:(?:the )?[A-Z][\w.'\u2019&-]*(?: (?:and|of|the|for|[A-Z][\w.'\u2019&-]*)){0,6})", re.IGNORECASE
)
_LONGEST_ROLE = 60
"""Characters of a line with the agency or the role of the people in the byline above it."""


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
    points = list(takewhile(_POINT.match, paragraphs))
    rest = list(paragraphs[len(points) :])
    byline: str | None = None
    published: Moment | None = None
    for _ in range(_MAX_LINES):
        if len(rest) < 2:  # noqa: PLR2004 - one paragraph remains
            break
        if byline is None and is_byline(rest[0]):
            byline = rest.pop(0)
            if len(rest) > 1 and _is_role(rest[0]):
                byline = f"{byline}, {rest.pop(0)}"
        elif published is None and (moment := read_date_line(rest[0], latest=latest)):
            published = moment
            rest.pop(0)
        else:
            break
    if byline is None and len(rest) > 1 and is_byline(rest[-1]):
        byline = rest.pop()
    opening = Opening((*points, *rest), byline, None, published, "published-line" if published else "")
    return _split_first_paragraph(opening, latest)


def _is_role(line: str) -> bool:
    """Say whether a line has only the role or the agency of reporters: ``AP Business Writer``."""
    return len(line) <= _LONGEST_ROLE and bool(_ROLE_LINE.fullmatch(line)) and bool(_ROLE.search(line))


def is_byline(line: str) -> bool:
    """Say whether a line consists of "By", names and at most a role."""
    return bool(_BYLINE.fullmatch(line.strip()))


def names_in(byline: str) -> tuple[str, ...]:
    """Return the people in a byline, in order, each once, without roles and organisations."""
    if not byline:
        return ()
    printed = re.sub(rf"^{BY}[: ]\s*", "", byline.strip(), flags=re.IGNORECASE)
    printed = _OTHER_CREDITS.sub("", printed)
    pieces = re.split(r"\s*(?:,|;|\||/|&|\band\b|\bAND\b|\bin [A-Z]\w+.*)\s*", printed)
    names = [_ROLE_BEFORE_NAME.sub("", piece.strip(" .:-\u2013—|")) for piece in pieces if piece]
    return tuple(dict.fromkeys(name for name in names if _NAME_ONLY.fullmatch(name) and not _ROLE.search(name)))


def read_date_line(line: str, *, latest: datetime) -> Moment | None:
    """Return the time in a line that only states a date of publication, else None. It is not after ``latest``."""
    line = line.strip()
    if len(line) > 2 * LONGEST:
        return None
    if match := _PUBLISHED.fullmatch(line):
        return read_moment(match.group(1), now=latest)
    return read_moment(line, now=latest, whole=True) if re.search(DATE_PATTERN, line) else None


def _split_first_paragraph(opening: Opening, latest: datetime) -> Opening:
    """Separate the dateline; its date is the date of publication if there is no date line."""
    at = next((at for at, each in enumerate(opening.paragraphs) if not _POINT.match(each)), 0)
    before, (first, *rest) = opening.paragraphs[:at], opening.paragraphs[at:] or ("",)
    found = split_dateline(first, "\n".join((first, *rest)))
    if found is None or not (found.rest or rest):
        return opening
    paragraphs = tuple(filter(None, (*before, found.rest, *rest)))
    date = None if opening.published else found.iso_day()
    published = read_moment(date, now=latest) if date else None
    opening = replace(opening, paragraphs=paragraphs, dateline=found.line)
    return replace(opening, published=published, published_in="dateline") if published else opening
