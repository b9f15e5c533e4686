"""Starts processes as forks of one that has imported their modules: that saves most of a start's CPU time.

``python warm_starts.py SOCKET PART`` imports what the part's processes import, loads the models of a worker, and then
answers requests on the socket. The started process runs the same ``__main__`` module or script as ``python -m MODULE``
or ``python SCRIPT`` would. Settings are read after the fork, and so are all files but the packaged models. Starts
without a fork are tested in ``tests/e2e``, ``tests/chaos`` and ``tests/compose``.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODULES = {
    "watcher": ("copytaster_watcher.__main__",),
    # What copytaster_workers.__main__ imports after it has set the environment.
    "worker": (
        "celery.apps.worker",
        "celery.concurrency.prefork",
        "copytaster.bootstrap.tagging",
        "copytaster_broker.queue_priority",
        "copytaster_workers.__main__",
        "copytaster_workers.app",
        "copytaster_workers.metrics",
        "copytaster.tagging.models",
    ),
}

READ_AT_IMPORT = {"REMAP_SIGTERM": "SIGQUIT", "OPENBLAS_NUM_THREADS": "1"}
"""Variables that a worker sets before it imports the libraries that read them."""

LARGEST_MESSAGE = 128 * 1024

POLL_SECONDS = 0.02


@dataclass(slots=True)
class WarmProcess:
    """A started process, with the methods of ``subprocess.Popen`` that tests use."""

    server: WarmStarts
    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.server.request(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline and timeout and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(POLL_SECONDS)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class WarmStarts:
    """A process that forks the processes of one part."""

    def __init__(self, part: str) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno()), part],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | READ_AT_IMPORT,
            )

    def start(self, arguments: Sequence[str], environ: Mapping[str, str], log: Path) -> WarmProcess:
        """Start ``python ARGUMENTS`` in a session of its own; ``arguments`` begin with ``-m MODULE`` or a script."""
        return WarmProcess(self, self.request(arguments=[*arguments], environ=dict(environ), log=str(log)))

    def request(self, **request: Any) -> Any:
        self._socket.send(json.dumps(request).encode())
        return json.loads(self._socket.recv(LARGEST_MESSAGE))

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


def _serve(line: socket.socket) -> None:
    while content := line.recv(LARGEST_MESSAGE):
        request = json.loads(content)
        answer = _status(request["poll"]) if "poll" in request else _fork(line, **request)
        line.send(json.dumps(answer).encode())


def _status(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _fork(line: socket.socket, *, arguments: list[str], environ: dict[str, str], log: str) -> int:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        line.close()
        _become(environ, log)
        os.close(writing)  # the caller may now send signals to the session
        os.close(reading)
        _run(arguments)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return pid


def _become(environ: dict[str, str], log: str) -> None:
    os.setsid()
    for number in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environ)
    tempfile.tempdir = None  # it is derived from the environment


def _run(arguments: list[str]) -> None:
    """Run the program as the interpreter would, and exit with its status and its exit functions."""
    if arguments[0] == "-m":
        sys.path.insert(0, str(Path.cwd()))
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(arguments[0]).parent))
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")
    sys.exit()


def _main(number: str, part: str) -> None:
    for module in MODULES[part]:
        importlib.import_module(module)
    if part == "worker":
        importlib.import_module("copytaster.tagging.tagger").load_tagger()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _serve(socket.socket(fileno=int(number)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
