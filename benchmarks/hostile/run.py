"""Processes files with a temporary server and archive and a separate worker process."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from benchmarks.hostile.manifest import Row
from benchmarks.hostile.worker import READY
from benchmarks.own_server import own_server
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.intake import open_deposit
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.errors import ConfigurationError
from copytaster.logging import configure_logs
from copytaster.model.delivery import Delivery
from copytaster.model.work import RecordingPublisher
from copytaster.settings import PREFIX
from copytaster.store.store import Store

HANGS_AFTER = 60.0
"""Seconds for one file, six times the limit of the sandbox for an item; then the worker is replaced."""

STARTS_WITHIN = 120.0
"""Seconds until the models are loaded, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A file and the delivery that it became; ``figures`` is empty if the worker died."""

    row: Row
    delivery: Delivery
    figures: dict[str, float]


@dataclass(slots=True)
class Pipeline:
    """The store, and the worker; ``crashes`` is the number of workers that were replaced."""

    store: Store
    environ: dict[str, str]
    data: Path
    crashes: int = 0
    _worker: subprocess.Popen[str] | None = field(default=None)

    def put(self, row: Row) -> Ended:
        """Process one file and return its delivery."""
        settings, clock = load_settings(self.environ), SystemClock()
        deposit = open_deposit(settings, self.store, RecordingPublisher(), clock=clock)
        delivery = deposit.copy_in(self.data / row.file, path=row.file, by="benchmark")
        deposit.claims.close()
        figures = self._work(delivery.id) if delivery.disposition is None else {"seconds": 0.0}
        return Ended(row, self.store.ledger.get(delivery.id) or delivery, figures)

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            with self._worker as ending:  # waits, and closes the pipes
                ending.kill()
            self._worker = None

    def _work(self, delivery_id: str) -> dict[str, float]:
        worker = self._running_worker()
        _pipe(worker.stdin).write(f"{delivery_id}\n")
        _pipe(worker.stdin).flush()
        line = _line(worker, HANGS_AFTER)
        if line is None:
            self.crashes += 1
            self.close()
            return {}
        found: dict[str, float] = json.loads(line)
        return found

    def _running_worker(self) -> subprocess.Popen[str]:
        if self._worker is None:
            command = [sys.executable, "-m", "benchmarks.hostile.worker"]
            log = Path(self.environ[f"{PREFIX}DATA"]) / "worker.log"
            with log.open("a", encoding="utf-8") as output:
                self._worker = subprocess.Popen(
                    command, env=self.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True
                )
            if _line(self._worker, STARTS_WITHIN) != READY:
                raise ConfigurationError(f"the worker does not start: {log.read_text(encoding='utf-8')[-2000:]}")
        return self._worker


@contextmanager
def pipeline(data: Path) -> Iterator[Pipeline]:
    """Provide a temporary pipeline, which is removed afterwards."""
    with own_server() as client, tempfile.TemporaryDirectory(prefix="copytaster-hostile-") as folder:
        where: dict[str, Any] = client.connection_pool.connection_kwargs
        given = {"DATA": folder, "REDIS_URL": f"redis://{where['host']}:{where['port']}/0"}
        environ = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environ |= {PREFIX + key: value for key, value in given.items()}
        settings = load_settings(environ)
        configure_logs(settings, part="benchmark")
        settings.inbox.mkdir(parents=True, exist_ok=True)
        running = Pipeline(open_store(settings, clock=SystemClock(), part="benchmark"), environ, data)
        try:
            yield running
        finally:
            running.close()


def run(running: Pipeline, rows: Sequence[Row]) -> list[Ended]:
    """Process all files, one after another."""
    return [running.put(row) for row in rows]


def _pipe(end: IO[str] | None) -> IO[str]:
    if end is None:
        raise ValueError("the worker was started without a pipe")
    return end


def _line(worker: subprocess.Popen[str], seconds: float) -> str | None:
    """Return the next line without its end; None if the process died or wrote nothing for ``seconds``."""
    out = _pipe(worker.stdout)
    if not select.select([out], [], [], seconds)[0]:
        return None
    return out.readline().rstrip("\n") or None
