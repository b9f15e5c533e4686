"""The product's watcher, whose sandboxed process is ``poisoned_judge``; files with the word VENOM kill the watcher.

Run in place of ``python -m copytaster_watcher``.
"""

from __future__ import annotations

import os
import signal
import sys

import copytaster_watcher.__main__ as program
from copytaster.parsing.sandbox.calls import SandboxedCalls

VENOM = b"VENOM"

HEAD_BYTES = 65_536

_call = SandboxedCalls.call


def _call_or_die(calls: SandboxedCalls, request: bytes, descriptor: int) -> bytes:
    if VENOM in os.pread(descriptor, HEAD_BYTES, 0):
        os.kill(os.getpid(), signal.SIGKILL)
    return _call(calls, request, descriptor)


setattr(SandboxedCalls, "call", _call_or_die)  # noqa: B010  # the product has no such switch
setattr(program, "READING_MODULE", "poisoned_judge")  # noqa: B010

if __name__ == "__main__":
    sys.exit(program.main())
