"""The sandboxed process of ``poisoned_watcher``: files with the word POISON kill it."""

from __future__ import annotations

import os
import sys

from copytaster.parsing.sandbox.call_server import serve
from copytaster_watcher.readiness import reading_process

POISON = b"POISON"

HEAD_BYTES = 65_536


def answer(request: bytes, descriptor: int) -> bytes:
    """Return the answer of the product's process, or end by a signal."""
    if POISON in os.pread(descriptor, HEAD_BYTES, 0):
        os.abort()
    return reading_process.answer(request, descriptor)


if __name__ == "__main__":
    serve(sys.argv[1:], answer)
