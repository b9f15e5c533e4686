"""The escape kit, as the user who runs the tests, and as a plain user: no try succeeds."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from copytaster.errors import ConfigurationError
from copytaster.parsing.sandbox import landlock
from copytaster.parsing.sandbox.limits import Protection, SandboxLimits, missing_protections
from copytaster.parsing.sandbox.reader import SandboxedReader
from copytaster.parsing.sandbox.seccomp import ARCHITECTURES
from tests import escape_kit
from tests.escape_kit import ESCAPED, LIMITS, NUMBERS, SECRET, attempt, sandboxed, tries

PLAIN_USER = 65534


@pytest.fixture
def reader() -> Iterator[SandboxedReader]:
    with closing(sandboxed()) as reader:
        yield reader


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    return file


needs_landlock = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock: paths stay readable")


@needs_landlock
@pytest.mark.parametrize("name", tries(Path("x")))
def test_nothing_escapes(name: str, reader: SandboxedReader, secret: Path) -> None:
    assert attempt(name, secret, reader) != ESCAPED
    assert secret.read_text() == SECRET
    assert sorted(each.name for each in secret.parent.iterdir()) == ["secret.txt"]


@needs_landlock
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the kit as another user")
def test_nothing_escapes_as_a_plain_user() -> None:
    try:
        as_plain_user("-c", "import copytaster")
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip(f"a plain user cannot run {sys.executable}, or not import the program: a folder is closed")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        found = json.loads(as_plain_user(escape_kit.__file__, folder).stdout)

    assert found["user"] == PLAIN_USER
    assert set(found["ends"]) == set(tries(Path("x")))
    assert ESCAPED not in found["ends"].values()
    assert (found["secret"], found["files"]) == (SECRET, ["secret.txt"])


def as_plain_user(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python as a user without rights."""
    return subprocess.run(
        [sys.executable, *arguments],
        user=PLAIN_USER,
        group=PLAIN_USER,
        extra_groups=[],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        check=True,
    )


def test_a_try_outside_of_the_sandbox_succeeds(secret: Path) -> None:
    """The kit itself works: these do what they try where nothing forbids it."""
    every = tries(secret)

    for name in ("signal the process group", "read a file of the user", "write a file", "list the root folder"):
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
