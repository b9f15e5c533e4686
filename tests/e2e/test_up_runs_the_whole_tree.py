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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

import pytest

START_SECONDS = 60
"""The parts need some seconds each for their imports, more on a busy machine."""

END_SECONDS = 60

LINES_OF_TWO_FILES = 8
"""Lines on the screen when both files have ended: six of the start, and one for each."""

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

    def screen(self) -> list[str]:
        """Return the lines on the screen, without those that only a slow start shows."""
        return [line for line in self.out.read_text().splitlines() if "Still starting" not in line]

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

    def has_ended(self, name: str) -> bool:
        """Return whether the API reports a disposition of the file; to poll by a command would start many Pythons."""
        address = f"http://127.0.0.1:{self.environ['COPYTASTER_API_PORT']}/api/v1/deliveries?name={name}"
        with urlopen(address) as answer:
            return any(each["disposition"] for each in json.load(answer)["items"])

    def disposition(self, name: str) -> str | None:
        """Return the disposition of the newest delivery with that name as the command reports it; None without one."""
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
    with running(Tree(tmp_path, own_port)) as tree:
        yield tree


@contextmanager
def running(made: Tree) -> Iterator[Tree]:
    """Give a tree, and end all its processes."""
    try:
        yield made
    finally:
        for pid in made.pids():
            os.kill(pid, signal.SIGKILL)
        if made.process:
            made.process.wait()


@dataclass(frozen=True)
class Day:
    """What was seen of one tree from its start to Ctrl-C."""

    tree: Tree
    up: int
    disposition: str | None
    status: subprocess.CompletedProcess[str]
    second_up: subprocess.CompletedProcess[str]
    processes: int
    shown_passwords: list[int]
    exit_status: int
    left_processes: set[int]
    status_afterwards: int


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, module_port: int, wait: Waiter) -> Iterator[Day]:
    """Run a tree from another folder, drop a good and a bad file, look at it, and end it by Ctrl-C."""
    folder = tmp_path_factory.mktemp("day")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    with running(Tree(folder, module_port)) as tree:
        up = tree.start(folder=elsewhere)
        wait(tree.is_announced, seconds=START_SECONDS)
        tree.drop("wire/harbour.txt", wait)
        (tree.data / "inbox" / "bad.html").write_text("<html><body></body></html>")
        wait(lambda: len(tree.screen()) >= LINES_OF_TWO_FILES, seconds=START_SECONDS)
        disposition, status, second_up = tree.disposition("harbour.txt"), tree.run("status", "--json"), tree.run("up")
        password, pids = (tree.data / "redis" / "address").read_text().split("@")[0].rpartition(":")[2], tree.pids()
        showing = [pid for pid in pids if password in Path(f"/proc/{pid}/cmdline").read_text()]
        up.send_signal(signal.SIGINT)
        exit_status = up.wait(timeout=END_SECONDS)
        left, afterwards = tree.pids(), tree.run("status").returncode
        yield Day(tree, up.pid, disposition, status, second_up, len(pids), showing, exit_status, left, afterwards)


def test_a_file_dropped_into_the_inbox_is_stored_and_ctrl_c_leaves_nothing_behind(day: Day) -> None:
    assert day.disposition == "stored"
    assert (day.status.returncode, json.loads(day.status.stdout)["ready"]) == (0, True)
    assert day.second_up.returncode == 2
    assert f"process {day.up}" in day.second_up.stderr
    assert day.processes >= 5
    assert day.shown_passwords == []
    assert day.exit_status == 0
    assert day.left_processes == set()
    assert not (day.tree.data / "redis" / "address").exists()
    assert day.status_afterwards == 2


def test_the_screen_shows_addresses_and_results_and_the_logs_are_in_files(day: Day) -> None:
    tree = day.tree
    lines = [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in tree.screen()]
    assert lines[:6] == [
        f"Starting Copytaster in {tree.data} ...",
        "Copytaster is running.",
        f"  Dashboard  http://127.0.0.1:{tree.environ['COPYTASTER_API_PORT']}/",
        f"  Inbox      {tree.data}/inbox",
        f"  Logs       {tree.data}/logs",
        "Drop news files into the inbox, directly or in one folder for each source. Stop with Ctrl-C.",
    ]
    # Between them are the results, and on a busy machine perhaps a notice about it.
    assert 'stored       wire/harbour.txt  "Harbour dredging to begin in May"' in lines[6:-2]
    assert any(line.startswith(("rejected     bad.html", "quarantined  bad.html")) for line in lines[6:-2])
    assert lines[-2:] == ["Stopping; this takes some seconds, at most 30 ...", "Stopped."]
    assert tree.err.read_text() == ""
    for name, event in (("up", "process.started"), ("watcher", "watcher.started"), ("api", "api.started")):
        assert event in (tree.data / "logs" / f"{name}.log").read_text()


def test_kill_9_leaves_nothing_running_and_a_start_with_json_logs_continues(tree: Tree, wait: Waiter) -> None:
    up = tree.start()
    wait(tree.is_announced, seconds=START_SECONDS)
    tree.drop("harbour.txt", wait)
    wait(lambda: tree.has_ended("harbour.txt"), seconds=START_SECONDS)
    for pid in (pid for pid in tree.pids() if b"copytaster_workers" in Path(f"/proc/{pid}/cmdline").read_bytes()):
        os.kill(pid, signal.SIGKILL)

    up.kill()
    up.wait()

    wait(lambda: not tree.pids(), seconds=END_SECONDS)
    with_json_logs = tree.start(COPYTASTER_LOG_FORMAT="json")
    wait(tree.is_announced, seconds=START_SECONDS)
    assert tree.disposition("harbour.txt") == "stored"
    with_json_logs.send_signal(signal.SIGTERM)
    assert with_json_logs.wait(timeout=END_SECONDS) == 0
    assert list(tree.temporary.iterdir()) == []
    assert {"up", "watcher", "api"} <= {json.loads(line).get("part") for line in tree.err.read_text().splitlines()}


def test_a_port_in_use_is_reported_before_any_process_starts(tree: Tree) -> None:
    with socket.create_server(("127.0.0.1", int(tree.environ["COPYTASTER_API_PORT"]))):
        refused = tree.run("up")

    assert refused.returncode == 2
    assert "COPYTASTER_API_PORT" in refused.stderr
    assert "process.started" not in (tree.data / "logs" / "up.log").read_text()
