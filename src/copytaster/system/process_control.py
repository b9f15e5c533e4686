"""The system call prctl: settings of this process in the kernel."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
"""From the kernel's <linux/prctl.h>: the signal that this process receives when its parent ends."""


def control_process(option: int, *arguments: int) -> None:
    """Call prctl for this process. Raises ``OSError`` when it fails."""
    _prctl(_c_library(), option, *arguments)


def parent_death_signal(number: int) -> Callable[[], None]:
    """Return a function that sets the signal which this process receives when its parent ends.

    The function may be called between fork and exec: the C library is opened here, in the parent. The kernel clears the
    setting at fork and keeps it over exec. The function raises ``OSError``.
    """
    library = _c_library()

    def set_signal() -> None:
        _prctl(library, PR_SET_PDEATHSIG, number)

    return set_signal


def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(library: ctypes.CDLL, option: int, *arguments: int) -> None:
    padded = (*arguments, 0, 0, 0, 0)[:4]
    if library.prctl(option, *map(ctypes.c_ulong, padded)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")
