"""``python -m benchmarks.hosts --files 2000 [--json]``; needs root, for network namespaces.

Two hosts have a Redis server and a bucket in common, and nothing else: the first has a watcher and a worker, the second
a worker. All processes of the second are killed when a quarter of the files have ended, and its connection is cut. Exit
status 0: each file is one article, and the balance is closed; 1: otherwise; 2: it cannot run here.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.hosts.network import unavailable
from benchmarks.hosts.run import run


def main(arguments: list[str]) -> int:
    """Run it, print the result and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hosts", description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="texts that are dropped on the first host")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    if why := unavailable():
        sys.stderr.write(f"cannot run here: {why}\n")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no process is left behind
    with tempfile.TemporaryDirectory(prefix="copytaster-hosts-") as folder:
        result = run(Path(folder), options.files)
    if options.json:
        print(json.dumps(asdict(result), indent=2))
    else:
        for name, value in asdict(result).items():
            print(f"{name:<16}{value}")
    return 0 if result.verdict.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
