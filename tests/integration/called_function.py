"""A program for ``SandboxedCalls``: the request says what the function does."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from copytaster.parsing.sandbox.call_server import BATCH_SECONDS, serve


def answer(request: bytes, descriptor: int) -> bytes:
    """Do what the request says, with its argument, and return the answer."""
    action, _, argument = request.decode().partition(" ")
    if action == "read":
        return os.pread(descriptor, 100, 0)
    return ACTIONS[action](argument)


def _spin(_: str) -> bytes:
    while True:
        pass


def _sleep(_: str) -> bytes:
    time.sleep(60)
    return b""


def _pause(_: str) -> bytes:
    time.sleep(BATCH_SECONDS)
    return b""


def _kill(_: str) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def _abort(_: str) -> bytes:
    os.abort()


def _exit(argument: str) -> bytes:
    os._exit(int(argument))


def _fault(argument: str) -> bytes:
    raise ZeroDivisionError(argument)


def _fill(_: str) -> bytes:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, 64))
    return b"less than the whole answer"


ACTIONS: dict[str, Callable[[str], bytes]] = {
    "pid": lambda _: str(os.getpid()).encode(),
    "environment": lambda _: repr(dict(os.environ)).encode(),
    "open": lambda argument: Path(argument).read_bytes(),
    "memory": lambda _: bytes(10**9)[:1],
    "long": lambda _: bytes(10**6),
    "spin": _spin,
    "sleep": _sleep,
    "pause": _pause,
    "echo": str.encode,
    "large": lambda _: bytes(60_000),
    "fill": _fill,
    "kill": _kill,
    "abort": _abort,
    "exit": _exit,
    "fault": _fault,
}


if __name__ == "__main__":
    serve(sys.argv[1:], answer)
