"""The record of a contract: a few kilobytes, whose length does not depend on how long the source is known."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections import deque
from collections.abc import Iterable
from math import inf
from typing import Any

from copytaster.model.expectations import Expectations
from copytaster.monitoring.sources.contract import Contract
from copytaster.monitoring.sources.daily_peaks import DailyPeaks, peaks_of
from copytaster.monitoring.sources.day_counts import DAYS, DayCounts
from copytaster.monitoring.sources.repetition import CONTENTS, Repetition
from copytaster.monitoring.sources.sequence import Missing, Sequence
from copytaster.monitoring.sources.trait import Trait
from copytaster.monitoring.sources.weekly_profile import WeeklyProfile

LARGEST = 65_000.0
"""What a number of 16 bits holds; it has three digits, which is more than is known of a usual rate."""

_PLAIN = ("seen_at", "since", "hour", "count", "complete_from", "mean_gap")


def pack_contract(contract: Contract) -> bytes:
    """Return the record of a contract, compressed."""
    return zlib.compress(json.dumps(contract_record(contract), separators=(",", ":")).encode())


def unpack_contract(source: str, record: bytes) -> Contract:
    """Return the contract of a source with this record."""
    return read_contract(source, json.loads(zlib.decompress(record)))


def contract_record(contract: Contract) -> dict[str, Any]:
    """Return a contract as an object of JSON."""
    return {
        **{name: getattr(contract, name) for name in _PLAIN},
        "flooded_at": None if contract.flooded_at == -inf else contract.flooded_at,
        "cadence": [contract.cadence.hours, _packed(contract.cadence.rates)],
        "silence": _peaks(contract.silence),
        "volume": _peaks(contract.volume),
        "repetition": _repetition(contract.repetition),
        "traits": {name: _trait(each) for name, each in contract.traits.items()},
        "series": {name: _sequence(each) for name, each in contract.series.items()},
        "days": list(contract.days.rows),
        "expects": contract.expects.model_dump(mode="json", exclude_defaults=True),
    }


def read_contract(source: str, record: dict[str, Any]) -> Contract:
    """Return the contract of a source with this record."""
    hours, rates = record["cadence"]
    flooded_at = record["flooded_at"]
    return Contract(
        source=source,
        **{name: record[name] for name in _PLAIN},
        flooded_at=-inf if flooded_at is None else flooded_at,
        cadence=WeeklyProfile(_unpacked(rates), hours),
        silence=_read_peaks(record["silence"]),
        volume=_read_peaks(record["volume"]),
        repetition=_read_repetition(record["repetition"]),
        traits={name: _read_trait(each) for name, each in record["traits"].items()},
        series={name: _read_sequence(each) for name, each in record["series"].items()},
        days=DayCounts(deque(record["days"], maxlen=DAYS)),
        expects=Expectations.model_validate(record["expects"], extra="ignore"),  # a newer release may know more
    )


def _packed(values: Iterable[float]) -> str:
    numbers = [min(each, LARGEST) for each in values]
    return base64.b85encode(struct.pack(f"<{len(numbers)}e", *numbers)).decode()


def _unpacked(packed: str) -> list[float]:
    content = base64.b85decode(packed)
    return list(struct.unpack(f"<{len(content) // 2}e", content))


def _peaks(peaks: DailyPeaks) -> list[Any]:
    return [peaks.day, _packed(peaks.peaks)]


def _read_peaks(stored: list[Any]) -> DailyPeaks:
    return peaks_of(_unpacked(stored[1]), stored[0])


def _repetition(repetition: Repetition) -> list[Any]:
    content = " ".join(repetition.contents)
    return [content, repetition.repeated, repetition.began, repetition.spread, *_peaks(repetition.peaks)]


def _read_repetition(stored: list[Any]) -> Repetition:
    content, repeated, began, spread, *peaks = stored
    return Repetition(deque(content.split(), maxlen=CONTENTS), repeated, began, spread, _read_peaks(peaks))


def _trait(trait: Trait) -> list[Any]:
    weights = {value: round(weight, 2) for value, weight in trait.weights.items()}
    return [
        weights,
        *(round(each, 3) for each in (trait.files, trait.usual, trait.sum)),
        trait.value,
        *_peaks(trait.peaks),
    ]


def _read_trait(stored: list[Any]) -> Trait:
    weights, files, usual, total, value, *peaks = stored
    return Trait(weights, files, usual, total, value, _read_peaks(peaks))


def _sequence(series: Sequence) -> list[Any]:
    missing = [[each.first, each.last, each.since] for each in series.missing]
    shares = [round(each, 3) for each in (series.regular, series.steps)]
    return [series.width, series.highest, series.seen_at, missing, *shares, series.candidate]


def _read_sequence(stored: list[Any]) -> Sequence:
    width, highest, seen_at, missing, regular, steps, candidate = stored
    return Sequence(width, highest, seen_at, [Missing(*each) for each in missing], regular, steps, candidate)
