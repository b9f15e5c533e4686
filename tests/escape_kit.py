"""The escape kit: what a hostile parser tries from inside the sandbox, as the user who runs this program.

``python escape_kit.py FOLDER`` makes every try on a file in the folder, each in the sandbox, and prints as JSON how
they ended. It needs nothing but the installed program, so that it also runs in a container of the image.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.parser import TextParser
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox import landlock
from copytaster.parsing.sandbox.limits import SandboxLimits
from copytaster.parsing.sandbox.reader import SandboxedReader
from copytaster.parsing.sandbox.seccomp import X32_BIT

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIMITS = SandboxLimits(memory_bytes=512 * 1024 * 1024, cpu_seconds=2)

SECRET = "an embargoed text"

ESCAPED = "escaped"

NUMBERS = {
    "x86_64": {
        "ptrace": 101,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "pidfd_open": 434,
        "pidfd_getfd": 438,
        "io_uring_setup": 425,
        "bpf": 321,
        "userfaultfd": 323,
        "memfd_create": 319,
        "unshare": 272,
        "setns": 308,
        "mount": 165,
        "keyctl": 250,
        "perf_event_open": 298,
        "clone3": 435,
        "open_by_handle_at": 304,
        "seccomp": 317,
        "prctl": 157,
        "execveat": 322,
        "sendmmsg": 307,
        "openat2": 437,
        "process_madvise": 440,
        "socketpair": 53,
    },
    "aarch64": {
        "ptrace": 117,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "pidfd_open": 434,
        "pidfd_getfd": 438,
        "io_uring_setup": 425,
        "bpf": 280,
        "userfaultfd": 282,
        "memfd_create": 279,
        "unshare": 97,
        "setns": 268,
        "mount": 40,
        "keyctl": 219,
        "perf_event_open": 241,
        "clone3": 435,
        "open_by_handle_at": 265,
        "seccomp": 277,
        "prctl": 167,
        "execveat": 281,
        "sendmmsg": 269,
        "openat2": 437,
        "process_madvise": 440,
        "socketpair": 199,
    },
}[platform.machine()]


def call(number: int, *arguments: int) -> None:
    """Make a system call; raise ``OSError`` when the kernel refuses it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def read_environment() -> None:
    """Succeed if any variable of the worker is still in this process's environment."""
    if not os.environ:
        raise OSError("no variable is left")


def tries(secret: Path) -> dict[str, Callable[[], object]]:
    """Return the tries by name; each must raise ``OSError``."""
    worker = os.getppid()
    by_python: dict[str, Callable[[], object]] = {
        "signal the worker": lambda: os.kill(worker, 0),
        "kill the worker": lambda: os.kill(worker, signal.SIGTERM),
        "signal every process": lambda: os.kill(-1, 0),
        "signal the process group": lambda: os.kill(0, 0),
        "read the worker's memory": lambda: open(f"/proc/{worker}/mem", "rb"),  # noqa: SIM115, PTH123
        "read the worker's environment": lambda: Path(f"/proc/{worker}/environ").read_bytes(),
        "read its own environment": read_environment,
        "list the worker's descriptors": lambda: os.listdir(f"/proc/{worker}/fd"),  # noqa: PTH208
        "read a file of the user": secret.read_bytes,
        "read a file by the process's root": lambda: Path(f"/proc/self/root{secret}").read_bytes(),
        "write a file": lambda: secret.with_name("new").write_bytes(b"x"),
        "overwrite a file": lambda: secret.write_bytes(b"x"),
        "remove a file": secret.unlink,
        "rename a file": lambda: secret.rename(secret.with_name("moved")),
        "link a file": lambda: os.link(secret, secret.with_name("link")),
        "make a folder": lambda: secret.with_name("folder").mkdir(),
        "list the root folder": lambda: os.listdir("/"),  # noqa: PTH208
        "read the passwords": lambda: Path("/etc/passwd").read_bytes(),
        "change the folder": lambda: os.chdir("/"),
        "change permissions": lambda: secret.chmod(0o777),
        "fork": os.fork,
        "run a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "open an Internet socket": lambda: socket.socket(socket.AF_INET),
        "open a Unix socket": lambda: socket.socket(socket.AF_UNIX),
        "open a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "limit the worker": lambda: resource.prlimit(worker, resource.RLIMIT_NOFILE, (0, 0)),
        "raise the CPU limit": lambda: resource.setrlimit(resource.RLIMIT_CPU, (60_000, 60_000)),
        "change the user": lambda: os.setuid(0) if os.getuid() else os.setuid(65534),
        "type into the terminal": lambda: call(29 if platform.machine() == "aarch64" else 16, 0, 0x5412, 0),
        "use the x32 interface": lambda: call(X32_BIT | 41, 2, 1, 0),
    }
    return by_python | {name: lambda number=number: call(number, 0, 0, 0, 0, 0) for name, number in NUMBERS.items()}


class EscapingParser(TextParser):
    """Makes the try that the file names, and reports how it ended."""

    def parse(self, original: Original) -> list[Draft]:
        """Return a draft whose text is the result of the attempt."""
        secret, name = original.content.decode().split("\n")
        try:
            tries(Path(secret))[name]()
            end = ESCAPED
        except (OSError, ValueError) as error:
            end = f"{type(error).__name__}: {error}"
        return [Draft(title=name, text=end, format="text", charset="utf-8")]


def sandboxed() -> SandboxedReader:
    """Return a reader whose only parser makes a try for each file."""
    return SandboxedReader(ParserRegistry([EscapingParser()]), LIMITS, wall=timedelta(seconds=20))


def attempt(name: str, secret: Path, reader: SandboxedReader) -> str:
    """Make a try in the sandbox and return how it ended."""
    file = Original(content=f"{secret}\n{name}".encode(), name="hostile.txt", now=NOW)
    (found,) = [each.item for each in reader.read(file)]
    return found.text if isinstance(found, Draft) else str(found)


def attempt_all(folder: Path) -> dict[str, object]:
    """Make every try, and return how they ended, and what became of the folder, whose only file was the secret."""
    secret = folder / "secret.txt"
    secret.write_text(SECRET)
    with closing(sandboxed()) as reader:
        ends = {name: attempt(name, secret, reader) for name in tries(secret)}
    return {
        "user": os.getuid(),
        "landlock": landlock.version(),
        "ends": ends,
        "secret": secret.read_text(),
        "files": sorted(each.name for each in folder.iterdir()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(attempt_all(Path(sys.argv[1]))))
