"""Criteria by which a title, a list of authors and a date count as correct."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

_BARS = re.compile(r"\s+(?:[-|\u2013\u2014\u00b7:\u00bb/_@]|::)\s+")
_BY = re.compile(r"^(?:(?:written|reported|posted) )?(?:by|par|von|por|di|door) ")


def same_title(true: str, found: str | None) -> bool:
    """Say whether two titles have the same letters and digits."""
    return _folded(true) == _folded(found or "")


def same_headline(true: str, found: str | None) -> bool:
    """Say whether two titles are the same, or one is the other with parts behind a bar: the site, the author."""
    return any(
        same_title(one, longer[: bar.start()])
        for one, longer in ((true, found or ""), (found or "", true))
        for bar in _BARS.finditer(longer)
    ) or same_title(true, found)


def same_authors(true: str, found: Sequence[str]) -> bool:
    """Say whether all names found are in the printed byline, the first of them at its start."""
    byline = _BY.sub("", _folded(true))
    names = [_BY.sub("", _folded(name)) for name in found]
    return bool(names) and all(name and name in byline for name in names) and byline.startswith(names[0])


def same_day(true: str, found: datetime | None) -> bool:
    """Say whether a moment falls on the true day, in the true zone or in UTC; rivals return only the day."""
    stated = datetime.fromisoformat(_readable(true))
    if found is None:
        return False
    days = {stated.date(), (stated.astimezone(UTC) if stated.tzinfo else stated).date()}
    moments = {found.date()} | ({found.astimezone(stated.tzinfo).date()} if found.tzinfo and stated.tzinfo else set())
    return bool(days & moments)


def _readable(moment: str) -> str:
    return re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", moment.strip())


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
