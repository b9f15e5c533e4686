"""`copytaster up` as a person runs it: a real server and all parts, in a temporary folder."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

START_SECONDS = 60
"""The parts need some seconds each for their imports, more on a busy machine."""

END_SECONDS = 60

STORY = (
    "Harbour dredging to begin in May\n\n"
    "KESTREL, March 3 - The port authority of Kestrel said on Tuesday that dredging of the outer harbour would begin"
    " in May and take eleven weeks. Ferries will leave from the north quay meanwhile.\n\n"
    "Officials expect the work to cost four million euros.\n"
)


class Waiter(Protocol):
    def __call__(self, condition: Callable[[], Any], *, seconds: float) -> Any: ...


class Tree:
    """A `copytaster up` with its output in files."""

    def __init__(self, folder: Path, api_port: int) -> None:
        self.data = folder / "data"
        self.environ: Mapping[str, str] = {
            **{key: value for key, value in os.environ.items() if not key.startswith("COPYTASTER_")},
            "COPYTASTER_DATA": str(self.data),
            "COPYTASTER_API_PORT": str(api_port),
            "TMPDIR": str(folder / "tmp"),
        }
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.out, self.err = folder / "out", folder / "err"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, folder: Path | None = None, **settings: str) -> subprocess.Popen[bytes]:
        environ = {**self.environ, **settings}
        with self.out.open("wb") as out, self.err.open("ab") as err:
            self.process = subprocess.Popen(command("up"), cwd=folder, env=environ, stdout=out, stderr=err)
        return self.process

    def is_announced(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.err.read_text()
        return "Stop with Ctrl-C" in self.out.read_text()

    def drop(self, path: str, wait: Waiter) -> None:
        """Put the story into the inbox and return when it has been taken."""
        file = self.data / "inbox" / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(STORY)
        wait(lambda: not file.exists(), seconds=START_SECONDS)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments), env=self.environ, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )

    def disposition(self, name: str) -> str | None:
        """Return the disposition of the newest delivery with that name; None if there is none yet."""
        deliveries = json.loads(self.run("where", name, "--json").stdout)["deliveries"]
        return deliveries[0]["disposition"] if deliveries else None

    def pids(self) -> set[int]:
        """Return all processes on this computer that use this data folder."""
        return {int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal() and self._works_in(each)}

    def _works_in(self, process: Path) -> bool:
        mark = str(self.data).encode()
        try:
            named = any(mark in (process / name).read_bytes() for name in ("cmdline", "environ"))
            return named or mark in os.fsencode((process / "cwd").readlink())
        except OSError:  # it has just ended, is a zombie, or belongs to another user
            return False


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "copytaster_cli", *arguments]


@pytest.fixture
def tree(tmp_path: Path, own_port: int) -> Iterator[Tree]:
    made = Tree(tmp_path, own_port)
    yield made
    for pid in made.pids():
        os.kill(pid, signal.SIGKILL)
    if made.process:
        made.process.wait()


def test_a_file_dropped_into_the_inbox_is_stored_and_ctrl_c_leaves_nothing_behind(tree: Tree, wait: Waiter) -> None:
    up = tree.start()
    wait(tree.is_announced, seconds=START_SECONDS)
    tree.drop("wire/harbour.txt", wait)

    assert wait(lambda: tree.disposition("harbour.txt"), seconds=START_SECONDS) == "stored"
    status = tree.run("status", "--json")
    assert (status.returncode, json.loads(status.stdout)["ready"]) == (0, True)
    again = tree.run("up")
    assert again.returncode == 2
    assert f"process {up.pid}" in again.stderr
    password = (tree.data / "redis" / "address").read_text().split("@")[0].rpartition(":")[2]
    assert len(tree.pids()) >= 5
    assert all(password not in Path(f"/proc/{pid}/cmdline").read_text() for pid in tree.pids())

    up.send_signal(signal.SIGINT)

    assert up.wait(timeout=END_SECONDS) == 0
    assert tree.pids() == set()
    assert not (tree.data / "redis" / "address").exists()
    assert tree.run("status").returncode == 2


def test_the_screen_shows_addresses_and_results_and_the_logs_are_in_files(tree: Tree, wait: Waiter) -> None:
    elsewhere = tree.data.parent / "elsewhere"
    elsewhere.mkdir()
    up = tree.start(folder=elsewhere)
    wait(tree.is_announced, seconds=START_SECONDS)
    (tree.data / "inbox" / "harbour.txt").write_text(STORY)
    (tree.data / "inbox" / "bad.html").write_text("<html><body></body></html>")
    wait(lambda: len(tree.out.read_text().splitlines()) >= 8, seconds=START_SECONDS)
    up.send_signal(signal.SIGINT)

    assert up.wait(timeout=END_SECONDS) == 0
    lines = [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in tree.out.read_text().splitlines()]
    assert [line for line in lines if not line.startswith("Still starting")] == [
        f"Starting Copytaster in {tree.data} ...",
        "Copytaster is running.",
        f"  Dashboard  http://127.0.0.1:{tree.environ['COPYTASTER_API_PORT']}/",
        f"  Inbox      {tree.data}/inbox",
        f"  Logs       {tree.data}/logs",
        "Drop news files into the inbox, directly or in one folder for each source. Stop with Ctrl-C.",
        *lines[-4:-2],
        "Stopping; this takes some seconds, at most 30 ...",
        "Stopped.",
    ]
    assert 'stored       harbour.txt  "Harbour dredging to begin in May"' in lines
    assert any(line.startswith(("rejected     bad.html", "quarantined  bad.html")) for line in lines)
    assert tree.err.read_text() == ""
    for name, event in (("up", "process.started"), ("watcher", "watcher.started"), ("api", "api.started")):
        assert event in (tree.data / "logs" / f"{name}.log").read_text()


def test_in_json_format_the_logs_of_all_processes_are_on_standard_error(tree: Tree, wait: Waiter) -> None:
    up = tree.start(COPYTASTER_LOG_FORMAT="json")
    wait(tree.is_announced, seconds=START_SECONDS)
    up.send_signal(signal.SIGINT)

    assert up.wait(timeout=END_SECONDS) == 0
    lines = [json.loads(line) for line in tree.err.read_text().splitlines()]
    assert {"up", "watcher", "api"} <= {line.get("part") for line in lines}
    assert not (tree.data / "logs").exists()


def test_kill_9_leaves_nothing_running_and_the_next_start_continues(tree: Tree, wait: Waiter) -> None:
    up = tree.start()
    wait(tree.is_announced, seconds=START_SECONDS)
    tree.drop("harbour.txt", wait)
    wait(lambda: tree.disposition("harbour.txt"), seconds=START_SECONDS)
    for pid in (pid for pid in tree.pids() if b"copytaster_workers" in Path(f"/proc/{pid}/cmdline").read_bytes()):
        os.kill(pid, signal.SIGKILL)

    up.kill()
    up.wait()

    wait(lambda: not tree.pids(), seconds=END_SECONDS)
    again = tree.start()
    wait(tree.is_announced, seconds=START_SECONDS)
    assert tree.disposition("harbour.txt") == "stored"
    again.send_signal(signal.SIGTERM)
    assert again.wait(timeout=END_SECONDS) == 0
    assert list(tree.temporary.iterdir()) == []


def test_a_port_in_use_is_reported_before_any_process_starts(tree: Tree) -> None:
    with socket.create_server(("127.0.0.1", int(tree.environ["COPYTASTER_API_PORT"]))):
        refused = tree.run("up")

    assert refused.returncode == 2
    assert "COPYTASTER_API_PORT" in refused.stderr
    assert "process.started" not in (tree.data / "logs" / "up.log").read_text()
