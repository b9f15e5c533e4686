"""Times of a sender that writes its own local time without a zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from copytaster.parsing.dates import Moment


def in_zone(moment: Moment | None, zone: str) -> Moment | None:
    """Return a moment that was read without a zone as a local time in ``zone``; others unchanged.

    An hour that passes twice or not at all, at a change of summer time, remains without a zone.
    """
    if moment is None or moment.zoned:
        return moment
    local, second = (moment.at.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if local.utcoffset() != second.utcoffset():
        return moment
    return replace(moment, at=local.astimezone(UTC), zoned=True, local=local)


def read_local(printed: str, pattern: str, zone: str | None) -> Moment | None:
    """Return the moment that ``printed`` states in the form ``pattern``, a local time in ``zone``, UTC without one."""
    try:
        at = datetime.strptime(printed.strip(), pattern).replace(tzinfo=UTC)
    except ValueError:
        return None
    return in_zone(Moment(at, zoned=False), zone) if zone else Moment(at, zoned=False)
