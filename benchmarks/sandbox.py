"""``python -m benchmarks.sandbox --data FOLDER [--json]``: what the parsers' own process costs.

Reads every file below the folder (.gz unpacked) once in this process and once in the sandbox, alternating in blocks so
that a noisy machine is noisy for both; counts processor time of both processes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from copytaster.errors import PermanentError
from copytaster.parsing.formats import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.reading import ParsingReader, Reader
from copytaster.parsing.sandbox.jail import JailLimits
from copytaster.parsing.sandbox.reader import SandboxedReader

BLOCK = 500
"""Files in a row for one of the two: a worker keeps a process for 2,000, so that its start counts little."""


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="folder of files to read")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    given = options.parse_args()
    figures = measure(given.data)
    if given.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value:,.3f}")


def measure(folder: Path) -> dict[str, float]:
    """Return counts, CPU seconds of both ways, and the sandbox's share on top."""
    plain = ParsingReader(default_parsers())
    seconds = {"in_process": 0.0, "sandbox": 0.0}
    files = items = 0
    for block in _blocks(folder):
        before = _cpu()
        items += sum(_read(plain, name, content) for name, content in block)
        seconds["in_process"] += _cpu() - before
        # A process that has ended counts with its parent's: so each block has a process of its own, fork included.
        before = _cpu()
        boxed = SandboxedReader(
            default_parsers(), JailLimits(memory_bytes=1 << 30, cpu_seconds=20), wall=timedelta(seconds=30)
        )
        for name, content in block:
            _read(boxed, name, content)
        boxed.close()
        seconds["sandbox"] += _cpu() - before
        files += len(block)
    return {
        "files": files,
        "items": items,
        "cpu_seconds_in_process": round(seconds["in_process"], 3),
        "cpu_seconds_sandbox": round(seconds["sandbox"], 3),
        "cost_share": round(seconds["sandbox"] / seconds["in_process"] - 1, 4),
        "ms_per_item": round(1000 * (seconds["sandbox"] - seconds["in_process"]) / max(items, 1), 3),
    }


def _blocks(folder: Path) -> Iterator[list[tuple[str, bytes]]]:
    names = iter(sorted(each for each in folder.rglob("*") if each.is_file() and each.suffix != ".md"))
    while block := list(islice(names, BLOCK)):
        yield [_load(each) for each in block]


def _load(file: Path) -> tuple[str, bytes]:
    content = file.read_bytes()
    return (file.stem, gzip.decompress(content)) if file.name.endswith(".html.gz") else (file.name, content)


def _read(reader: Reader, name: str, content: bytes) -> int:
    with suppress(PermanentError):
        return sum(1 for _ in reader.read(Original(content=content, name=name, now=datetime.now(UTC))))
    return 0


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent)


if __name__ == "__main__":
    main()
