"""Keeps the processes of the tree running, and brings them down in order."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from structlog.typing import FilteringBoundLogger

from copytaster.errors import CopytasterError
from copytaster_cli.processes.process import Command, Process
from copytaster_cli.processes.restarts import Death, GiveUp, History, after_death
from copytaster_cli.processes.signals import TerminationSignals

TICK = 0.1
"""Seconds between two looks at the processes: a death is noticed before a person would, at no measurable cost."""

HURRY = 1.0
"""Seconds that are left to the processes after a second Ctrl-C."""


class TreeFailedError(CopytasterError):
    """A part dies again and again at its start; the message names it and where its last words are."""


@dataclass(slots=True)
class _Member:
    """A command with its present process, or with the moment when it gets its next one."""

    command: Command
    process: Process | None = None
    restart_at: float = 0.0
    history: History = field(default_factory=History)


class Supervisor:
    """Runs commands. Nothing happens by itself: ``tend`` is called again and again by whoever waits for something."""

    def __init__(self, interrupts: TerminationSignals, log: FilteringBoundLogger) -> None:
        self._interrupts = interrupts
        self._log = log
        self._members: list[_Member] = []

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked us to stop."""
        return self._interrupts.count > 0

    def start(self, command: Command) -> None:
        """Start the command and keep it running from now on. Raises ``OSError`` when it cannot be executed."""
        member = _Member(command)
        self._members.append(member)
        self._start(member)

    def run(self, task: Iterable[None], *, seconds: float | None = None) -> bool:
        """Tend the processes between the steps of ``task``; return whether it came to its end.

        It does not when somebody interrupts, or when ``seconds`` are over. Raises ``TreeFailedError`` when a part
        cannot be kept alive.
        """
        end = None if seconds is None else time.monotonic() + seconds
        for _ in task:
            if self.interrupted or (end is not None and time.monotonic() >= end):
                return False
            self.tend()
            time.sleep(TICK)
        return True

    def tend(self) -> None:
        """Notice deaths and start again what is due. Raises ``TreeFailedError``."""
        for member in self._members:
            if member.process is not None:
                self._look_at(member, member.process)
            elif time.monotonic() >= member.restart_at:
                self._start(member)

    def bring_down(self, names: Sequence[str], *, grace: float) -> None:
        """End the processes of these names: asked at once, given ``grace`` seconds together, then killed.

        One more interrupt cuts the time short. They are not started again.
        """
        going = [each.process for each in self._members if each.command.name in names and each.process is not None]
        self._members = [each for each in self._members if each.command.name not in names]
        seen = self._interrupts.count  # before they are asked: an answer may be an interrupt
        for process in going:
            process.ask_to_end()
        for process in self._wait_for(going, grace, seen):
            self._log.warning("process.killed", process=process.command.name, pid=process.pid, after_seconds=grace)
            process.kill()
            self._wait_for([process], HURRY, self._interrupts.count)

    def _wait_for(self, going: list[Process], grace: float, seen: int) -> list[Process]:
        """Return those that are still there when the time is over; ``seen`` interrupts have been heeded already."""
        end = time.monotonic() + grace
        while going := [each for each in going if each.status() is None]:
            if self._interrupts.count > seen:
                end, seen = min(end, time.monotonic() + HURRY), self._interrupts.count
            if time.monotonic() >= end:
                break
            time.sleep(TICK)
        return going

    def _start(self, member: _Member) -> None:
        member.process = Process(member.command)
        self._log.info("process.started", process=member.command.name, pid=member.process.pid)

    def _look_at(self, member: _Member, process: Process) -> None:
        status = process.status()
        if status is None:
            return
        death = Death(started_at=process.started_at, died_at=time.monotonic(), status=status)
        member.process = None
        member.history, verdict = after_death(member.history, death)
        if isinstance(verdict, GiveUp):
            raise TreeFailedError(
                f"{process.command.name} died {verdict.deaths} times within {verdict.seconds:.0f} s of its start"
                f" (last exit status {status}); its last log lines{process.command.last_words()}"
            )
        member.restart_at = verdict.at
        self._log.warning(
            "process.died", process=process.command.name, status=status, restart_in=round(verdict.at - death.died_at, 1)
        )
