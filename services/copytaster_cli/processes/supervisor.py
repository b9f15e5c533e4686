"""Keeps the processes of the tree running, and stops them in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from structlog.typing import FilteringBoundLogger

from copytaster.errors import CopytasterError
from copytaster.monitoring.restart_loops import describe_loop
from copytaster.system.remedies import explain_os_error
from copytaster_cli.processes.process import Command, Process
from copytaster_cli.processes.restarts import LONGEST_DELAY, Death, GiveUp, History, after_death
from copytaster_cli.processes.signals import TerminationSignals

MAX_DEATHS = 50
"""Deaths of a process that are remembered: more than it can have in the time that counts as a restart loop."""

TICK = 0.1
"""Seconds between two checks of the processes: soon enough for a person, at no measurable cost."""

HURRY = 1.0
"""Seconds that the processes have after a second Ctrl-C."""


class TreeFailedError(CopytasterError):
    """A part dies repeatedly at its start; the message names it and its last log lines."""


@dataclass(slots=True)
class _Member:
    """A command with its present process, or with the time of its next start."""

    command: Command
    process: Process | None = None
    restart_at: float = 0.0
    history: History = field(default_factory=History)
    deaths: list[float] = field(default_factory=list)
    how: str = ""
    """How it died the last time."""


class Supervisor:
    """Runs commands. It has no thread: a caller that waits for something calls ``check`` repeatedly.

    ``report`` receives a sentence about each problem, for the screen.
    """

    def __init__(
        self,
        interrupts: TerminationSignals,
        log: FilteringBoundLogger,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._interrupts = interrupts
        self._log = log
        self._report = report
        self._members: list[_Member] = []

    @property
    def interrupted(self) -> bool:
        """Whether a signal has requested the end."""
        return self._interrupts.count > 0

    def start(self, command: Command) -> None:
        """Start the command and keep it running. Raises ``OSError`` when it cannot be executed."""
        member = _Member(command)
        self._members.append(member)
        self._start(member)

    def run(self, task: Iterable[None], *, seconds: float | None = None) -> bool:
        """Check the processes between the steps of ``task``; return whether the task was completed.

        An interrupt ends it early, and so do ``seconds``. Raises ``TreeFailedError`` when a part cannot be kept
        running.
        """
        end = None if seconds is None else time.monotonic() + seconds
        for _ in task:
            if self.interrupted or (end is not None and time.monotonic() >= end):
                return False
            self.check()
            time.sleep(TICK)
        return True

    def check(self) -> None:
        """Detect deaths, and restart the processes whose time has come. Raises ``TreeFailedError``."""
        for member in self._members:
            if member.process is not None:
                self._check(member, member.process)
            elif time.monotonic() >= member.restart_at:
                self._start_again(member)

    def restart_loops(self) -> str | None:
        """Return a sentence about each process that has died repeatedly of late; None if there is none."""
        now = time.monotonic()
        loops = [
            describe_loop(f"the process {each.command.name}", _ages(each.deaths, now), last=f"it {each.how}")
            for each in self._members
        ]
        return "; ".join(filter(None, loops)) or None

    def bring_down(self, names: Sequence[str], *, grace: float) -> None:
        """Stop the processes with these names: all get SIGTERM, have ``grace`` seconds together, and are then killed.

        Another interrupt shortens the time. They are not restarted.
        """
        running = [each.process for each in self._members if each.command.name in names and each.process is not None]
        self._members = [each for each in self._members if each.command.name not in names]
        seen = self._interrupts.count  # read before SIGTERM: a reaction to it may be an interrupt
        for process in running:
            process.terminate()
        for process in self._wait_for(running, grace, seen):
            name = process.command.name
            self._log.warning("process.killed", process=name, pid=process.pid, after_seconds=grace)
            process.kill()
            with suppress(OSError):  # nobody reads the screen any more, which may be why all is stopped
                self._report(f"{name} did not end in time and was killed")
            self._wait_for([process], HURRY, self._interrupts.count)

    def _wait_for(self, processes: list[Process], grace: float, seen: int) -> list[Process]:
        """Return those that still run when the time is over; ``seen`` interrupts have been handled already."""
        end = time.monotonic() + grace
        while processes := [each for each in processes if each.status() is None]:
            if self._interrupts.count > seen:
                end, seen = min(end, time.monotonic() + HURRY), self._interrupts.count
            if time.monotonic() >= end:
                break
            time.sleep(TICK)
        return processes

    def _start(self, member: _Member) -> None:
        member.process = Process(member.command)
        self._log.info("process.started", process=member.command.name, pid=member.process.pid)

    def _start_again(self, member: _Member) -> None:
        """Start a process that has died. If the machine cannot now, for lack of memory for example, it can later."""
        try:
            self._start(member)
        except OSError as error:
            name, why = member.command.name, explain_os_error(error)
            now = time.monotonic()
            member.deaths = [*member.deaths[-MAX_DEATHS:], now]
            member.restart_at, member.how = now + LONGEST_DELAY, f"could not be started: {why}"
            self._log.error("process.not_started", process=name, why=why, again_in=LONGEST_DELAY)
            self._report(f"{name} {member.how}; it is tried again in {LONGEST_DELAY:g} s")

    def _check(self, member: _Member, process: Process) -> None:
        status = process.status()
        if status is None:
            return
        death = Death(started_at=process.started_at, died_at=time.monotonic(), status=status)
        name = process.command.name
        member.process = None
        member.history, decision = after_death(member.history, death)
        if isinstance(decision, GiveUp):
            raise TreeFailedError(
                f"{name} died {decision.deaths} times within {decision.seconds:.0f} s of its start"
                f" (last exit status {status}){process.command.cause()}; its last log lines"
                f"{process.command.last_lines()}"
            )
        member.deaths = [*member.deaths[-MAX_DEATHS:], death.died_at]
        member.restart_at = decision.at
        delay = round(decision.at - death.died_at, 1)
        self._log.warning("process.died", process=name, status=status, restart_in=delay)
        member.how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        self._report(f"{name} {member.how}; it starts again in {delay:g} s")


def _ages(deaths: Iterable[float], now: float) -> list[timedelta]:
    """Return the ages of deaths, whose times are those of the monotonic clock."""
    return [timedelta(seconds=now - each) for each in deaths]
