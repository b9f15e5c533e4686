"""``python -m benchmarks.hostile --data FOLDER [--only json,strings] [--json]``: hostile files through the pipeline.

``--watcher`` in place of ``--data``: bombs, which it makes itself, before a real watcher.

Uses a real server and archive, and a separate process with the reader and the tagger of a worker. Exit status 0: all
files ended as expected; 1: some did not; 2: no data.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.hostile.judge import SANDBOX_DEATHS, objection
from benchmarks.hostile.manifest import rows
from benchmarks.hostile.run import Ended, Pipeline, pipeline, run
from benchmarks.hostile.strings import LIST, changed, strings
from benchmarks.hostile.watcher import watcher_figures
from copytaster.bootstrap.environment import load_settings

MIB_LIMIT = 1024.0
"""Memory that the sandbox may use in addition to its start: ``copytaster.bootstrap.pipeline.PARSER_MEMORY_BYTES``."""


def main(arguments: list[str]) -> int:
    """Process all files, print the figures and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path, help="the folder with manifest.jsonl")
    what.add_argument("--watcher", action="store_true", help="the part of the watcher")
    parser.add_argument("--only", type=lambda names: set(names.split(",")), help="comma-separated groups; default: all")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    if options.watcher:
        return _watcher_part(as_json=options.json)
    try:
        chosen = [row for row in rows(options.data) if not options.only or row.group in options.only]
    except FileNotFoundError as error:
        print(f"skipped: {error.filename} is not there; --data names the folder with the manifest", file=sys.stderr)
        return 2
    with pipeline(options.data) as running:
        found = figures(run(running, chosen), running, options.data)
    print(json.dumps(found, indent=2) if options.json else _as_text(found))
    return 1 if found["not_as_expected"] or found["worker_crashes"] or found["strings_changed"] else 0


def _watcher_part(*, as_json: bool) -> int:
    with pipeline(Path()) as running:
        found = watcher_figures(running.store, load_settings(running.environ), running.environ)
    print(json.dumps(found, indent=2) if as_json else "\n".join(f"{name:24} {value}" for name, value in found.items()))
    return 0 if found["within_limits"] else 1


def figures(ended: list[Ended], running: Pipeline, data: Path) -> dict[str, Any]:
    """Return the counts, the peaks, the slowest file and the files that did not end as expected."""
    objections = {each.row.file: objection(each, running.store, data) for each in ended}
    differing = {file: words for file, words in objections.items() if words}
    slowest = max(ended, key=lambda each: each.figures.get("seconds", 0.0))
    naughty = strings(data) if any(each.row.file == LIST for each in ended) else []
    return {
        "files": len(ended),
        "with_disposition": sum(each.delivery.disposition is not None for each in ended),
        "dispositions": dict(Counter(str(each.delivery.disposition) for each in ended).most_common()),
        "reasons": dict(Counter(each.delivery.reason.value for each in ended if each.delivery.reason).most_common()),
        "worker_crashes": running.crashes,
        "sandbox_deaths": sum(each.delivery.reason in SANDBOX_DEATHS for each in ended),
        "over_the_limit": sum(each.figures.get("sandbox_mib", 0.0) > MIB_LIMIT for each in ended),
        "peak_worker_mib": max(each.figures.get("worker_mib", 0.0) for each in ended),
        "peak_sandbox_mib": max(each.figures.get("sandbox_mib", 0.0) for each in ended),
        "slowest_file": slowest.row.file,
        "slowest_seconds": round(slowest.figures.get("seconds", 0.0), 2),
        "as_expected": len(ended) - len(differing),
        "expected": dict(Counter(each.row.expect.partition("=")[0] for each in ended).most_common()),
        "strings": len(naughty),
        "strings_changed": changed(running.store, naughty),
        "not_as_expected": differing,
    }


def _as_text(found: dict[str, Any]) -> str:
    lines = [f"{name:20} {value}" for name, value in found.items() if name != "not_as_expected"]
    return "\n".join([*lines, *(f"! {file}: {words}" for file, words in found["not_as_expected"].items())])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
