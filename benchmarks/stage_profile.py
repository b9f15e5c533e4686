"""``python -m benchmarks.stage_profile [--mix wire] [--files 200] [--entities off] [--json]``: what a stage spends on.

Runs the work of the watcher (claim, archive, registration), of a worker's child (ingest with the parser in its sandbox,
then tagging) and of the parser's process one after another in this process under cProfile, over a real server and a
real broker. Prints each stage's processor time without the profiler, the shares by package, and the dearest functions.
The shares are of the time on the clock: waiting for the server and for the disk is in them. cProfile charges each call
of a Python function a fraction of a microsecond, so that small functions look too dear.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import json
import logging
import os
import pstats
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# Like in a worker. NumPy reads the variable when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import structlog
from prometheus_client import CollectorRegistry
from redis import Redis

from benchmarks.own_server import own_server
from benchmarks.pipeline.articles import MIXES, InputFile, generate
from benchmarks.pipeline.worker_without_entities import switch_entities_off
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.intake import open_intake
from copytaster.bootstrap.pipeline import open_dependencies, open_parsers, open_tagger
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.errors import PermanentError
from copytaster.intake.metadata_content import answer
from copytaster.intake.rename_claims import RenameClaims
from copytaster.metrics import PipelineMetrics
from copytaster.model.delivery import new_delivery_id
from copytaster.model.work import Work
from copytaster.parsing.original import Original
from copytaster.parsing.reading import ParsingReader
from copytaster.parsing.sandbox.calls import DirectCalls
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.tag import tag
from copytaster.settings import PREFIX, Settings
from copytaster_broker.app import KEY_PREFIX
from copytaster_broker.publisher import open_publisher

SHOWN = 12
"""Functions and packages that are printed for a stage."""

SOCKETS = ("_socket.socket", "_socket.", "select.")
"""Built-in functions of sockets; the time in them is the kernel's, and the wait for the server."""


@dataclass(slots=True)
class Profile:
    """A stage: its processor and clock time without the profiler, then with it."""

    stats: cProfile.Profile = field(default_factory=cProfile.Profile)
    files: int = 0
    cpu: float = 0.0
    clock: float = 0.0

    def run(self, work: Callable[[], object], *, files: int, profiled: bool) -> None:
        """Do the work and add what it takes."""
        if profiled:
            self.stats.runcall(work)
            return
        cpu, clock = time.process_time(), time.perf_counter()
        work()
        self.cpu += time.process_time() - cpu
        self.clock += time.perf_counter() - clock
        self.files += files

    def figures(self) -> dict[str, Any]:
        """Return the times and the shares."""
        stats: Any = pstats.Stats(self.stats)
        own = {name: entry[2] for name, entry in stats.stats.items()}
        total = sum(own.values())
        packages = defaultdict[str, float](float)
        for (file, _, name), seconds in own.items():
            packages[_package(file, name)] += seconds / total
        functions = {f"{_package(file, name)}: {name}": seconds / total for (file, _, name), seconds in own.items()}
        return {
            "cpu_ms_each": round(1000 * self.cpu / self.files, 3),
            "clock_ms_each": round(1000 * self.clock / self.files, 3),
            "by_package": _largest(packages),
            "by_function": _largest(functions),
        }


@dataclass(frozen=True, slots=True)
class Bench:
    """The stages over one server."""

    settings: Settings
    client: Redis
    deps: Dependencies
    profiles: dict[str, Profile] = field(default_factory=lambda: defaultdict(Profile))

    def put_through(self, files: Sequence[InputFile], *, profiled: bool) -> None:
        """Put files through all stages."""
        self._run("watcher", lambda: self._take_in(files), len(files), profiled=profiled)
        messages = self._received(Work.INGEST)
        self._run("ingest", lambda: self._ingest(messages), len(files), profiled=profiled)
        to_tag = self._received(Work.TAG)
        self._run("tag", lambda: self._tag(to_tag), sum(map(len, to_tag)), profiled=profiled)
        reader = ParsingReader(open_parsers(self.settings))
        self._run("parser", lambda: [_parse(reader, each) for each in files], len(files), profiled=profiled)

    def _run(self, stage: str, work: Callable[[], object], count: int, *, profiled: bool) -> None:
        self.profiles[stage].run(work, files=count, profiled=profiled)

    def _take_in(self, files: Sequence[InputFile]) -> None:
        """Claim, archive, register and publish files, in full messages."""
        deps, inbox = self.deps, self.settings.inbox
        intake = open_intake(self.settings, deps.store, clock=deps.clock, calls=DirectCalls(answer))
        claims, ids = RenameClaims(inbox, "watcher"), []
        for each in files:
            claim = claims.take(each.path, new_delivery_id(deps.clock.now()))
            if claim and intake.take(claim, by="watcher"):
                ids.append(claim.delivery_id)
                claims.release(claim)
        deps.publisher.publish(Work.INGEST, ids)
        claims.close()

    def _ingest(self, messages: Sequence[Sequence[str]]) -> None:
        until = self.deps.clock.now() + timedelta(hours=1)
        for each in messages:
            ingest(each, deps=self.deps, until=until)

    def _tag(self, messages: Sequence[Sequence[str]]) -> None:
        for each in messages:
            tag(each, deps=self.deps)

    def _received(self, work: Work) -> list[list[str]]:
        """Take all messages of a queue, and return the ids of each."""
        found: Any = self.client.lpop(KEY_PREFIX + work.value, 1_000_000)
        return [json.loads(base64.b64decode(json.loads(each)["body"]))[0][0] for each in reversed(found or [])]


def main() -> None:
    """Print the profiles."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stage_profile", description=__doc__)
    parser.add_argument("--mix", choices=MIXES, default="wire")
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--entities", choices=("on", "off"), default="on", help="off: load no model for names")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if options.entities == "off":
        switch_entities_off()
    figures = measure(options.mix, options.files)
    print(json.dumps(figures) if options.json else "\n".join(_readable(figures)))


def measure(mix: str, count: int) -> dict[str, Any]:
    """Return the figures of all stages."""
    with own_server() as client, tempfile.TemporaryDirectory(prefix="copytaster-profile-") as folder:
        where: dict[str, Any] = client.connection_pool.connection_kwargs
        address = f"redis://{where['host']}:{where['port']}/0"
        settings = load_settings({f"{PREFIX}DATA": f"{folder}/data", f"{PREFIX}REDIS_URL": address})
        clock, metrics = SystemClock(), PipelineMetrics(CollectorRegistry())
        open_store(settings, clock=clock, part="benchmark")
        deps = open_dependencies(settings, open_publisher(settings), open_tagger(settings), metrics, clock=clock)
        bench = Bench(settings, client, deps)
        # The first files load modules and scripts; the second third is timed, the last one profiled.
        files = list(generate(3 * count, mix, seed=7, at=datetime.now(UTC) - timedelta(days=1)))
        _drop(files, settings.inbox)
        bench.put_through(files[:count], profiled=False)
        bench.profiles.clear()
        bench.put_through(files[count : 2 * count], profiled=False)
        bench.put_through(files[2 * count :], profiled=True)
    return {stage: profile.figures() for stage, profile in bench.profiles.items()}


def _drop(files: Sequence[InputFile], inbox: Path) -> None:
    for each in files:
        path = inbox / each.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.content)


def _parse(reader: ParsingReader, file: InputFile) -> int:
    original = Original(name=file.path, content=file.content, now=datetime.now(UTC))
    try:
        return sum(1 for _ in reader.read(original))
    except PermanentError:
        return 0


def _package(file: str, name: str) -> str:
    """Return the package of a function; that of a module of this project with the next level."""
    if file == "~":
        return "sockets" if any(each in name for each in SOCKETS) else "built in"
    parts = Path(file).with_suffix("").parts
    if "copytaster" in parts:
        return ".".join(parts[len(parts) - 1 - parts[::-1].index("copytaster") :][:2])
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    # Compiled modules of other packages name their source by a relative path.
    return "standard library" if Path(file).is_absolute() or file.startswith("<") else parts[0]


def _largest(shares: dict[str, float]) -> dict[str, float]:
    largest = sorted(shares.items(), key=lambda each: -each[1])[:SHOWN]
    return {name: round(share, 3) for name, share in largest}


def _readable(figures: dict[str, Any]) -> list[str]:
    found = list[str]()
    for stage, each in figures.items():
        found.append(f"{stage}: {each['cpu_ms_each']} ms of processor time, {each['clock_ms_each']} ms on the clock")
        for title in ("by_package", "by_function"):
            found.append(f"  {title.replace('_', ' ')}")
            found += [f"    {share:6.1%}  {name}" for name, share in each[title].items()]
    return found


if __name__ == "__main__":
    main()
