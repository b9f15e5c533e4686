"""``python -m benchmarks.metadata --data PATH [--truth NAME] [--peers] [--json]``.

Compares title, authors and date against the truth.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import warnings
from pathlib import Path
from typing import Any

from benchmarks.extraction.corpus import load_pages
from benchmarks.metadata.peers import copytaster, rivals
from benchmarks.metadata.run import measure


def main() -> int:
    """Print the figures; exit status 2 where there is no data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with truth.jsonl.gz, or the one above it")
    parser.add_argument("--truth", default="truth", help="name of the truth file without its extension")
    parser.add_argument("--peers", action="store_true", help="run the rivals too")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    try:
        loaded = load_pages(options.data, options.truth)
        pages = [page for page in loaded if {"title", "byline", "publishedTime"} & page.truth.keys()]
    except FileNotFoundError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 2
    warnings.simplefilter("ignore")  # rivals warn about each other's versions on every page
    logging.disable()
    others, skipped = rivals() if options.peers else ({}, {})
    figures = {"pages": len(pages), "results": measure(pages, {"copytaster": copytaster, **others}), "skipped": skipped}
    print(json.dumps(figures) if options.json else _table(figures))
    return 0


def _table(figures: dict[str, Any]) -> str:
    lines = [f"{figures['pages']} pages"]
    for name, row in figures["results"].items():
        shares = (f"{field} {right}/{of} ({wrong} wrong)" for field, (right, of, wrong) in list(row.items())[:-1])
        lines.append(f"{name:16}{'  '.join(shares)}  {row['pages_per_cpu_second']:.0f} pages/cpu-s")
    return "\n".join([*lines, *(f"{name}: {why}" for name, why in figures["skipped"].items())])


if __name__ == "__main__":
    sys.exit(main())
