"""What a process gives up before it reads foreign bytes: its parent's files, the network, memory, time and luck."""

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

MOST_WRITTEN = 1024 * 1024
"""Bytes of a file that a parser may write: none does, and a disk that it fills would stop everybody."""

UNNOTICED_SECONDS = 0.1
"""The limit counts whole seconds anyway; renewing it takes as long as a tenth of a short item."""

_OWN_HANDLERS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGHUP, signal.SIGCHLD)


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """``memory_bytes`` beyond what the process has at its start, ``cpu_seconds`` for one item."""

    memory_bytes: int
    cpu_seconds: int


def apply_limits(limits: SandboxLimits, *, keep: int) -> None:
    """Confine this process for good; of its open files it keeps the standard ones and the descriptor ``keep``.

    Beyond Linux the memory and the network stay open.
    """
    for each in _OWN_HANDLERS:
        signal.signal(each, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write past the limit is to be an error, not a death
    logging.disable(logging.CRITICAL)
    gc.freeze()
    os.closerange(3, keep)
    os.closerange(keep + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + limits.memory_bytes
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (least, least))
        forbid_network(platform.machine())


class Allowance:
    """The processor time for each item; past it the kernel ends the process (SIGXCPU)."""

    def __init__(self, limits: SandboxLimits) -> None:
        self._seconds = limits.cpu_seconds
        self._renewed_at = -1.0

    def renew(self) -> None:
        """Give the process its time for one more item, or somewhat less where it has hardly used any."""
        spent = time.process_time()
        if 0 <= spent - self._renewed_at < UNNOTICED_SECONDS:
            return
        self._renewed_at = spent
        most = int(spent) + self._seconds + 1
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
