"""``python -m benchmarks.formats [--data ../shared/corpora] [--only feed_atom,ninjs] [--failures 20] [--json]``.

Reads every file in the folder ``formats`` of the corpora, or without ``--data`` the own samples of NewsML 1, mail and
JSON, with all built-in parsers and counts the met expectations by format and kind. Exit status 0: done; 2: wrong use,
or no data.
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

SAMPLES = Path(__file__).parent / "samples"
"""Samples written for this benchmark, with the expected values in ``manifest.jsonl``."""


def main(arguments: list[str]) -> int:
    """Read the corpus, print the counts and return the exit status."""
    options = _parse(arguments)
    reader, report = ParsingReader(default_parsers()), Report()
    try:
        for row in read_manifest(options.data):
            if not options.only or row.format in options.only:
                reading = read_for(reader, row)
                report.add(row, reading, judged(row, reading))
    except FileNotFoundError as error:
        print(f"skipped: {error.filename} is not there; --data names the folder of the corpora", file=sys.stderr)
        return 2
    for failure in report.failures[: options.failures]:
        print(failure, file=sys.stderr)
    print(json.dumps(as_json(report), indent=2) if options.json else as_text(report))
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formats", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=SAMPLES, help="the folder of the corpora, or its formats/; own samples by default"
    )
    parser.add_argument(
        "--only", type=lambda names: set(names.split(",")), help="formats, comma-separated; all by default"
    )
    parser.add_argument("--failures", type=int, default=0, help="number of unmet expectations to print on stderr")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
