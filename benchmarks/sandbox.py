"""``python -m benchmarks.sandbox --data FOLDER [--rounds 10] [--json]``: cost of the parsers' own process.

Reads every file below the folder (.gz unpacked) round after round, once in this process and once in the sandbox, in
alternating order, so that other load affects both alike. Counts processor time of both processes, as the
kernel's scheduler has it. The first round, in which the process starts and warms up, is reported separately.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copytaster.errors import PermanentError
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.reading import ParsingReader, Reader
from copytaster.parsing.sandbox.limits import SandboxLimits
from copytaster.parsing.sandbox.reader import SandboxedReader

LIMITS = SandboxLimits(memory_bytes=1 << 30, cpu_seconds=20)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of files to read")
    parser.add_argument("--rounds", type=int, default=10, help="how often each reads all files, without the first time")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    with _unpacked(options.data) as folder:
        figures = measure(sorted(each for each in folder.iterdir()), options.rounds)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value:,.3f}")


def measure(files: list[Path], rounds: int) -> dict[str, float]:
    """Return counts, CPU seconds per round without and with the sandbox, and its cost (median, least, most)."""
    plain = ParsingReader(default_parsers())
    boxed = SandboxedReader(default_parsers(), LIMITS, wall=timedelta(seconds=60))
    items = _read_all(plain, files)  # caches are filled and modules loaded before the measurement
    start = _seconds(boxed, files)
    pairs = [_pair(plain, boxed, files, box_first=number % 2 == 1) for number in range(rounds)]
    boxed.close()
    shares = [box / bare - 1 for bare, box in pairs]
    bare, box = (statistics.median(each) for each in zip(*pairs, strict=True))
    return {
        "files": len(files),
        "items": items,
        "rounds": rounds,
        "cpu_seconds_in_process": round(bare, 3),
        "cpu_seconds_sandbox": round(box, 3),
        "cost_share": round(statistics.median(shares), 4),
        "cost_share_least": round(min(shares), 4),
        "cost_share_most": round(max(shares), 4),
        "ms_per_item": round(1000 * (box - bare) / max(items, 1), 3),
        "ms_for_the_start": round(1000 * (start - box), 1),
    }


def _pair(plain: Reader, boxed: Reader, files: list[Path], *, box_first: bool) -> tuple[float, float]:
    if box_first:
        box = _seconds(boxed, files)
        return _seconds(plain, files), box
    return _seconds(plain, files), _seconds(boxed, files)


def _seconds(reader: Reader, files: list[Path]) -> float:
    before = _cpu()
    _read_all(reader, files)
    return _cpu() - before


def _read_all(reader: Reader, files: list[Path]) -> int:
    return sum(_read(reader, file) for file in files)


def _read(reader: Reader, path: Path) -> int:
    with suppress(PermanentError), path.open("rb") as file:
        return sum(1 for _ in reader.read(Original(file=file, name=path.name, now=datetime.now(UTC))))
    return 0


def _cpu() -> float:
    """Return the processor seconds of this process and of its children, running or ended."""
    mine = os.getpid()
    children = Path(f"/proc/{mine}/task/{mine}/children").read_text(encoding="ascii").split()
    statistics = [Path(f"/proc/{each}/schedstat").read_text(encoding="ascii") for each in (str(mine), *children)]
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(int(each.split()[0]) for each in statistics) / 1e9 + ended.ru_utime + ended.ru_stime


@contextmanager
def _unpacked(folder: Path) -> Iterator[Path]:
    """Provide a folder with the unpacked files, under the names that their senders gave."""
    with tempfile.TemporaryDirectory(prefix="copytaster-sandbox-") as made:
        for number, file in enumerate(sorted(each for each in folder.rglob("*") if each.is_file())):
            packed = file.name.endswith(".html.gz")
            content = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
            (Path(made) / f"{number:06}-{file.stem if packed else file.name}").write_bytes(content)
        yield Path(made)


if __name__ == "__main__":
    main()
