"""The escape kit: what a hostile parser tries from inside the sandbox, as the user who runs the tests."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copytaster.errors import ConfigurationError
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.parser import TextParser
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox import landlock
from copytaster.parsing.sandbox.limits import Protection, SandboxLimits, missing_protections
from copytaster.parsing.sandbox.reader import SandboxedReader
from copytaster.parsing.sandbox.seccomp import ARCHITECTURES, X32_BIT

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIMITS = SandboxLimits(memory_bytes=512 * 1024 * 1024, cpu_seconds=2)

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


@pytest.fixture
def reader() -> Iterator[SandboxedReader]:
    reader = SandboxedReader(ParserRegistry([EscapingParser()]), LIMITS, wall=timedelta(seconds=20))
    yield reader
    reader.close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text("an embargoed text")
    return file


needs_landlock = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock: paths stay readable")


@needs_landlock
@pytest.mark.parametrize("name", tries(Path("x")))
def test_nothing_escapes(name: str, reader: SandboxedReader, secret: Path) -> None:
    file = Original(content=f"{secret}\n{name}".encode(), name="hostile.txt", now=NOW)

    (found,) = [each.item for each in reader.read(file)]

    assert isinstance(found, Draft)
    assert found.text != ESCAPED
    assert secret.read_text() == "an embargoed text"
    assert sorted(each.name for each in secret.parent.iterdir()) == ["secret.txt"]


def test_a_try_outside_of_the_sandbox_succeeds(secret: Path) -> None:
    """The kit itself works: these do what they try where nothing forbids it."""
    every = tries(secret)

    for name in ("signal the worker", "read a file of the user", "write a file", "list the root folder"):
        every[name]()


def test_this_kernel_offers_the_system_call_filter() -> None:
    assert Protection.SYSTEM_CALLS not in missing_protections(LIMITS)


def test_without_the_filter_nothing_starts_unless_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "sparc")  # a machine that the filter does not know
    allowed = SandboxLimits(LIMITS.memory_bytes, LIMITS.cpu_seconds, allow_unfiltered=True)

    with pytest.raises(ConfigurationError, match="COPYTASTER_ALLOW_UNSANDBOXED"):
        missing_protections(LIMITS)

    assert Protection.SYSTEM_CALLS in missing_protections(allowed)


def test_no_call_of_the_kit_is_on_the_list() -> None:
    listed = ARCHITECTURES[platform.machine()].allowed

    assert set(listed).isdisjoint(NUMBERS.values())
