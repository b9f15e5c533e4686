from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STREAMS = """
import os, sys
from copytaster_cli.standard_streams import replace_closed_streams

replace_closed_streams()
held = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
print("to nobody", flush=True)
print("to nobody", file=sys.stderr, flush=True)
os.system("echo a child of this process; echo complains >&2")
sys.exit(0 if held > 2 and os.stat(held).st_size == 0 else 1)
"""


def status_of(arguments: list[str], redirections: str) -> int:
    """Return the exit status of Python with these arguments, started by a shell with these redirections."""
    command = f'exec "$0" "$@" {redirections}'
    return subprocess.run(["/bin/sh", "-c", command, sys.executable, *arguments], check=False).returncode


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_is_printed_to_a_closed_stream_gets_into_no_file(tmp_path: Path, closed: str) -> None:
    assert status_of(["-c", STREAMS, str(tmp_path / "held")], closed) == 0
    assert (tmp_path / "held").read_bytes() == b""


@pytest.mark.parametrize(("command", "status"), [("check-config", 0), ("no-such-command", 2)])
def test_a_command_with_closed_streams_has_its_usual_exit_status(command: str, status: int) -> None:
    assert status_of(["-m", "copytaster_cli", command], ">&- 2>&-") == status


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_names_are_printed_in_utf_8_whatever_the_locale(tmp_path: Path, encoding: str) -> None:
    environ = {**os.environ, "PYTHONIOENCODING": encoding, "COPYTASTER_DATA": f"{tmp_path}/Łódź"}

    printed = subprocess.run(
        [sys.executable, "-m", "copytaster_cli", "check-config"], env=environ, capture_output=True, check=True
    )

    assert "Łódź" in printed.stdout.decode()
