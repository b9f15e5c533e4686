"""``python -m benchmarks.chaos --files 200 --faults worker,server --times 10 [--seed 7] [--seconds 30] [--json]``.

Starts a temporary system for each fault, injects the fault in the middle of a stream of files, and counts the files
that were lost, duplicated or stuck. Exit status 0: none, and every balance is closed; 1: otherwise; 2: wrong use.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.registry import FAULTS
from benchmarks.chaos.report import HEAD, row, sentence, summary
from benchmarks.chaos.run import Run, Size, run_fault
from benchmarks.chaos.tree import Tree

ALL = "all"


def main(arguments: list[str]) -> int:
    """Run the selected faults, print the results and return the exit status."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no process is left behind
    _print_progress(f"seed {options.seed}\n{HEAD}")
    runs, skipped = [], {}
    for fault in options.faults:
        if why := _impossible(fault):
            skipped[fault.name] = why
            _print_progress(f"{fault.name:<13} skipped: {why}")
            continue
        for run in _runs(fault, options):
            _print_progress(row(run))
            runs.append(run)
    names = [fault.name for fault in options.faults if fault.name not in skipped]
    sums = [summary(name, [run for run in runs if run.fault == name]) for name in names]
    if options.json:
        found = {"seed": options.seed, "runs": [asdict(run) for run in runs], "summary": sums, "skipped": skipped}
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(map(sentence, sums)))
    return 0 if all(run.verdict.good for run in runs) else 1


def _runs(fault: Fault, options: argparse.Namespace) -> Iterator[Run]:
    with (
        tempfile.TemporaryDirectory(prefix="copytaster-chaos-") as folder,
        Tree(Path(folder), fault.setup, random.Random(options.seed)) as tree,
    ):
        files = options.copies if fault.few else options.files
        size = Size(files=files, seconds=options.seconds, restarts=options.restarts, seed=options.seed)
        for number in range(1, options.times + 1):
            yield run_fault(tree, fault, size, number=number)


def _impossible(fault: Fault) -> str | None:
    with tempfile.TemporaryDirectory(prefix="copytaster-chaos-") as folder:
        return fault.impossible(Path(folder))


def _parse(arguments: list[str]) -> argparse.Namespace:
    faults = "\n".join(f"  {fault.name:<13} {fault.sentence}" for fault in FAULTS.values())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos",
        description=__doc__,
        epilog=f"faults:\n{faults}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--files", type=int, default=200, help="distinct articles a run (default 200)")
    parser.add_argument("--faults", type=_faults, default=list(FAULTS.values()), help="comma-separated; default: all")
    parser.add_argument("--copies", type=int, default=50, help="files of one text for the fault `copies` (default 50)")
    parser.add_argument("--times", type=int, default=1, help="runs of each fault, on one system (default 1)")
    parser.add_argument(
        "--seconds", type=float, default=30, help="duration of the faults that last for a time (default 30)"
    )
    parser.add_argument(
        "--restarts", type=int, default=5, help="number of restarts in the fault `restarts` (default 5)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other articles and moments (default 1)")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser.parse_args(arguments)


def _faults(value: str) -> list[Fault]:
    names = list(FAULTS) if value == ALL else value.split(",")
    unknown = [each for each in names if each not in FAULTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such fault: {', '.join(unknown)}; there are {', '.join(FAULTS)}")
    return [FAULTS[each] for each in names]


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
