"""``python -m benchmarks.chaos --files 200 --faults worker,server --times 10 [--json]``.

Faults: ``worker``, ``server`` and ``watcher`` are killed by SIGKILL in the middle of a stream of distinct articles;
``copies`` is no kill but ``--copies`` files of one text that arrive at the same moment. Exit status 0: nothing was
lost, doubled or stuck; 1: something was; 2: wrong use.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchmarks.chaos.run import Run, run_copies, run_fault
from benchmarks.chaos.tree import Tree

KILLS = ("worker", "server", "watcher")
COPIES = "copies"

ONE_BY_ONE = {"BATCH_SIZE": "1", "CONCURRENCY": "4"}
"""Settings under which copies that arrive together are also worked on together, not one after another in a batch."""

HEAD = "fault      run  files  ended before   next end s   all ended s   tagged s  sent again   lost  doubled  stuck"


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for, print it and return the exit status."""
    asked = _parse(arguments)
    _say(HEAD)
    runs = []
    for fault in asked.faults:
        for run in _runs(fault, asked):
            _say(_row(run))
            runs.append(run)
    summary = [_summary(fault, [run for run in runs if run.fault == fault]) for fault in asked.faults]
    if asked.json:
        print(json.dumps({"runs": [asdict(run) for run in runs], "summary": summary}, indent=2))
    else:
        print("\n".join(_sentence(each) for each in summary))
    return 0 if all(run.verdict.good for run in runs) else 1


def _runs(fault: str, asked: argparse.Namespace) -> Iterator[Run]:
    settings = ONE_BY_ONE if fault == COPIES else {}
    with tempfile.TemporaryDirectory(prefix="copytaster-chaos-") as folder, Tree(Path(folder), settings) as tree:
        for number in range(1, asked.times + 1):
            if fault == COPIES:
                yield run_copies(tree, number=number, copies=asked.copies, seed=asked.seed)
            else:
                yield run_fault(tree, fault, number=number, files=asked.files, seed=asked.seed)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--files", type=int, default=200, help="distinct articles a run (default 200)")
    parser.add_argument("--faults", type=_faults, default=["worker", "server"], help="comma-separated list")
    parser.add_argument("--copies", type=int, default=8, help="files of one text for the fault `copies` (default 8)")
    parser.add_argument("--times", type=int, default=10, help="runs of each fault, on one system (default 10)")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other articles and moments")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser.parse_args(arguments)


def _faults(value: str) -> list[str]:
    faults = value.split(",")
    unknown = [each for each in faults if each not in {*KILLS, COPIES}]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"no such fault: {', '.join(unknown)}; there are {', '.join((*KILLS, COPIES))}"
        )
    return faults


def _summary(fault: str, runs: list[Run]) -> dict[str, str | int | float | None]:
    times = [run.ended_seconds for run in runs if run.ended_seconds is not None]
    return {
        "fault": fault,
        "runs": len(runs),
        "files": sum(run.files for run in runs),
        "ended_seconds_median": round(median(times), 2) if times else None,
        "ended_seconds_longest": max(times, default=None),
        "republished": sum(run.republished for run in runs),
        "lost": sum(len(run.verdict.lost) for run in runs),
        "doubled": sum(len(run.verdict.doubled) for run in runs),
        "stuck": sum(len(run.verdict.stuck) for run in runs),
        "unbalanced": sum(not run.verdict.balanced for run in runs),
    }


def _sentence(summary: dict[str, str | int | float | None]) -> str:
    return (
        "{fault}: {runs} runs, {files} files: {lost} lost, {doubled} doubled, {stuck} stuck, {unbalanced} unbalanced;"
        " {republished} sent again;"
        " all ended after {ended_seconds_median} s (median), {ended_seconds_longest} s (longest)"
    ).format(**summary)


def _row(run: Run) -> str:
    found = run.verdict
    cells = f"{run.fault:<9}{run.number:>5}{run.files:>7}{run.ended_before:>14}"
    times = f"{_seconds(run.next_end_seconds):>13}{_seconds(run.ended_seconds):>14}{_seconds(run.through_seconds):>11}"
    return f"{cells}{times}{run.republished:>12}{len(found.lost):>7}{len(found.doubled):>9}{len(found.stuck):>7}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
