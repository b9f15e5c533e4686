"""One run: files arrive singly, then all at once, then steadily; the figures of each phase."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.pipeline.articles import InputFile
from benchmarks.pipeline.counters import Counts, Progress, ServerCounter
from benchmarks.pipeline.messages import Messages
from benchmarks.pipeline.processes import ProcessUse, busy_seconds, seconds_by_name, uses_of
from benchmarks.pipeline.system import System, running_system
from benchmarks.pipeline.timings import latencies, read_moments

SINGLE_FILES = 20
"""Files that arrive one by one in an idle system, each when the last one's article is tagged."""

STEADY_SHARE = 0.5
"""Rate of the steady phase, as a share of the rate at which the files that arrived at once were tagged."""

STEADY_SECONDS = 20.0

REST_SECONDS = 3.0
"""Pause after the start, in which the processes finish what they do once."""

IDLE_SECONDS = 5.0
"""How long the idle system is watched: several rounds of every periodic task."""

SAMPLE_SECONDS = 0.25

LONGEST = 3600.0
"""Seconds after which a phase counts as failed."""

BATCHES = 4
"""Work waits as long as more than this number of full messages is left: one in work and one fetched by each child."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of the system at a moment, by the monotonic clock."""

    at: float
    progress: Progress
    uses: list[ProcessUse]
    busy: float
    """Seconds for which all cores together were busy, with this or anything else."""

    @property
    def seconds(self) -> float:
        """The processor seconds of all processes of the system."""
        return sum(seconds_by_name(self.uses).values())


@dataclass(slots=True)
class Run:
    """The phases of a run on one system, with the counts that they share."""

    system: System
    counter: ServerCounter
    begins: dict[str, float]
    dropped: int = 0

    def drop_all(self, files: Sequence[InputFile]) -> None:
        """Rename files into the inbox at once."""
        for each in files:
            self.begins[each.path] = self.system.drop(each)
        self.dropped += len(files)

    def sample(self) -> Sample:
        """Return the present state. Raises ``SystemExit`` if a process has ended."""
        self.system.check()
        return Sample(time.monotonic(), self.counter.progress(), uses_of(self.system.mains), busy_seconds())

    def until_done(self) -> list[Sample]:
        """Wait until everything that was dropped is settled and tagged, and return samples from begin to end."""
        samples, deadline = [self.sample()], time.monotonic() + LONGEST
        while (last := samples[-1].progress).seen < self.dropped or last.waiting:
            if time.monotonic() > deadline:
                raise SystemExit(f"after {LONGEST:g} s there is still work: {last}")
            time.sleep(SAMPLE_SECONDS)
            samples.append(self.sample())
        return samples


def measure(files: Sequence[InputFile], *, entities: bool) -> dict[str, Any]:
    """Return the figures of the system and of the bound for these files."""
    singles, crowd, later = _split(files)
    with running_system(entities=entities) as system:
        run = Run(system, ServerCounter(system.client), {})
        for each in files:
            system.prepare(each)
        idle = _idle(run)
        for each in singles:
            run.drop_all([each])
            _wait(run)
        figures = _crowd(run, crowd, idle)
        steady = _steady(run, later, rate=STEADY_SHARE * figures["articles_per_second_to_last_tag"])
        figures["latency_seconds"] = _latencies(run, {"idle": singles, "all_at_once": crowd, "half_of_rate": steady})
        figures["idle_per_second"] = {name: round(value, 3) for name, value in asdict(idle).items()}
        figures["peak_mb"] = _peaks(run.sample().uses)
    bound = run_bound(crowd, entities=entities)
    figures["bound"] = bound
    for name in ("", "_without_idle"):
        rate = figures[f"articles_per_cpu_second{name}"]
        figures[f"efficiency{name}"] = round(rate / bound["articles_per_cpu_second"], 3)
    return figures


def run_bound(files: Sequence[InputFile], *, entities: bool) -> dict[str, Any]:
    """Put the files through the core in a process of its own, and return its figures."""
    with folder_of(files) as folder:
        return run_script("benchmarks.pipeline.bound", folder, "--entities", "on" if entities else "off")


def folder_of(files: Sequence[InputFile]) -> tempfile.TemporaryDirectory[str]:
    """Write files into a temporary folder, whose name the context gives."""
    folder = tempfile.TemporaryDirectory(prefix="copytaster-benchmark-")
    for each in files:
        path = Path(folder.name) / each.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.content)
    return folder


def run_script(module: str, *arguments: str) -> dict[str, Any]:
    """Run a module of the benchmark in a new process, and return the JSON document that it prints."""
    command = [sys.executable, "-m", module, *arguments]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _split(files: Sequence[InputFile]) -> tuple[Sequence[InputFile], Sequence[InputFile], Sequence[InputFile]]:
    """Return the files of the three phases: a few, most of them, a fifth."""
    few, most = min(SINGLE_FILES, len(files) // 10), len(files) - len(files) // 5
    return files[:few], files[few:most], files[most:]


@dataclass(frozen=True, slots=True)
class Idle:
    """What the system costs in a second in which nothing arrives: processor time, commands, round trips."""

    cpu: float
    commands: float
    round_trips: float


def _idle(run: Run) -> Idle:
    time.sleep(REST_SECONDS)
    before, counts = run.sample(), run.counter.counts()
    time.sleep(IDLE_SECONDS)
    after, later = run.sample(), run.counter.counts()
    seconds = after.at - before.at
    return Idle(
        cpu=(after.seconds - before.seconds) / seconds,
        commands=(later.commands - counts.commands) / seconds,
        round_trips=(later.round_trips - counts.round_trips) / seconds,
    )


def _wait(run: Run) -> None:
    deadline = time.monotonic() + LONGEST
    while (state := run.counter.progress()).seen < run.dropped or state.waiting:
        run.system.check()
        if time.monotonic() > deadline:
            raise SystemExit(f"after {LONGEST:g} s a single file is still not done")
        time.sleep(0.02)


def _crowd(run: Run, files: Sequence[InputFile], idle: Idle) -> dict[str, Any]:
    """Drop files at once, and return rates, shares and counts until the last tag."""
    messages = Messages(run.system.settings)
    sent, counts = messages.by_queue(), run.counter.counts()
    first, began = run.sample(), time.time()
    run.drop_all(files)
    samples = run.until_done()
    later, sent_later = run.counter.counts(), messages.by_queue()
    moments = read_moments(run.system.store, newest=len(files))
    mine = {each.path for each in files}
    settled = max(at for path, at in moments.settled.items() if path in mine)
    tagged = max((at for path, at in moments.tagged.items() if path in mine), default=settled)
    seconds = _difference(first, samples[-1])
    total, count, wall = sum(seconds.values()), len(files), samples[-1].at - first.at
    return {
        "files": count,
        "articles_per_second_to_last_disposition": round(count / (settled - began), 1),
        "articles_per_second_to_last_tag": round(count / (tagged - began), 1),
        "articles_per_cpu_second": round(count / total, 2),
        "articles_per_cpu_second_without_idle": round(count / max(total - idle.cpu * wall, 0.001), 2),
        "cpu_ms_per_article": {name: round(1000 * value / count, 2) for name, value in seconds.items() if value},
        **_busy_shares([first, *samples], run.system.settings.batch_size * BATCHES),
        "per_article": _per_article(counts, later, count),
        "per_article_without_idle": {
            "commands": round((later.commands - counts.commands - idle.commands * wall) / count, 1),
            "round_trips": round((later.round_trips - counts.round_trips - idle.round_trips * wall) / count, 1),
        },
        "messages_per_article": {q: round((n - sent.get(q, 0)) / count, 3) for q, n in sorted(sent_later.items())},
    }


def _difference(first: Sample, last: Sample) -> dict[str, float]:
    """Return the processor seconds between two samples by kind of process, the largest first."""
    before, after = seconds_by_name(first.uses), seconds_by_name(last.uses)
    found = {name: value - before.get(name, 0.0) for name, value in after.items()}
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _per_article(before: Counts, after: Counts, count: int) -> dict[str, float]:
    return {
        "commands": round((after.commands - before.commands) / count, 1),
        "script_calls": round((after.scripts - before.scripts) / count, 1),
        "round_trips": round((after.round_trips - before.round_trips) / count, 1),
        "server_bytes": round((after.used_memory - before.used_memory) / count),
    }


def _busy_shares(samples: list[Sample], few: int) -> dict[str, float]:
    """Return the share of all cores that the system used, and that anything used, while over ``few`` ids waited."""
    cores = os.cpu_count() or 1
    pairs = [(a, b) for a, b in pairwise(samples) if a.progress.waiting > few and b.progress.waiting > few]
    wall = sum(b.at - a.at for a, b in pairs)
    if not wall:
        return {}

    def share(seconds: Callable[[Sample], float]) -> float:
        return round(sum(seconds(b) - seconds(a) for a, b in pairs) / wall / cores, 3)

    return {
        "cores_busy_with_this": share(lambda each: each.seconds),
        "cores_busy_at_all": share(lambda each: each.busy),
    }


def _steady(run: Run, files: Sequence[InputFile], *, rate: float) -> Sequence[InputFile]:
    """Drop files at a steady rate for some seconds, wait for their end, and return them."""
    files = files[: max(1, int(rate * STEADY_SECONDS))]
    began = time.monotonic()
    for number, each in enumerate(files):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        run.drop_all([each])
    _wait(run)
    return files


def _latencies(run: Run, phases: dict[str, Sequence[InputFile]]) -> dict[str, Any]:
    moments = read_moments(run.system.store, newest=run.dropped)
    found = dict[str, Any]()
    for name, files in phases.items():
        begins = {each.path: run.begins[each.path] for each in files if each.path in run.begins}
        found[name] = {"stored": latencies(begins, moments.settled), "tagged": latencies(begins, moments.tagged)}
    return found


def _peaks(uses: list[ProcessUse]) -> dict[str, float]:
    """Return the largest peak memory of each kind of process, in megabytes."""
    peaks = dict[str, float]()
    for each in uses:
        peaks[each.name] = max(peaks.get(each.name, 0.0), round(each.peak_bytes / 1e6, 1))
    return peaks
