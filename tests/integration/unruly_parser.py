"""A parser that misbehaves as the text requires, in a sandbox, and files for it."""

from __future__ import annotations

import errno
import io
import os
import resource
import signal
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copytaster.parsing.containers.zip_archive import ZipParser
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.plain.parser import TextParser
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import SandboxLimits
from copytaster.parsing.sandbox.reader import SandboxedReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STORY = b"Ferry returns to Skerry Bay\n\nThe ferry came back on Monday after two weeks in dock.\n"
MEBIBYTE = 1024 * 1024


def _spin() -> None:
    while True:
        pass


def _raise_import_error() -> None:
    raise ImportError(f"_tables.so: cannot open shared object file: {os.strerror(errno.EMFILE)}")


MISDEEDS: dict[bytes, Callable[[], object]] = {
    b"ABORT": os.abort,
    b"KILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"EXIT": lambda: os._exit(3),
    b"SPIN": _spin,
    b"HANG": lambda: time.sleep(600),
    b"GROW": lambda: bytearray(4096 * MEBIBYTE),
    b"IMPORT": _raise_import_error,
    b"FULL": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1, 64)),
    b"CONNECT": lambda: socket.create_connection(("127.0.0.1", 9)),
    b"RUN": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606  # what must not be possible
}


class UnrulyParser(TextParser):
    """Reads text, and misbehaves as the text requires."""

    def parse(self, original: Original) -> Iterable[Draft | BadItem]:
        """Misbehave if the text names a fault, else read."""
        word, *rest = original.content.split()
        if word in MISDEEDS:
            MISDEEDS[word]()
        if word == b"FAIL":
            raise OSError(int(rest[0]), os.strerror(int(rest[0])))
        if word == b"WRITE":
            Path(os.fsdecode(rest[0])).write_bytes(bytes(8 * MEBIBYTE))
        if word == b"WORK":
            ends = time.process_time() + int(rest[0]) / 1_000
            while time.process_time() < ends:
                pass
        if word == b"SURROGATE":
            return [Draft(title="\ud800", text="A text.", format="text", charset="utf-8")]
        if word == b"SPY":
            count = sum(_is_open(each) for each in range(3, 64))
            return [Draft(title="open", text=str(count), format="text", charset="utf-8")]
        return super().parse(original)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def unruly(*, wall: float) -> SandboxedReader:
    limits = SandboxLimits(memory_bytes=512 * MEBIBYTE, cpu_seconds=1)
    return SandboxedReader(ParserRegistry([UnrulyParser(), ZipParser()]), limits, wall=timedelta(seconds=wall))


def original(content: bytes, name: str = "story.txt") -> Original:
    return Original(content=content, name=name, now=NOW)


def zipped(*members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, content in enumerate(members):
            archive.writestr(f"{number}.txt", content)
    return file.getvalue()


def children() -> set[int]:
    """Return the ids of the processes that this thread has started."""
    path = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return {int(each) for each in path.read_text(encoding="ascii").split()}
