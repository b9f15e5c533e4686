"""What users would write themselves: one script around other libraries; and empty Celery tasks."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.own_server import own_server
from benchmarks.pipeline.articles import InputFile
from benchmarks.pipeline.processes import children_of, seconds_of
from benchmarks.pipeline.run import folder_of, run_script
from copytaster.bootstrap.environment import load_settings
from copytaster.model.work import Work
from copytaster.settings import PREFIX
from copytaster_broker.app import KEY_PREFIX, TASKS, create_app

LIBRARIES = {"newspaper4k": "newspaper", "datasketch": "datasketch"}
"""The modules of the script's libraries, by the names under which they are installed; spaCy is there anyway."""

LONGEST = 600.0


def measure_peers(files: Sequence[InputFile], own: dict[str, Any]) -> dict[str, Any]:
    """Return the rates of the script and of empty tasks, and how the system, whose figures are ``own``, compares."""
    figures: dict[str, Any] = {"empty_celery_tasks": empty_tasks(len(files))}
    needs_pages = any(each.path.endswith((".html", ".htm")) for each in files)
    needed = LIBRARIES if needs_pages else {"datasketch": "datasketch"}
    if missing := [name for name, module in needed.items() if importlib.util.find_spec(module) is None]:
        figures["script"] = f"skipped, not installed: {', '.join(missing)}; pip install 'copytaster[peers]'"
        return figures
    try:
        with folder_of(files) as folder:
            figures["script"] = run_script("benchmarks.pipeline.peer_script", folder)
    except subprocess.CalledProcessError as error:  # a library lacks another one, or refuses a file
        figures["script"] = f"failed: {str(error.stderr).strip().splitlines()[-1]}"
        return figures
    compared = {
        "articles_per_second": own["articles_per_second_to_last_tag"],
        "articles_per_cpu_second": own["articles_per_cpu_second"],
    }
    for name, rate in compared.items():
        figures[f"times_the_script_in_{name}"] = round(rate / figures["script"][name], 2)
    return figures


def empty_tasks(count: int) -> dict[str, float]:
    """Send as many messages as there are files to a worker of two processes that does nothing, and return its rate."""
    with own_server() as client:
        where: dict[str, Any] = client.connection_pool.connection_kwargs
        environ = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environ[f"{PREFIX}REDIS_URL"] = f"redis://{where['host']}:{where['port']}/0"
        app = create_app(load_settings(environ))
        command = [sys.executable, "-m", "benchmarks.pipeline.empty_worker"]
        with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as worker:
            try:
                _send(app, 1)
                _until_empty(client, worker)
                before, began = _cpu(worker.pid), time.monotonic()
                _send(app, count)
                _until_empty(client, worker)
                seconds, cpu = time.monotonic() - began, _cpu(worker.pid) - before
            finally:
                worker.terminate()
    return {"per_second": round(count / seconds, 1), "worker_cpu_ms_each": round(1000 * cpu / count, 3)}


def _send(app: Any, count: int) -> None:
    with app.producer_or_acquire() as producer:
        for number in range(count):
            app.send_task(TASKS[Work.INGEST], args=[[str(number)]], queue=Work.INGEST.value, producer=producer)


def _until_empty(client: Any, worker: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LONGEST
    while client.llen(KEY_PREFIX + Work.INGEST.value) or client.hlen(f"{KEY_PREFIX}unacked"):
        if worker.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the empty tasks have not ended within {LONGEST:g} s, or their worker has died")
        time.sleep(0.02)


def _cpu(pid: int) -> float:
    return sum(seconds_of(each)[0] for each in (pid, *children_of(pid)))
