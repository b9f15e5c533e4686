"""One run: a watcher and a worker on the first host, a worker on the second, which is killed in the middle."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.files import make_texts
from benchmarks.chaos.tree import QUICK, files_in, wait_until
from benchmarks.chaos.verdict import Verdict, deliveries_of, judge_distinct
from benchmarks.hosts.host import Host
from benchmarks.hosts.network import Network
from benchmarks.hosts.s3_server import S3Server
from copytaster.archive.originals import FilesystemArchive
from copytaster.archive.s3_bucket import S3Bucket
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.model.work import Work
from copytaster.settings import PREFIX
from copytaster_cli.processes.embedded_server import find_binary

FIRST, SECOND = "first", "second"

REDIS_PORT, S3_PORT = 6379, 9000
"""The address belongs to this run alone, so that no other server has its ports."""

BUCKET = "hosts"

LEASE_SECONDS = "10"
"""Half of the default. Three seconds are less than a busy test server of S3 takes for a group of files."""

START_SECONDS = 180.0
"""Workers load their models in seconds; on a busy machine it took a minute."""

WORK_SECONDS = 30.0
SECONDS_A_FILE = 0.4
"""Timeout for the work: an idle machine takes a hundredth of a second for a file; a busy one may be 40 times slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run found.

    ``ended_at_death`` is the number of deliveries that had ended when the second host was killed, ``by_host`` the
    number of ended deliveries by the host of the worker that ended them, and ``taken_over`` of those on which the
    second host had begun to work and the first one ended. ``recovered`` is the time in seconds from the kill to the
    end of the last of these. ``requests`` are those to the bucket, by method.
    """

    files: int
    ended_at_death: int
    by_host: dict[str, int]
    taken_over: int
    recovered: float
    seconds: float
    requests: dict[str, int]
    dispositions: dict[str, int]
    verdict: Verdict


class Hosts:
    """The system: servers, hosts and their folders; a store and an archive for the judge."""

    def __init__(self, folder: Path, network: Network) -> None:
        """Start the servers."""
        self.closing = ExitStack()
        server, storage = folder / "server", folder / "s3"
        for each in (server, storage):
            each.mkdir()
        redis = f"redis://{network.address}:{REDIS_PORT}/0"
        command = [str(find_binary(shutil.which)), "--port", str(REDIS_PORT), "--bind", network.address]
        command += ["--dir", str(server), "--appendonly", "yes", "--save", "", "--protected-mode", "no"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.closing.callback(process.wait)
        self.closing.callback(process.kill)
        self.s3 = S3Server(storage, S3_PORT, network.address)
        self.s3.start()
        self.closing.callback(self.s3.stop)
        self.closing.enter_context(_variables(self.s3.environment()))
        common = {f"{PREFIX}{name}": value for name, value in {**QUICK, "LEASE_SECONDS": LEASE_SECONDS}.items()}
        common |= {f"{PREFIX}REDIS_URL": redis, f"{PREFIX}ARCHIVE_URL": f"s3://{BUCKET}/archive"}
        self._folders = {name: folder / name for name in (FIRST, SECOND)}
        self.hosts = {name: self._host(name, network, common) for name in self._folders}
        self.inbox = self._folders[FIRST] / "data" / "inbox"
        settings = load_settings(common)
        self.store = open_store(settings, clock=SystemClock(), part="hosts")
        self.archive = FilesystemArchive(settings.archive_address)

    def start(self) -> None:
        """Start all parts and return when they have reported. Raises ``TimeoutError``."""
        _await("answer of the S3 server", self.s3.answers)
        _await("answer of the Redis server", lambda: self._ended() is not None)
        self.s3.create_bucket(BUCKET)
        self.hosts[FIRST].start("watcher", "worker")
        self.hosts[SECOND].start("worker")
        _await("report of each part", self._have_reported)

    def remaining(self) -> list[str]:
        """Return the files that remain in the inbox, including claimed ones."""
        return files_in(self.inbox)

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the first host's inbox whole, by renaming it in."""
        file = self._folders[FIRST] / name
        file.write_bytes(content)
        file.rename(self.inbox / name)

    def ended(self) -> int:
        """Return the number of deliveries with a disposition."""
        return self._ended() or 0

    def is_through(self, expected: int) -> bool:
        """Return whether all files have ended, no work is due and nothing lies in the inbox."""
        waiting = sum(self.store.ledger.waiting(work) for work in Work)
        return self.ended() >= expected and not waiting and not self.remaining()

    def close(self) -> None:
        """Kill everything."""
        for each in self.hosts.values():
            each.kill()
        self.closing.close()

    def _host(self, name: str, network: Network, common: dict[str, str]) -> Host:
        folder = self._folders[name]
        (folder / "data" / "inbox").mkdir(parents=True)
        (folder / "tmp").mkdir()
        others = [each for each in self._folders.values() if each != folder]
        for each in others:
            each.mkdir(exist_ok=True)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environ = inherited | common | {f"{PREFIX}DATA": str(folder / "data"), "TMPDIR": str(folder / "tmp")}
        return Host(name, folder, network.enter(name, hidden=[str(each) for each in others]), environ)

    def _ended(self) -> int | None:
        try:
            return sum(self.store.ledger.balance().dispositions.values())
        except TransientError:
            return None

    def _have_reported(self) -> bool:
        if broken := [line for each in self.hosts.values() for line in each.ended()]:
            raise TimeoutError("\n".join(broken))
        return len(self.store.presence.present()) >= sum(len(each.parts) for each in self.hosts.values())


def run(folder: Path, files: int) -> Result:
    """Process ``files`` texts, kill the second host when a part of them has ended, and return what came of them.

    Raises ``TimeoutError`` if a part does not start, and ``OSError`` if the kernel makes no namespaces.
    """
    with Network([FIRST, SECOND]) as network, ExitStack() as stack:
        hosts = Hosts(folder, network)
        stack.callback(hosts.close)
        hosts.start()
        texts = make_texts("host", files, "hosts")
        before, began = len(hosts.s3.requests()), time.monotonic()
        for name, each in texts.items():
            hosts.drop(name, each.content)
        wait_until(lambda: hosts.ended() >= files // 4, seconds=WORK_SECONDS + SECONDS_A_FILE * files)
        ended, died = hosts.ended(), time.monotonic()
        hosts.hosts[SECOND].kill()
        network.cut(SECOND)
        wait_until(lambda: hosts.is_through(files), seconds=WORK_SECONDS + SECONDS_A_FILE * files)
        over = time.monotonic()
        workers = _workers(hosts, list(texts))
        requests = Counter(each.split()[0] for each in hosts.s3.requests()[before:])
        return Result(
            files=files,
            ended_at_death=ended,
            by_host=dict(Counter(each[-1] for each in workers if each)),
            taken_over=sum(SECOND in each and each[-1] == FIRST for each in workers),
            recovered=round(over - died, 1),
            seconds=round(over - began, 1),
            requests=dict(requests),
            dispositions={
                str(kind): count for kind, count in hosts.store.ledger.balance().dispositions.items() if count
            },
            verdict=judge_distinct(hosts, texts, stored=0),
        )


def _workers(hosts: Hosts, names: list[str]) -> list[list[str]]:
    """Return for each file the hosts of the workers in its delivery's timeline, in order: the last one ended it."""
    ids = [each.id for name in names for each in deliveries_of(hosts, name)]
    records = [record for each in ids if (record := hosts.store.ledger.get(each))]
    return [
        [line.by.partition("@")[2].partition(":")[0] for line in record.timeline if line.by.startswith("worker@")]
        for record in records
    ]


def _await(what: str, condition: Callable[[], bool]) -> None:
    if not wait_until(condition, seconds=START_SECONDS):
        raise TimeoutError(f"no {what} within {START_SECONDS:g} s")


@contextmanager
def _variables(values: dict[str, str]) -> Iterator[None]:
    """Set variables of this process for a while; buckets that were opened with others are forgotten."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    S3Bucket.clear_instance_cache()
    try:
        yield
    finally:
        S3Bucket.clear_instance_cache()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
