"""A complete temporary system in a folder; each part can be killed, stopped and started again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from types import TracebackType
from typing import Self

from benchmarks.chaos.clock import JumpingClock
from benchmarks.chaos.logs import PartLogs
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.server import Server
from benchmarks.chaos.small_disk import SmallDisk
from copytaster.archive.originals import FilesystemArchive
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.intake.owner_locks import LOCKS
from copytaster.model.work import Work
from copytaster.settings import PREFIX
from copytaster_cli.processes.embedded_server import HOST, free_port

QUICK = {
    "SETTLE_SECONDS": "0.3",
    "SCAN_SECONDS": "0.2",
    "RECONCILE_SECONDS": "0.5",
    "LEASE_SECONDS": "3",
    "RETRY_SECONDS": "0.5",
    "EMPTY_SECONDS": "1",
    "LOG_FORMAT": "json",
}
"""Settings that make a run short. They do not change what is measured: lost files."""

START_SECONDS = 180.0
"""A worker loads its models in about two seconds; on a machine with six processes for each core it took a minute."""

RESTART_SECONDS = 2.0
"""A part that ended by itself is started again after this pause, as a supervisor would."""

MODULES = {"watcher": "copytaster_watcher", "worker": "copytaster_workers", "api": "copytaster_api"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The system that a fault needs: settings in addition to ``QUICK``, parts, and connections between them.

    With ``proxy`` the parts reach the server through one; with ``small_disk`` the archive is on a small filesystem;
    with ``clock`` the parts' time of day can jump; with ``password`` the server requires one. ``scripts`` replace
    parts. Workers serve the given ``queues``, by default all. A number after the name, as in ``watcher-2``, allows
    several instances of a part.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ("server", "watcher", "worker")
    proxy: bool = False
    small_disk: bool = False
    clock: bool = False
    scripts: Mapping[str, Path] = field(default_factory=dict)
    queues: tuple[Work, ...] = tuple(Work)
    password: str = ""


class Tree:
    """The processes; a context manager that ends them all."""

    def __init__(self, folder: Path, setup: Setup, chance: random.Random) -> None:
        """Prepare the system; only the proxy and the small disk of the setup are started."""
        self._folder = folder
        self._setup = setup
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started_at: dict[str, float] = {}
        self._closing = ExitStack()
        self.died: list[str] = []
        self.environs: dict[str, dict[str, str]] = {}  # variables of a part, in addition
        self.logs = PartLogs(folder)
        self.server = Server(folder / "server", password=setup.password)
        self.proxy = self._closing.enter_context(Proxy(self.server.port, chance)) if setup.proxy else None
        given = {"DATA": str(folder / "data"), "API_PORT": str(free_port(HOST)), **QUICK, **setup.settings}
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        (temporary := folder / "tmp").mkdir(exist_ok=True)
        # Killed parts leave temporary files behind, which are removed with the folder.
        self._environ = inherited | {"TMPDIR": str(temporary)} | {PREFIX + key: value for key, value in given.items()}
        self.clock = JumpingClock(folder / "clock") if setup.clock else None
        self._environ |= self.clock.environ if self.clock else {}
        self._environ[f"{PREFIX}REDIS_URL"] = _address(self.proxy.port) if self.proxy else self.server.address
        self.settings = load_settings(self._environ | {f"{PREFIX}REDIS_URL": self.server.address})
        self.store = open_store(self.settings, clock=SystemClock(), part="chaos")
        archive = folder / "data" / "archive"
        self.disk = SmallDisk(archive) if setup.small_disk else None
        self.archive = FilesystemArchive(f"file://{self.disk.seen_from_outside if self.disk else archive}")

    def __enter__(self) -> Self:
        """Start every part and return when all are running."""
        try:
            self.start(*self._setup.parts)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill every part."""
        self._end()

    def start(self, *parts: str) -> None:
        """Start parts and return when all are running. Raises ``TimeoutError`` with the end of the log of one."""
        for part in parts:
            self.launch(part)
            if part == "server":
                self.await_all(part)
        self.await_all(*parts)

    def launch(self, *parts: str) -> None:
        """Start parts and return at once."""
        for part in parts:
            self._launch(part)

    def await_all(self, *parts: str) -> None:
        """Return when parts are running. Raises ``TimeoutError`` with the end of the log of one."""
        for part in parts:
            self._await(part)

    def kill(self, *parts: str) -> None:
        """End parts and all their children by ``kill -9``."""
        processes = [self._running.pop(part) for part in parts]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):  # it has died by itself
                os.killpg(process.pid, signal.SIGKILL)
        for process in processes:
            process.wait()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the system, for example ``archive check``, and return its exit status and output."""
        command = [sys.executable, "-m", "copytaster_cli", *arguments]
        return subprocess.run(command, env=self._environ, capture_output=True, text=True, check=False)

    def signal(self, part: str, number: Signals) -> None:
        """Send a signal to a part's main process, not to its children."""
        self._running[part].send_signal(number)

    def signal_all(self, part: str, number: Signals) -> None:
        """Send a signal to a part's main process and to its children."""
        os.killpg(self._running[part].pid, number)

    def end_of(self, part: str, *, seconds: float) -> int | None:
        """Wait until a part ends and return its exit status; after ``seconds`` kill it and return None."""
        try:
            status = self._running[part].wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill(part)
            return None
        del self._running[part]
        return status

    def children(self, part: str) -> list[int]:
        """Return the process ids of a part's children."""
        return children_of(self._running[part].pid)

    @property
    def parts(self) -> list[str]:
        """The parts that were started and not killed."""
        return list(self._running)

    def processes(self, part: str) -> list[int]:
        """Return the process ids of a part and of all its descendants."""
        found = [self._running[part].pid]
        for pid in found:
            found.extend(children_of(pid))
        return found

    def revive(self) -> None:
        """Start parts that have ended by themselves again, as a supervisor would, and record them."""
        for part, process in tuple(self._running.items()):
            if process.poll() is not None and time.monotonic() - self._started_at[part] > RESTART_SECONDS:
                self.died.append(f"{part} (exit status {process.returncode})")
                with contextlib.suppress(ProcessLookupError):  # its remaining children, as a container would
                    os.killpg(process.pid, signal.SIGKILL)
                self._launch(part)

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the inbox whole, by renaming it in."""
        self.prepare(name, content).rename(self.settings.inbox / name)

    def prepare(self, name: str, content: bytes) -> Path:
        """Write a file next to the inbox, on the same filesystem, and return its path."""
        outside = self._folder / "outside"
        outside.mkdir(exist_ok=True)
        file = outside / name
        file.write_bytes(content)
        return file

    def remaining(self) -> list[str]:
        """Return the files that remain in the inbox, including claimed ones."""
        return files_in(self.settings.inbox)

    def republished(self) -> int:
        """Return how many ids the reconciler has sent again so far, by the watchers' log."""
        lines = [line for each in self._folder.glob("watcher*.log") for line in each.read_text().splitlines()]
        return sum(int(json.loads(line)["count"]) for line in lines if '"work.republished"' in line)

    def _end(self) -> None:
        self.kill(*self._running)
        self._closing.close()
        if self.disk:
            self.disk.close()

    def _log(self, part: str) -> Path:
        return self._folder / f"{part}.log"

    def _launch(self, part: str) -> None:
        with self._log(part).open("ab") as output:
            self._running[part] = subprocess.Popen(
                self._arguments(part),
                env=self._environ | self.environs.get(part, {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started_at[part] = time.monotonic()

    def _await(self, part: str) -> None:
        if not wait_until(lambda: self._is_running(part), seconds=START_SECONDS):
            log_end = self._log(part).read_text(errors="replace")[-2000:]
            raise TimeoutError(f"the {part} did not start; its log ends:\n{log_end}")

    def _arguments(self, part: str) -> list[str]:
        if part == "server":
            return self.server.arguments
        script = self._setup.scripts.get(part)
        what = [str(script)] if script else ["-m", MODULES[_kind(part)]]
        what += self._setup.queues if _kind(part) == "worker" and not script else ()
        return [*(self.disk.enter if self.disk else ()), sys.executable, *what]

    def _is_running(self, part: str) -> bool:
        self.revive()
        try:
            present = self.store.presence.present()
        except TransientError:
            return False
        pid = self._running[part].pid
        return part == "server" or any(each.part == _kind(part) and each.pid == pid for each in present)


def files_in(inbox: Path) -> list[str]:
    """Return the files in an inbox, including claimed ones. Folders may be removed meanwhile."""
    files = (Path(parent, name) for parent, _, names in os.walk(inbox) for name in names if name not in LOCKS)
    return [str(each.relative_to(inbox)) for each in files]


def children_of(pid: int) -> list[int]:
    """Return the process ids of a process's children; none if it has ended."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _kind(part: str) -> str:
    return part.partition("-")[0]


def _address(port: int) -> str:
    return f"redis://{HOST}:{port}/0"


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Wait until ``condition`` is true and return True; return False after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
