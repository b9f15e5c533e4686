"""Restrictions applied to a parser process before it reads untrusted bytes."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import platform
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from copytaster.parsing.sandbox.seccomp import forbid_network

PR_SET_PDEATHSIG = 1
"""From the kernel's <linux/prctl.h>: the signal that a process gets when its parent dies."""

LARGEST_WRITE_BYTES = 1024 * 1024
"""Largest file that a parser may write. Parsers write none; a full disk would stop the whole system."""

RENEWAL_SECONDS = 0.1
"""CPU time after which the limit is renewed: it counts whole seconds, and a renewal costs a tenth of a short item."""

_RESET_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGHUP, signal.SIGCHLD)


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """``memory_bytes`` in addition to the memory at the start of the process; ``cpu_seconds`` for each item."""

    memory_bytes: int
    cpu_seconds: int


def apply_limits(limits: SandboxLimits, *, keep: int) -> None:
    """Restrict this process irrevocably; only the standard descriptors and ``keep`` stay open.

    On systems other than Linux, memory and network are not restricted.
    """
    for number in _RESET_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit raises an error instead of killing
    logging.disable(logging.CRITICAL)
    gc.freeze()
    os.closerange(3, keep)
    os.closerange(keep + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_WRITE_BYTES, LARGEST_WRITE_BYTES))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        memory = pages * resource.getpagesize() + limits.memory_bytes
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        allowed = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
        forbid_network(platform.machine())


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
        limit = int(used) + self._seconds + 1
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
