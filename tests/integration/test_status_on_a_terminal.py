"""``copytaster status --watch`` and ``top`` on a real terminal, of a system that does not answer."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

SECONDS = 120.0
"""Two looks with all retries take 15 s on an idle machine."""

OWN_SCREEN, FORMER_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"


@pytest.mark.parametrize("arguments", [["status", "--watch"], ["top"]])
def test_the_screen_is_given_back_at_ctrl_c(tmp_path: Path, own_port: int, arguments: list[str]) -> None:
    # Tests that were started in the background ignore Ctrl-C, and so would the programs that they start.
    heeding = ["env", "--default-signal=INT", sys.executable]
    command = [*heeding, "-m", "copytaster_cli", *arguments, "--url", f"http://127.0.0.1:{own_port}"]
    master, slave = pty.openpty()
    environ = {**os.environ, "COPYTASTER_DATA": str(tmp_path), "TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True)
    os.close(slave)

    # What is written twice on the own screen was written by the loop, which Ctrl-C ends.
    shown = _read(master, lambda read: read.partition(OWN_SCREEN)[2].count(b"does not answer") >= 2)
    process.send_signal(signal.SIGINT)
    rest = _read(master, lambda _: False)

    assert process.wait(timeout=SECONDS) == 0
    assert FORMER_SCREEN not in shown
    assert b"does not answer" in rest.partition(FORMER_SCREEN)[2]  # the last state stays readable
    assert b"Traceback" not in shown + rest
    os.close(master)


def _read(terminal: int, is_enough: Callable[[bytes], bool]) -> bytes:
    """Return what is written until it is enough, or until the program ends."""
    read, deadline = b"", time.monotonic() + SECONDS
    while not is_enough(read) and time.monotonic() < deadline:
        try:
            read += os.read(terminal, 65_536)
        except OSError:  # the program has closed its end
            return read
    return read
