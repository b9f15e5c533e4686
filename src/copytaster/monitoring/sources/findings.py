"""What is unusual about a source now, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from copytaster.model.source_finding import FindingKind
from copytaster.monitoring.sources.contract import DAY, FLOOD_KEPT, GAP_GRACE, GAP_KEPT, Contract
from copytaster.monitoring.sources.sequence import describe_missing

NAMED = 3
"""Gaps or traits that a phrase names."""


def find(contract: Contract, at: float) -> dict[FindingKind, str]:
    """Return what is unusual at a time, each kind with a phrase; gaps that are too old are given up."""
    found = {
        FindingKind.QUIET: _quiet(contract, at),
        FindingKind.FLOODING: _flooding(contract, at),
        FindingKind.DRIFTING: _drifting(contract, at),
        FindingKind.FROZEN: _frozen(contract, at),
        FindingKind.GAP: _gaps(contract, at),
    }
    return {kind: phrase for kind, phrase in found.items() if phrase}


def _quiet(contract: Contract, at: float) -> str | None:
    if not contract.is_quiet(at):
        return None
    last, declared = _time(contract.since), contract.expects.quiet_after_minutes
    if declared is not None:
        return f"no file since {last}; its `_source.yml` declares quiet_after_minutes: {declared}"
    return f"no file since {last}, which is longer than usual at these hours"


def _flooding(contract: Contract, at: float) -> str | None:
    if at - contract.flooded_at > FLOOD_KEPT:
        return None
    return f"more than {contract.flood_limit(at):.0f} files in an hour"


def _frozen(contract: Contract, at: float) -> str | None:
    if not contract.repetition.is_frozen(int(at // DAY)):
        return None
    return f"the same content again and again, nothing new since {_time(contract.repetition.began)}"


def _drifting(contract: Contract, at: float) -> str | None:
    return "; ".join(list(_changed(contract, int(at // DAY)))[:NAMED]) or None


def _changed(contract: Contract, day: int) -> Iterator[str]:
    expects = contract.expects
    declared = {"language": bool(expects.languages), "size": expects.smallest_bytes or expects.largest_bytes}
    declared |= dict.fromkeys(map(str, expects.fields or ()), True)
    for name, trait in contract.traits.items():
        if trait.is_unusual(day, declared=bool(declared.get(name))):
            usual = "" if declared.get(name) else f" instead of {_value(name, trait.most_usual)}"
            yield f"{name}: {_value(name, trait.value)}{usual}"


def _value(trait: str, value: str) -> str:
    return f"{2 ** int(value)} bytes or more" if trait == "size" and value.isdecimal() else value


def _gaps(contract: Contract, at: float) -> str | None:
    phrases = []
    for series in contract.series.values():
        series.expire(at - GAP_KEPT)
        if series.is_proven:
            old = [each for each in series.missing if at - each.since >= GAP_GRACE]
            phrases += [describe_missing(each, series.width) for each in old]
    more = f"; and {len(phrases) - NAMED} more gaps" if len(phrases) > NAMED else ""
    return "; ".join(phrases[-NAMED:]) + more if phrases else None


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
