"""``python -m benchmarks.sources [--days 240] [--seeds 2] [--faults 10] [--holidays DE-BY] [--json]``.

Simulates a year's calendars of several kinds of sources, and prints the false alarms of each per month, and how long
it takes until faults are found. Kinds with a star were used to choose rules and constants.

A fault begins after a random file of the second half. The delay of silence is in *intervals*: a source's longest usual
one of a day, which is the median of the longest ones of the last days. Those of frozen content and drift are in files,
those of floods and gaps in minutes. An absent figure means that no such fault was found in time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from benchmarks.sources.calendars import CALENDARS, TUNED, Calendar
from benchmarks.sources.faults import FAULTS, usual
from copytaster.model.expectations import Expectations
from copytaster.model.sighting import Arrived
from copytaster.model.source_finding import FindingKind
from copytaster.monitoring.sources.contract import DAY, Contract
from copytaster.monitoring.sources.findings import find

FIRST = date(2026, 1, 20)
"""The first day: spring and autumn are in the 240 days that follow, or in the 300."""

LOOK = 300.0
"""Seconds between two looks while nothing is wrong; the watcher looks once a minute."""

LEARNING_DAYS = 21
"""Days that do not count: nothing is learned yet."""

MONTH = 30.4

ZONE = "Europe/Berlin"
"""Of the declared holidays. Those of ``calendars.HOLIDAYS`` are of Bavaria, from wherever the sources send."""


def main() -> None:
    """Measure, and print the figures."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--days", type=int, default=240, help="simulated days of each source")
    options.add_argument("--seeds", type=int, default=2, help="sources of each kind")
    options.add_argument("--faults", type=int, default=10, help="faults of each kind in each source")
    options.add_argument("--only", help="names of kinds, separated by commas")
    options.add_argument("--holidays", metavar="REGION", help="what the sources declare, as DE-BY; nothing by default")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = options.parse_args()
    chosen = [each for each in CALENDARS if not arguments.only or each.name in arguments.only.split(",")]
    figures = [_measure(each, arguments) for each in chosen]
    print(json.dumps(figures) if arguments.json else _table(figures))


def _measure(calendar: Calendar, arguments: argparse.Namespace) -> dict[str, Any]:
    alarms, delays, files, began = Counter[str](), defaultdict[str, list[float | None]](list), 0, time.process_time()
    for seed in range(arguments.seeds):
        random = Random(f"{calendar.name} {seed}")
        times = calendar.files(FIRST, arguments.days, random)
        at = sorted(random.sample(range(len(times) // 2, len(times)), arguments.faults))
        watched = Watched(times, arguments.holidays)
        for place in range(len(times)):
            alarms.update(watched.take(place, random))
            if place in at:
                for fault in FAULTS:
                    delays[fault.name].append(fault.delay(deepcopy(watched.contract), times[place:], random))
        files += len(times)
    months = arguments.seeds * (arguments.days - LEARNING_DAYS) / MONTH
    return {
        "kind": calendar.name + ("*" if calendar.name in TUNED else ""),
        "files_per_day": round(files / arguments.seeds / arguments.days, 1),
        "false_alarms_per_month": round(alarms.total() / months, 2),
        "of_them_quiet": round(alarms[FindingKind.QUIET] / months, 2),
        "delays": {name: _summary(found) for name, found in delays.items()},
        "cpu_microseconds_per_file": round(1e6 * (time.process_time() - began) / files),
    }


class Watched:
    """A contract that sees a calendar's files, and counts the alarms."""

    def __init__(self, times: Sequence[float], holidays: str | None) -> None:
        self._times = times
        self._expects = Expectations(holidays=holidays, timezone=ZONE) if holidays else None
        self._looked = times[0]
        self.found: dict[FindingKind, float] = {}
        self.contract = Contract("a source")
        self.contract.wake(times[0] - DAY)

    def take(self, place: int, random: Random) -> list[FindingKind]:
        """Take in a file, and return what was found since the one before."""
        at, new = self._times[place], list[FindingKind]()
        while self._looked < at:
            found = find(self.contract, self._looked)
            new += [each for each in found if each not in self.found]
            self.found = {each: self.found.get(each, self._looked) for each in found}
            self._looked += LOOK
        for each in usual(place, random):
            declared = replace(each, expects=self._expects) if isinstance(each, Arrived) else each
            self.contract.note(declared, at)
        self.found.pop(FindingKind.QUIET, None)
        return new


def _summary(delays: Sequence[float | None]) -> dict[str, float | None]:
    found = sorted(each for each in delays if each is not None)
    return {
        "median": round(statistics.median(found), 2) if found else None,
        "p90": round(found[int(0.9 * (len(found) - 1))], 2) if found else None,
        "found": round(len(found) / len(delays), 2),
    }


def _table(figures: Sequence[dict[str, Any]]) -> str:
    names = [each.name for each in FAULTS]
    head = ["kind", "files/day", "false/month", *names]
    rows = [
        [
            each["kind"],
            each["files_per_day"],
            each["false_alarms_per_month"],
            *(_cell(each["delays"][name]) for name in names),
        ]
        for each in figures
    ]
    lines = ["  ".join(f"{value!s:>18}" for value in row) for row in [head, *rows]]
    worst = max(each["false_alarms_per_month"] for each in figures)
    return "\n".join([*lines, "", f"most false alarms per month: {worst}; delays are median / 90th percentile"])


def _cell(summary: dict[str, Any]) -> str:
    missed = "" if summary["found"] == 1 else f" ({summary['found']:.0%})"
    return f"{summary['median']} / {summary['p90']}{missed}"


if __name__ == "__main__":
    main()
