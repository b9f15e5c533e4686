"""Real processes over a real server and real files; every process is ended, also if a test fails."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.model.article import Article
from copytaster.model.delivery import Delivery
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.settings import PREFIX
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Heartbeat, Part
from tests.integration.warm_starts import WarmProcess, WarmStarts

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

QUICK = {
    "SETTLE_SECONDS": "0.3",
    "SCAN_SECONDS": "0.2",
    "RECONCILE_SECONDS": "0.5",
    "LEASE_SECONDS": "3",
    "RETRY_SECONDS": "0.5",
    "EMPTY_SECONDS": "1",
}

Started = subprocess.Popen[bytes] | WarmProcess

MODULES = {Part.WATCHER: "copytaster_watcher", Part.WORKER: "copytaster_workers"}

START_SECONDS = 60.0

END_SECONDS = 40.0
"""Longer than a retry that the reconciler publishes; normally a file takes about a second."""

LAST_CHARACTERS = 8_000
"""Lines of each log that are shown when a test fails."""

_WORDS = tuple(
    re.findall(
        r"\w+",
        """harbour council ferry budget school strike river mayor clinic tram vote market storm museum winter bridge
        court engine union orchard tunnel printer farmer signal island garden lottery tenant cinema violin quarry""",
    )
)


class WarmParts:
    """The processes that start each part by a fork; they are started when they are first needed."""

    def __init__(self) -> None:
        self._started: dict[Part, WarmStarts] = {}

    def of(self, part: Part) -> WarmStarts:
        if part not in self._started:
            self._started[part] = WarmStarts(part.value)
        return self._started[part]

    def close(self) -> None:
        for each in self._started.values():
            each.close()


class Processes:
    """Processes in separate sessions, each with a log."""

    def __init__(self, folder: Path, warm: WarmParts) -> None:
        self._folder = folder
        self._warm = warm
        self._started: list[Started] = []

    def start_part(self, name: str, part: Part, environ: Mapping[str, str], *script: str) -> Started:
        """Start the part by a fork; ``script`` is a program that changes it, with its arguments."""
        arguments = script or ("-m", MODULES[part])
        process = self._warm.of(part).start(arguments, environ, self._folder / f"{name}.log")
        self._started.append(process)
        return process

    def start(self, name: str, arguments: Sequence[str], environ: Mapping[str, str]) -> Started:
        """Start a new Python."""
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def kill(self, process: Started) -> None:
        """Send SIGKILL to the process and its children: a stopped process dies of it as well."""
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_all(self) -> None:
        for process in self._started:
            self.kill(process)

    def show_logs(self) -> None:
        for log in sorted(self._folder.glob("*.log")):
            sys.stdout.write(f"--- {log.name}\n{log.read_text(errors='replace')[-LAST_CHARACTERS:]}\n")


class Addressed(Protocol):
    """A server, or several, with an address for ``COPYTASTER_REDIS_URL``."""

    @property
    def address(self) -> str: ...


class Tree:
    """A watcher and a worker on one data folder; ``settings`` have no prefix and override the quick defaults."""

    def __init__(
        self, folder: Path, server: Addressed, wait: Waiter, settings: Mapping[str, str], *, warm: WarmParts
    ) -> None:
        self.folder = folder
        self._wait = wait
        self.processes = Processes(folder, warm)
        self.running: dict[Part, Started] = {}
        given = {"DATA": str(folder / "data"), "REDIS_URL": server.address, **QUICK, **settings}
        self.environ = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        self.environ["TMPDIR"] = str(folder)  # so that a killed process leaves no files behind
        self.environ |= {PREFIX + key: value for key, value in given.items()}
        self.settings = load_settings(self.environ)
        self.settings.inbox.mkdir(parents=True)
        self.store = open_store(self.settings, clock=SystemClock(), part="test")

    def start(self, *parts: Part) -> None:
        """Start parts and return when each has sent a heartbeat."""
        for part in parts:
            self.running[part] = self.processes.start_part(part.value, part, self.environ)
        self._wait(lambda: all(self.heartbeat(part) for part in parts), seconds=START_SECONDS)

    def start_missing(self, *parts: Part) -> None:
        """Start those of the parts that do not run."""
        self.start(*(each for each in parts if each not in self.running or self.running[each].poll() is not None))

    def kill(self, part: Part) -> None:
        self.processes.kill(self.running.pop(part))

    def heartbeat(self, part: Part) -> Heartbeat | None:
        """Return the last heartbeat of the process that runs as ``part`` now."""
        pid = self.running[part].pid
        return next((each for each in self.store.presence.present() if each.part is part and each.pid == pid), None)

    def outside(self, name: str, content: bytes | str) -> Path:
        """Write a file on the inbox's filesystem, to be renamed in."""
        file = self.folder / "outside" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def drop(self, path: str, content: bytes | str) -> None:
        """Put a complete file into the inbox."""
        target = self.settings.inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self.outside(target.name, content).rename(target)

    def deliveries(self, name: str) -> list[Delivery]:
        return self.store.ledger.find(DeliveryQuery(name=name))

    def end_of(self, name: str) -> Delivery:
        """Wait until the newest delivery of a file has its disposition and return it."""

        def ended() -> Delivery | None:
            return next((each for each in self.deliveries(name)[:1] if each.disposition), None)

        delivery = self._wait(ended, seconds=END_SECONDS)
        assert delivery
        self._await_quarantine(delivery)
        return delivery

    def _await_quarantine(self, delivery: Delivery) -> None:
        """Wait until the watcher has moved a refused file: it settles the delivery before it moves the file."""
        if not (delivery.disposition and delivery.disposition.keeps_file and delivery.sha256 is None):
            return
        quarantine = FolderQuarantine(self.settings.quarantine)

        def moved() -> bool:
            is_in_quarantine = quarantine.find(delivery.id, path=delivery.path) is not None
            # Others may have moved it on, and only the report is written about what cannot be copied.
            return (
                is_in_quarantine or self.deliveries(delivery.name)[0].id != delivery.id or self._is_reported(delivery)
            )

        self._wait(moved, seconds=END_SECONDS)

    def inbox_files(self) -> list[Path]:
        """Return the files in the inbox, those in claims included; a folder that is removed meanwhile has none."""
        return [Path(parent, name) for parent, _, names in os.walk(self.settings.inbox) for name in names]

    def _is_reported(self, delivery: Delivery) -> bool:
        """Return whether there is a report about the delivery, and no claim on its file any more."""
        claims = [*self.settings.inbox.glob(f".claims/*/{delivery.id}*")]
        reports = self.settings.quarantine.rglob("*.error.json")
        return not claims and any(delivery.id in each.read_text() for each in reports)

    def article_of(self, delivery: Delivery) -> Article:
        article = self.store.articles.get(delivery.article_ids[0])
        assert article
        return article

    def ended(self) -> int:
        return sum(self.store.ledger.balance().dispositions.values())


class Story(Protocol):
    """The type of the fixture ``story``."""

    def __call__(self, seed: str, *, paragraphs: int = 5) -> str: ...


@pytest.fixture(scope="session")
def story() -> Story:
    """Give a maker of stories: a headline and paragraphs that share runs of words only by chance."""

    def make(seed: str, *, paragraphs: int = 5) -> str:
        chance = random.Random(seed)
        lines = [" ".join(chance.choices(_WORDS, k=30)).capitalize() + "." for _ in range(paragraphs)]
        return "\n\n".join([f"The {' '.join(chance.choices(_WORDS, k=6))} of {seed}", *lines]) + "\n"

    return make


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmParts]:
    """Give the processes that start workers and watchers for all tests of this process."""
    parts = WarmParts()
    yield parts
    parts.close()


@pytest.fixture
def tree(
    tmp_path: Path, own_server: RealServer, wait: Waiter, warm: WarmParts, request: pytest.FixtureRequest
) -> Iterator[Tree]:
    """Give a tree with its own server and no process started yet, with the module's ``TREE_SETTINGS``."""
    tree = Tree(tmp_path, own_server, wait, getattr(request.module, "TREE_SETTINGS", {}), warm=warm)
    try:
        yield from _watched(tree, request)
    finally:
        tree.processes.kill_all()


@pytest.fixture(scope="module")
def module_tree(
    tmp_path_factory: pytest.TempPathFactory,
    module_server: RealServer,
    wait: Waiter,
    warm: WarmParts,
    request: pytest.FixtureRequest,
) -> Iterator[Tree]:
    """Give a tree that all tests of the module share, with no process started yet."""
    settings = getattr(request.module, "TREE_SETTINGS", {})
    tree = Tree(tmp_path_factory.mktemp("tree"), module_server, wait, settings, warm=warm)
    try:
        yield tree
    finally:
        tree.processes.kill_all()


@pytest.fixture
def running(module_tree: Tree, request: pytest.FixtureRequest) -> Iterator[Tree]:
    """Give a running tree that all tests of the module share: each test needs distinct file names and stories.

    Processes that another test has ended are started again.
    """
    module_tree.start_missing(Part.WATCHER, Part.WORKER)
    yield from _watched(module_tree, request)


def _watched(tree: Tree, request: pytest.FixtureRequest) -> Iterator[Tree]:
    failed_before = request.session.testsfailed
    yield tree
    if request.session.testsfailed > failed_before:
        tree.processes.show_logs()
