"""Faults of a simulated source, and how long it takes until they are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from copytaster.model.expectations import ArticleField
from copytaster.model.numbering import Numbered
from copytaster.model.sighting import Arrived, Described, Settled, Sighting
from copytaster.model.source_finding import FindingKind
from copytaster.monitoring.sources.contract import DAY, Contract
from copytaster.monitoring.sources.findings import find

MINUTE = 60.0

SHARES = {"title": 1.0, "summary": 0.5, "byline": 0.7, "dateline": 0.9, "published_at": 1.0, "guid": 1.0, "images": 0.2}
"""How many of the articles have a field."""

LOST_FIELD = ArticleField.DATELINE

PATIENCE = 30
"""Files within which frozen content and drift are found, if at all."""

LONGEST = 10 * DAY
"""Time within which a silence is found, if at all."""


def usual(place: int, random: Random) -> list[Sighting]:
    """Return what is seen of a usual file."""
    return [
        Arrived("a source", int(random.lognormvariate(8, 0.6)), f"{place:x}", Numbered("names", place % 10_000, 4)),
        Settled("a source", failed=random.random() < 0.01, copy=random.random() < 0.2),  # shares
        Described(
            "a source",
            "nitf",
            "en" if random.random() < 0.97 else "fr",  # a share
            frozenset(ArticleField(name) for name, share in SHARES.items() if random.random() < share),
        ),
    ]


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault; ``delay`` applies it to a contract after the first of the times, and returns the delay."""

    name: str
    delay: Callable[[Contract, Sequence[float], Random], float | None]


def _silence(contract: Contract, times: Sequence[float], random: Random) -> float | None:
    del random
    at = times[0]
    peaks = sorted(contract.silence.peaks)
    longest = peaks[len(peaks) // 2]
    while at < times[0] + LONGEST:
        at += MINUTE
        if FindingKind.QUIET in find(contract, at):
            return contract.silent_for(at) / longest
    return None


def _flood(contract: Contract, times: Sequence[float], random: Random) -> float | None:
    """Three times the files of the busiest hour, ten at once."""
    busiest = max(contract.volume.peaks)
    step, at = 3600 / max(10 * busiest, 240), times[0]
    for number in range(int(20 * busiest) + 480):
        at += step
        contract.note(usual(number, random)[0], at)
        if not number % 10 and FindingKind.FLOODING in find(contract, at):
            return (at - times[0]) / MINUTE
    return None


def _frozen(contract: Contract, times: Sequence[float], random: Random) -> float | None:
    return _files(contract, times, random, FindingKind.FROZEN, lambda each: _with(each, content="the same"))


def _language(contract: Contract, times: Sequence[float], random: Random) -> float | None:
    return _files(contract, times, random, FindingKind.DRIFTING, lambda each: _with(each, language="de"))


def _fields(contract: Contract, times: Sequence[float], random: Random) -> float | None:
    def without(each: Sighting) -> Sighting:
        return replace(each, fields=each.fields - {LOST_FIELD}) if isinstance(each, Described) else each

    return _files(contract, times, random, FindingKind.DRIFTING, without)


def _size(contract: Contract, times: Sequence[float], random: Random) -> float | None:
    return _files(contract, times, random, FindingKind.DRIFTING, lambda each: _with(each, size=40))


def _gap(contract: Contract, times: Sequence[float], random: Random) -> float | None:
    """Four numbers are missing; the delay counts from the file that shows it."""
    del random
    number, at = contract.series["names"].highest + 5, times[min(1, len(times) - 1)]
    contract.note(Arrived("a source", 3000, "next", Numbered("names", number % 10_000, 4)), at)
    for minute in range(60):
        if FindingKind.GAP in find(contract, at + minute * MINUTE):
            return minute
    return None


def _files(
    contract: Contract,
    times: Sequence[float],
    random: Random,
    kind: FindingKind,
    change: Callable[[Sighting], Sighting],
) -> int | None:
    """Return the number of changed files after which a fault is found."""
    for number, at in enumerate(times[1 : PATIENCE + 1], start=1):
        for each in usual(100_000 + number, random):
            contract.note(change(each), at)
        if kind in find(contract, at):
            return number
    return None


def _with(sighting: Sighting, **changes: object) -> Sighting:
    names = [each for each in changes if hasattr(sighting, each)]
    return replace(sighting, **{each: changes[each] for each in names}) if names else sighting  # type: ignore[arg-type]


FAULTS = (
    Fault("silence, intervals", _silence),
    Fault("flood, minutes", _flood),
    Fault("gap, minutes", _gap),
    Fault("frozen, files", _frozen),
    Fault("language, files", _language),
    Fault("fields, files", _fields),
    Fault("size, files", _size),
)
