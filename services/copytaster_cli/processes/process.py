"""A process of the tree: it ends when the supervisor ends, together with all processes that it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from copytaster.system.process_control import parent_death_signal

LAST_LINES = 10
"""Lines of a log that are enough to see why a start failed."""


def no_explanation(_: str) -> str | None:
    """Return None: the log lines of this command are for people to read."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to start: its name in logs, arguments, whole environment, and the descriptors that it inherits.

    ``output`` is the file to which its output is appended; None for standard error. ``log`` is the file with its log
    lines; None if they are on standard error. ``explain`` returns the cause of a death from the last log lines.
    """

    name: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str]
    folder: Path | None = None
    keep_open: tuple[int, ...] = ()
    output: Path | None = None
    log: Path | None = None
    explain: Callable[[str], str | None] = no_explanation

    def cause(self) -> str:
        """Return the end of a sentence: why it died and what to do, if its last log lines show it, else nothing."""
        cause = self.explain("\n".join(self._tail()))
        return f": {cause}" if cause else ""

    def last_lines(self) -> str:
        """Return the end of a sentence about its last log lines: where they are, or the lines."""
        if self.log is None or not self.log.exists():
            return " are above"
        return f" in {self.log}:\n" + "\n".join(self._tail())

    def _tail(self) -> list[str]:
        if self.log is None or not self.log.exists():
            return []
        return self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]


class Process:
    """A started command, in a separate session, so that a terminal's Ctrl-C does not reach it."""

    def __init__(self, command: Command) -> None:
        """Start it. Raises ``OSError`` when the executable cannot be started."""
        self.command = command
        self.started_at = time.monotonic()
        with command.output.open("ab") if command.output else nullcontext(sys.__stderr__) as output:
            self._popen = subprocess.Popen(
                command.arguments,
                env=dict(command.environ),
                cwd=command.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,  # standard output is reserved for results
                stderr=output,
                pass_fds=command.keep_open,
                start_new_session=True,
                preexec_fn=_tie_to_parent(),  # noqa: PLW1509  # this process has no other threads; see there
            )

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self._popen.pid

    def status(self) -> int | None:
        """Return the exit status, or minus the number of the signal that ended it; None while it runs.

        The remaining processes of a dead process's group are killed: a worker's orphaned children would continue to
        work at the same time as the worker's successor.
        """
        if self._popen.returncode is None and self._has_ended():
            self.kill()  # before the process is reaped: until then its group id cannot be reused
            self._popen.wait()
        return self._popen.returncode

    def terminate(self) -> None:
        """Send SIGTERM to the process only, which ends its own children."""
        if self.status() is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the process and all processes of its group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _has_ended(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _tie_to_parent() -> Callable[[], None]:
    """Return a function for a child process between fork and exec: it will get SIGTERM when this process ends.

    Otherwise ``kill -9`` of the supervisor would leave the server and all parts running. Python code may run there as
    long as this process has no other threads: one of them might hold a lock at the moment of the fork.
    """
    set_signal, parent = parent_death_signal(signal.SIGTERM), os.getpid()

    def tie() -> None:
        set_signal()
        if os.getppid() != parent:  # the parent has ended before the signal was set
            os._exit(1)

    return tie
