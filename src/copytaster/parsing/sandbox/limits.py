"""Restrictions applied to a parser process before it reads untrusted bytes."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from copytaster.errors import OF_THE_MACHINE, ConfigurationError
from copytaster.parsing.sandbox import landlock
from copytaster.parsing.sandbox.seccomp import allow_parsing_only
from copytaster.system.process_control import control_process, parent_death_signal

PR_SET_DUMPABLE = 4
"""From the kernel's <linux/prctl.h>: whether other processes of the same user may read this process's memory and take
over its descriptors."""

LARGEST_WRITE_BYTES = 1024 * 1024
"""Largest file that a parser may write. Parsers write none; a full disk would stop the whole system."""

OPEN_FILES = 64
"""Descriptors that a parser may have open: it reads one file, and imports one module at a time."""

MOST_DESCRIPTORS = 1024 * 1024
"""The kernel's highest limit of descriptors (``fs.nr_open``) unless it was raised."""

LIFETIME_CPU_SECONDS = 20_000
"""Hard CPU limit of a process over all its files: above 2,000 files of 9 s each."""

RENEWAL_SECONDS = 0.1
"""CPU time after which the limit is renewed: it counts whole seconds, and a renewal costs a tenth of a short item."""

_RESET_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGHUP, signal.SIGCHLD)


class Protection(StrEnum):
    """A part of the sandbox that a kernel may lack."""

    SYSTEM_CALLS = "system call filter"
    PATHS = "path restriction"


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """``memory_bytes`` in addition to the memory at the start of the process; ``cpu_seconds`` for each item.

    With ``allow_unfiltered`` a process runs even if the kernel refuses the system call filter.
    """

    memory_bytes: int
    cpu_seconds: int
    allow_unfiltered: bool = False


def apply_limits(limits: SandboxLimits, *, keep: int, ends_with_parent: bool = True) -> list[Protection]:
    """Restrict this process irrevocably; only the standard descriptors and ``keep`` stay open.

    With ``ends_with_parent`` the kernel kills it when the thread that started it ends, which may be before its process.

    Returns the protections that the kernel lacks. Raises ``OSError`` if that is the system call filter, unless the
    limits allow it.
    """
    for number in _RESET_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit raises an error instead of killing
    logging.disable(logging.CRITICAL)
    gc.freeze()
    os.environ.clear()
    os.closerange(3, keep)
    os.closerange(keep + 1, _descriptor_limit())
    _set_resource_limits(limits)
    missing = []
    if ends_with_parent and sys.platform == "linux":
        parent_death_signal(signal.SIGKILL)()
    if not _applied(lambda: landlock.restrict_paths(landlock.code_paths()), required=False):
        missing.append(Protection.PATHS)
    if not _applied(allow_parsing_only, required=not limits.allow_unfiltered):
        missing.append(Protection.SYSTEM_CALLS)
    return missing


def _applied(restrict: Callable[[], None], *, required: bool) -> bool:
    try:
        restrict()
    except (OSError, AttributeError) as error:  # the kernel refuses it, or this is no Linux
        # A lack of descriptors or memory passes: the next process may have the protection.
        if required or (isinstance(error, OSError) and error.errno in OF_THE_MACHINE):
            raise
        return False
    return True


def _descriptor_limit() -> int:
    """Return a number above all open descriptors. Those from before the limit was lowered are above the soft limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft, MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS))


def _set_resource_limits(limits: SandboxLimits) -> None:
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LARGEST_WRITE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CPU, LIFETIME_CPU_SECONDS),
    ):
        _lower(limit, value)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + limits.memory_bytes)


def _lower(limit: int, value: int) -> None:
    """Set soft and hard limit to a value, unless the hard limit is lower already."""
    hard = resource.getrlimit(limit)[1]
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (allowed, allowed))


def protect_memory() -> None:
    """Deny other processes of the same user access to this process's memory and descriptors. Does nothing elsewhere."""
    if sys.platform == "linux":
        control_process(PR_SET_DUMPABLE, 0)


def missing_protections(limits: SandboxLimits) -> tuple[Protection, ...]:
    """Return the protections that this kernel lacks, found by restricting a child process.

    Raises ``ConfigurationError`` if that is the system call filter, unless the limits allow it. Cost: some ms.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _report_missing(limits, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        report = pipe.read()
    os.waitpid(child, 0)
    if not report:
        raise ConfigurationError(
            "this kernel refuses the system call filter (seccomp) of the sandbox, so untrusted files would be"
            " read unprotected; allow seccomp in the container's profile, or set"
            " COPYTASTER_ALLOW_UNSANDBOXED=true to accept that"
        )
    return tuple(map(Protection, filter(None, report.decode().strip().split("\n"))))


def _report_missing(limits: SandboxLimits, writing: int) -> None:
    """Restrict this child process, write the missing protections, and end."""
    try:
        missing = apply_limits(limits, keep=writing)
        os.write(writing, ("\n".join(missing) + "\n").encode())
    finally:
        os._exit(0)


class CpuLimit:
    """The CPU time for each item; beyond it the kernel kills the process (SIGXCPU)."""

    def __init__(self, limits: SandboxLimits) -> None:
        self._seconds = limits.cpu_seconds
        self._renewed_at = -1.0

    def renew(self) -> None:
        """Allow the CPU time of one more item. Does nothing if hardly any was used since the last renewal."""
        used = time.process_time()
        if 0 <= used - self._renewed_at < RENEWAL_SECONDS:
            return
        self._renewed_at = used
        limit = cpu_limit(used, self._seconds)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def cpu_limit(used: float, seconds: int) -> int:
    """Return the limit, in whole seconds since the start of the process, that allows ``seconds`` after ``used``.

    The items before the next renewal may use ``RENEWAL_SECONDS`` of it.
    """
    return int(used + RENEWAL_SECONDS) + seconds + 1
