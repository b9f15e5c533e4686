"""The product's watcher, whose sandboxed process is ``poisoned_judge``; files with the word VENOM kill the watcher.

Run in place of ``python -m copytaster_watcher``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

import copytaster_watcher.__main__ as program
from copytaster.parsing.sandbox.calls import Call, Reply, SandboxedCalls

VENOM = b"VENOM"

HEAD_BYTES = 65_536

_call_each = SandboxedCalls.call_each


def _call_or_die(calls: SandboxedCalls, requests: Sequence[Call]) -> list[Reply | None]:
    for index, each in enumerate(requests):
        if VENOM in os.pread(each.descriptor, HEAD_BYTES, 0):
            calls.progress.begin(index)  # as the sandboxed process does before it judges the file
            os.kill(os.getpid(), signal.SIGKILL)
    return _call_each(calls, requests)


setattr(SandboxedCalls, "call_each", _call_or_die)  # noqa: B010  # the product has no such switch
setattr(program, "READING_MODULE", "poisoned_judge")  # noqa: B010

if __name__ == "__main__":
    sys.exit(program.main())
