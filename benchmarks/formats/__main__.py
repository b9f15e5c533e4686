"""``python -m benchmarks.formats --data ../shared/corpora [--only feed_atom,ninjs] [--failures 20] [--json]``.

Reads every file of the corpus' ``formats`` with every parser that ships and counts the expectations that are met, per
format and per kind. Exit status 0: done; 2: wrong use, or no data there.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.formats.manifest import read_manifest
from benchmarks.formats.report import Report, as_json, as_text
from benchmarks.formats.run import judged, read_for
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.reading import ParsingReader


def main(arguments: list[str]) -> int:
    """Run over the corpus, print what was found and return the exit status."""
    asked = _parse(arguments)
    reader, report = ParsingReader(default_parsers()), Report()
    try:
        for row in read_manifest(asked.data):
            if not asked.only or row.format in asked.only:
                reading = read_for(reader, row)
                report.add(row, reading, judged(row, reading))
    except FileNotFoundError as error:
        print(f"skipped: {error.filename} is not there; --data names the folder of the corpora", file=sys.stderr)
        return 2
    for failure in report.failures[: asked.failures]:
        print(failure, file=sys.stderr)
    print(json.dumps(as_json(report), indent=2) if asked.json else as_text(report))
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formats", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the corpora, or its formats/")
    parser.add_argument(
        "--only", type=lambda names: set(names.split(",")), help="formats, comma-separated; all by default"
    )
    parser.add_argument("--failures", type=int, default=0, help="print so many expectations that are not met (stderr)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
