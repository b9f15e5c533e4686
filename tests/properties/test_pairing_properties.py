"""A file and its sidecar in any order of arrival, with a watcher that dies at any step of taking them in."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_intake import Intake
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.pressure import Gauges, Marks
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import WatcherMetrics
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.model.work import RecordingPublisher
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from copytaster_watcher.areas import Area
from copytaster_watcher.backpressure import Backpressure
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.stability import StabilityTracker
from copytaster_watcher.watcher import Watcher, WatcherDependencies
from tests.factories import METADATA_READER, finished_files

WAITS = Waits(settle=timedelta(seconds=2), empty=timedelta(seconds=10), incomplete=timedelta(seconds=60))
MARKS = Marks(queue_limit=100, memory_limit=0.8, disk_free_bytes=0)
PATIENCE = 20
"""Seconds that a file waits for its sidecar."""

STEPS = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "shutil.copyfile", "shutil.rmtree"}
"""What changes a folder, by the names of Python's audit events; each of the watcher's rounds has about a dozen."""

MAX_STEPS = 25


class Killed(BaseException):
    """The process is no more: nothing that it would still do happens."""


@dataclass(slots=True)
class Executioner:
    """Ends the process before its n-th change to the filesystem, and before all later ones."""

    left: int | None = None

    def __call__(self, event: str, _: object) -> None:
        """Hear an audit event."""
        if self.left is not None and event in STEPS:
            self.left -= 1
            if self.left < 0:
                raise Killed

    @contextmanager
    def kills_before(self, step: int) -> Iterator[None]:
        """Let the block die before its step, if it comes to it."""
        self.left = step
        try:
            yield
        except Killed:
            pass
        finally:
            self.left = None


EXECUTIONER = Executioner()
sys.addaudithook(EXECUTIONER)  # it stays for the rest of the run, and does nothing outside of its blocks


@dataclass(slots=True)
class Harbour:
    """An inbox and everything behind it; watchers come and go."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.inbox.mkdir()
        self.store = memory_store(self.clock)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def quarantine(self) -> Path:
        return self.folder / "quarantine"

    def watcher(self, claims: RenameClaims) -> Watcher:
        metrics = WatcherMetrics(CollectorRegistry())
        intake = Intake(
            ledger=self.store.ledger,
            archive=self.archive,
            journal=self.journal,
            quarantine=FolderQuarantine(self.quarantine),
            clock=self.clock,
            admission=AdmissionRules(Limits(file_bytes=1_000)),
            source_defaults=SourceDefaults(self.inbox, METADATA_READER),
            metadata_reader=METADATA_READER,
        )
        deps = WatcherDependencies(
            areas=[
                Area(
                    FolderScan(self.inbox),
                    StabilityTracker(WAITS.settle, Arrivals(self.clock)),
                    finished_files(self.inbox, WAITS, self.clock, sidecar=PATIENCE),
                    self.clock,
                )
            ],
            claims=claims,
            intake=intake,
            publisher=RecordingPublisher(),
            backpressure=Backpressure(Gauges, MARKS, metrics, self.clock),
            metrics=metrics,
            clock=self.clock,
            monotonic_clock=self.clock,
            pauses=PauseWatch(self.store.pauses, self.clock),
            name="watcher@test:1",
        )
        return Watcher(deps)

    def drop(self, name: str, content: str) -> None:
        """Rename a file into the inbox, as careful writers do."""
        outside = self.folder / "outside"
        outside.write_text(content)
        outside.rename(self.inbox / name)

    def die_at(self, step: int) -> None:
        """Let a watcher take in the files, and die before one of its steps."""
        claims = RenameClaims(self.inbox, "first")
        watcher = self.watcher(claims)
        watcher.round()
        self.clock.advance(seconds=PATIENCE)
        with EXECUTIONER.kills_before(step):
            watcher.round()
        os.close(claims._lock)  # what the kernel does for the dead

    def recover(self) -> None:
        """Let another watcher take over and finish."""
        claims = RenameClaims(self.inbox, "second")
        claims.take_over()
        watcher = self.watcher(claims)
        for _ in range(4):
            watcher.round()
            self.clock.advance(seconds=PATIENCE)
        claims.close()

    def deliveries(self) -> list[Delivery]:
        assert self.store.ledger.balance().closed
        return self.store.ledger.find(DeliveryQuery(limit=10))[::-1]

    def lying(self, folder: Path) -> dict[str, str]:
        """Return the files below a folder, without reports and interrupted copies."""
        files = [each for each in folder.rglob("[!.]*") if each.is_file() and not each.name.endswith(".error.json")]
        return {each.relative_to(folder).as_posix(): each.read_text() for each in files}


@contextmanager
def a_harbour() -> Iterator[Harbour]:
    with TemporaryDirectory() as folder:
        yield Harbour(Path(folder))


def sidecar(title: str) -> str:
    return json.dumps({"title": title})


def titles(harbour: Harbour) -> dict[str, str | None]:
    """Return by the content of each file the title that its sidecar gave it."""
    found = {}
    for each in harbour.deliveries():
        assert each.sha256
        content = harbour.archive.get(each.sha256).decode()
        assert content not in found
        found[content] = each.metadata.title if each.metadata else None
    return found


@given(
    order=st.permutations(["file", "sidecar"]),
    pause=st.integers(0, PATIENCE - 1),
    step=st.integers(0, MAX_STEPS),
)
def test_whatever_comes_first_and_wherever_the_watcher_dies_the_file_gets_its_sidecar(
    order: list[str], pause: int, step: int
) -> None:
    contents = {"file": ("story.txt", "The ferry came back."), "sidecar": ("story.txt.meta.json", sidecar("Ferry"))}
    with a_harbour() as harbour:
        harbour.drop(*contents[order[0]])
        idle = RenameClaims(harbour.inbox, "idle")
        watcher = harbour.watcher(idle)
        watcher.round()
        harbour.clock.advance(seconds=pause)
        watcher.round()
        idle.close()
        harbour.drop(*contents[order[1]])

        harbour.die_at(step)
        harbour.recover()

        (delivery,) = harbour.deliveries()
        (entry,) = harbour.journal.entries(since=None)
        assert titles(harbour) == {"The ferry came back.": "Ferry"}
        assert delivery.sidecar
        assert harbour.archive.get(delivery.sidecar).decode() == sidecar("Ferry")
        assert (entry.sidecar, entry.metadata) == (delivery.sidecar, delivery.metadata)
        assert harbour.lying(harbour.inbox) == {}
        assert harbour.lying(harbour.quarantine) == {}


@given(step=st.integers(0, MAX_STEPS), with_sidecar=st.booleans())
def test_a_sidecar_is_never_laid_over_the_next_file_of_the_name(step: int, *, with_sidecar: bool) -> None:
    with a_harbour() as harbour:
        harbour.drop("story.txt.meta.json", sidecar("First"))
        harbour.drop("story.txt", "The first ferry.")
        harbour.die_at(step)
        if with_sidecar:
            harbour.drop("story.txt.meta.json", sidecar("Second"))
        harbour.drop("story.txt", "The second ferry.")

        harbour.recover()

        found = titles(harbour)
        if "The first ferry." in found:
            assert found == {"The first ferry.": "First", "The second ferry.": "Second" if with_sidecar else None}
        else:  # it was overwritten before the watcher came to it
            assert found == {"The second ferry.": "Second" if with_sidecar else "First"}
        assert harbour.lying(harbour.inbox) == {}


@given(step=st.integers(0, MAX_STEPS))
def test_a_bad_sidecar_ends_beside_its_file_in_quarantine_wherever_the_watcher_dies(step: int) -> None:
    with a_harbour() as harbour:
        harbour.drop("story.txt.meta.json", '{"titel": "Ferry"}')
        harbour.drop("story.txt", "The ferry came back.")

        harbour.die_at(step)
        harbour.recover()

        (delivery,) = harbour.deliveries()
        assert delivery.reason is Reason.BAD_SIDECAR
        assert harbour.lying(harbour.inbox) == {}
        assert harbour.lying(harbour.quarantine) == {
            "story.txt": "The ferry came back.",
            "story.txt.meta.json": '{"titel": "Ferry"}',
        }
