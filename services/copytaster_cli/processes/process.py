"""A process of the tree: it cannot outlive the supervisor, and ends together with everything that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from copytaster.system.process_control import parent_death_signal

LAST_LINES = 10
"""Lines of a log that are enough to see why a start failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to start: its name in logs, arguments, whole environment, and the descriptors that it inherits.

    ``log`` is the file that it logs into; None when it logs to stderr.
    """

    name: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str]
    folder: Path | None = None
    keep_open: tuple[int, ...] = ()
    log: Path | None = None

    def last_words(self) -> str:
        """Return the end of the sentence that says where its last log lines are, or what they were."""
        if self.log is None or not self.log.exists():
            return " are above"
        return ":\n" + "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])


class Process:
    """A started command with a session of its own, so that a terminal's Ctrl-C does not reach it."""

    def __init__(self, command: Command) -> None:
        """Start it. Raises ``OSError`` when the executable cannot be started."""
        self.command = command
        self.started_at = time.monotonic()
        self._popen = subprocess.Popen(
            command.arguments,
            env=dict(command.environ),
            cwd=command.folder,
            stdin=subprocess.DEVNULL,
            stdout=sys.__stderr__,  # stdout belongs to what people asked for
            pass_fds=command.keep_open,
            start_new_session=True,
            preexec_fn=_tie_to_parent(),  # noqa: PLW1509  # we run no thread; see there
        )

    @property
    def pid(self) -> int:
        """The process id; also the id of its group."""
        return self._popen.pid

    def status(self) -> int | None:
        """Return the exit status (below zero: the signal), or None while it runs.

        Whatever a dead process has left behind in its group is killed: orphans of a worker would go on working
        beside the worker's successor.
        """
        if self._popen.returncode is None and self._has_ended():
            self.kill()  # before the process is reaped: until then nobody else can get its group's number
            self._popen.wait()
        return self._popen.returncode

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process alone; how its own children end is its business."""
        if self.status() is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the process and everything in its group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _has_ended(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _tie_to_parent() -> Callable[[], None]:
    """Return what a child runs between fork and exec so that it gets SIGTERM when we die.

    It must run in the child: the kernel keeps the wish per process, drops it at fork and keeps it over exec. Without
    it ``kill -9`` of the supervisor would leave the server and every part running with nobody to stop them. Running
    Python there is safe as long as we have no other thread that might hold a lock at the moment of the fork. The
    C library is opened before the fork for the same reason.
    """
    set_signal, parent = parent_death_signal(signal.SIGTERM), os.getpid()

    def tie() -> None:
        set_signal()
        if os.getppid() != parent:  # we died before the wish was made
            os._exit(1)

    return tie
