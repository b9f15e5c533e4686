"""``python -m benchmarks.extraction --data PATH [--truth NAME] [--peers] [--json]``.

Compares article text against the truth, and speed.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from benchmarks.extraction.corpus import load_pages
from benchmarks.extraction.peers import copytaster, rivals
from benchmarks.extraction.run import measure


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
        pages = [page for page in loaded if page.truth.get("truth", "full_text") == "full_text"]
    except FileNotFoundError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 2
    warnings.simplefilter("ignore")  # rivals warn about each other's versions on every page
    others, skipped = rivals() if options.peers else ({}, {})
    figures = {"pages": len(pages), "results": measure(pages, {"copytaster": copytaster, **others}), "skipped": skipped}
    print(json.dumps(figures) if options.json else _table(figures))
    return 0


def _table(figures: dict[str, Any]) -> str:
    heads = f"{'':24}{'F1':>8}{'P':>8}{'R':>8}{'word F1':>9}{'cut':>6}{'pages/cpu-s':>13}{'broken':>8}"
    lines = [f"{figures['pages']} pages", heads]
    for name, row in figures["results"].items():
        lines.append(
            f"{name:24}{row['f1']:8.4f}{row['precision']:8.4f}{row['recall']:8.4f}{row['word_f1']:9.4f}{row['cut']:6}"
            f"{row['pages_per_cpu_second']:13.1f}{row['broken']:8}"
        )
    return "\n".join([*lines, *(f"{name}: {why}" for name, why in figures["skipped"].items())])


if __name__ == "__main__":
    sys.exit(main())
