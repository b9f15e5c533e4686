"""Work that has killed its process before is done in a process of its own, under limits.

A file may crash a parser's native code, eat all memory or never end. A suspect runs here: what dies is a copy of the
worker, and its parent lives to tell. The copy is made by fork, which costs a few milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from copytaster.article import Document
from copytaster.delivery import Outcome
from copytaster.disposition import Reason
from copytaster.errors import OutOfTimeError, PermanentError, RefusedError, TransientError

PR_SET_PDEATHSIG = 1
"""From the kernel's <linux/prctl.h>: the signal that a process gets when its parent dies."""

MEBIBYTE = 1024 * 1024

PIPE_BYTES = 65_536
"""Read at once; an outcome has some hundred bytes."""


class Isolation(Protocol):
    """Does work that is not trusted."""

    def run(self, work: Callable[[], Outcome], *, about: str) -> Outcome:
        """Return what ``work`` returns; ``about`` names the file in messages.

        Raises ``TransientError`` and ``PermanentError`` as ``work`` does, ``PermanentError`` with ``parser_oom`` when
        it had no memory, and with ``parser_crash`` or ``parser_timeout`` when its process did not live to answer.
        """
        ...


class NoIsolation:
    """Does the work in this process: the fake for tests of what is around it."""

    def run(self, work: Callable[[], Outcome], *, about: str) -> Outcome:
        """Return what ``work`` returns; see ``Isolation.run``."""
        del about
        return work()


class _Answer(Document):
    outcome: Outcome | None = None
    permanent: tuple[Reason, str] | None = None
    refused: bool = False
    transient: str | None = None
    out_of_time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkedIsolation:
    """Does the work in a forked copy of this process.

    ``wall`` bounds its time, ``memory_bytes`` what it may allocate beyond what it inherits.
    """

    wall: timedelta
    memory_bytes: int

    def run(self, work: Callable[[], Outcome], *, about: str) -> Outcome:
        """Return what ``work`` returns; see ``Isolation.run``."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._answer(work, writing, about)
        os.close(writing)
        try:
            answer = _read(reading, until=time.monotonic() + self.wall.total_seconds())
        finally:
            os.close(reading)
            os.kill(child, signal.SIGKILL)  # either it has answered and ends anyway, or its time is over
            _, status = os.waitpid(child, 0)
        return self._verdict(answer, status, about)

    def _answer(self, work: Callable[[], Outcome], writing: int, about: str) -> None:
        """Do the work in the child, write the answer, and end without a trace of the parent's business."""
        try:
            self._limit()
            os.write(writing, self._answer_of(work, about).model_dump_json().encode())
        finally:
            os._exit(0)

    def _limit(self) -> None:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1):
            signal.signal(each, signal.SIG_DFL)  # the worker's own handlers belong to the worker
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            most = pages * resource.getpagesize() + self.memory_bytes
            resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        spent = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(spent.ru_utime + spent.ru_stime + self.wall.total_seconds()) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    def _verdict(self, answer: bytes | None, status: int, about: str) -> Outcome:
        if answer is None:
            seconds = self.wall.total_seconds()
            raise PermanentError(Reason.PARSER_TIMEOUT, f"{about} kept a process of its own busy for {seconds:g} s")
        if not answer:
            name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "no signal"
            raise PermanentError(Reason.PARSER_CRASH, f"{about} killed the process that read it ({name})")
        told = _Answer.model_validate_json(answer)
        if told.out_of_time is not None:
            raise OutOfTimeError(told.out_of_time)
        if told.transient is not None:
            raise TransientError(told.transient)
        if told.permanent is not None:
            raise (RefusedError if told.refused else PermanentError)(*told.permanent)
        if told.outcome is None:
            raise PermanentError(Reason.PARSER_CRASH, f"{about}: the process that read it gave no outcome")
        return told.outcome

    def _answer_of(self, work: Callable[[], Outcome], about: str) -> _Answer:
        try:
            return _Answer(outcome=work())
        except OutOfTimeError as error:
            return _Answer(out_of_time=str(error))
        except TransientError as error:
            return _Answer(transient=str(error))
        except PermanentError as error:
            return _Answer(permanent=(error.reason, error.message), refused=isinstance(error, RefusedError))
        except MemoryError:
            message = (
                f"{about} takes more memory than the {self.memory_bytes // MEBIBYTE:,} MiB that a suspect may have"
            )
            return _Answer(permanent=(Reason.PARSER_OOM, message))
        # The last edge before the process ends: whatever happened has to reach the parent.
        except Exception as error:  # noqa: BLE001
            return _Answer(transient=f"{type(error).__name__}: {error}")


def _read(reading: int, *, until: float) -> bytes | None:
    """Return everything up to the end of the pipe; None when the time is over before."""
    told = b""
    while (left := until - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            piece = os.read(reading, PIPE_BYTES)
            if not piece:
                return told
            told += piece
    return None
