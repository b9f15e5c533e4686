"""``python -m benchmarks.pipeline --files N --mix wire|news|web|mixed [--data PATH] [--peers] [--entities off]``.

Starts a whole system and puts files through its inbox; ``--json`` prints one JSON document.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.pipeline.articles import INTERVAL, MIXES, InputFile, generate
from benchmarks.pipeline.peers import measure_peers
from benchmarks.pipeline.report import lines
from benchmarks.pipeline.run import measure


def main() -> int:
    """Print the figures; exit status 2 where there is no data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--mix", choices=MIXES, default="wire")
    parser.add_argument(
        "--data", type=Path, help="folder of files, in place of generated ones; the first --files of it"
    )
    parser.add_argument(
        "--peers", action="store_true", help="run a script of other libraries and empty Celery tasks too"
    )
    parser.add_argument("--entities", choices=("on", "off"), default="on", help="off: workers load no model for names")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the system is stopped
    files = _files(options)
    if not files:
        print(f"skipped: no files in {options.data}", file=sys.stderr)
        return 2
    figures = {"mix": options.mix if options.data is None else "data", "entities": options.entities}
    figures |= measure(files, entities=options.entities == "on")
    if options.peers:
        figures["peers"] = measure_peers(files, figures)
    print(json.dumps(figures) if options.json else "\n".join(lines(figures)))
    return 0


def _files(options: argparse.Namespace) -> Sequence[InputFile]:
    if options.data is None:
        # The last one is published now: parsers do not believe a time in the future.
        first = datetime.now(UTC) - timedelta(minutes=1) - options.files * INTERVAL
        return list(generate(options.files, options.mix, seed=options.seed, at=first))
    found = sorted(each for each in options.data.rglob("*") if each.is_file())[: options.files]
    return [InputFile(f"data/{number:06}-{each.name}", each.read_bytes()) for number, each in enumerate(found)]


if __name__ == "__main__":
    sys.exit(main())
