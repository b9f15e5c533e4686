"""Dependencies with a store in memory, for tests and for trying a command without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
from prometheus_client import CollectorRegistry

from copytaster.archive.check import ArchiveCheck
from copytaster.archive.check_position import CheckPosition
from copytaster.archive.damage import Damages
from copytaster.archive.file_tree import FileTree
from copytaster.articles.acceptance import Acceptance
from copytaster.articles.archive_retention import ArchiveRetention
from copytaster.articles.deletion import ArticleDeletion
from copytaster.articles.pins import Pins
from copytaster.articles.releases import Releases
from copytaster.articles.retention import RetentionJob
from copytaster.backup.backup import Backup
from copytaster.backup.ciphers import read_key
from copytaster.backup.restore import Restore
from copytaster.bootstrap.archive import open_check, open_damages
from copytaster.bootstrap.articles import open_acceptance, open_deletion, open_pins, open_releases
from copytaster.bootstrap.doctor import examine
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.intake import open_intake
from copytaster.bootstrap.pipeline import open_explainer, open_texts
from copytaster.bootstrap.recovery import open_replay
from copytaster.bootstrap.retention import open_archive_retention, open_dismissal, open_retention
from copytaster.bootstrap.store import memory_store
from copytaster.bootstrap.stories import open_story_desk
from copytaster.bootstrap.tagging import open_current_versions, read_rules
from copytaster.client import Client
from copytaster.clock import ManualClock
from copytaster.doctor.finding import Examination
from copytaster.explain import Explanation
from copytaster.intake.file_intake import Deposit
from copytaster.intake.metadata_content import answer
from copytaster.intake.rename_claims import RenameClaims
from copytaster.metrics import WatcherMetrics
from copytaster.model.work import EmptyQueues, Queues, RecordingPublisher
from copytaster.parsing.sandbox.calls import DirectCalls
from copytaster.recovery.dismissal import Dismissal
from copytaster.recovery.replay import Replay
from copytaster.retagging.report import Retagged
from copytaster.retagging.retag import Retag
from copytaster.settings import Settings
from copytaster.store.ports.layout import LAYOUT
from copytaster.store.ports.server_facts import ServerFacts
from copytaster.store.ports.snapshot import MemoryServerData
from copytaster.store.store import Store
from copytaster.stories.decisions import StoryDesk
from copytaster.tagging.rules.model import RuleSet
from copytaster.tagging.stages import Passage
from copytaster.tagging.tagger import PlainTagger
from copytaster.training.texts import stored_texts


class MemoryDependencies:
    """Implements ``CommandDependencies`` with one store in memory; files are in the configured data folder."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.clock = ManualClock()
        self.transport: httpx2.BaseTransport | None = None
        self.publisher = RecordingPublisher()
        self.server_data = MemoryServerData()
        self._store = memory_store(self.clock)

    def settings(self) -> Settings:
        """Return the settings; see ``CommandDependencies.settings``."""
        return load_settings(self.environ)

    def store(self) -> Store:
        """Return the store."""
        return self._store

    def store_to_read(self) -> Store:
        """Return the same store."""
        return self._store

    def queues(self) -> Queues:
        """Return a broker with empty queues."""
        return EmptyQueues()

    def deposit(self, store: Store) -> Deposit:
        """Return the deposit."""
        settings = self.settings()
        intake = open_intake(settings, store, clock=self.clock, calls=DirectCalls(answer))
        return Deposit(intake=intake, claims=RenameClaims(settings.staging, "memory"), publisher=self.publisher)

    def replay(self, store: Store, *, by: str, report: Callable[[int, int], None]) -> Replay:
        """Return the replay of the journal in the data folder; its pauses advance the clock."""

        def pause(seconds: float) -> None:
            self.clock.advance(seconds=seconds)

        replay = open_replay(self.settings(), store, self.publisher, clock=self.clock, by=by, pause=pause)
        return replace(replay, report=report)

    def archive_check(self, *, bytes_per_second: float, report: Callable[[CheckPosition], object]) -> ArchiveCheck:
        """Return the check of the archive in the data folder; its pauses advance the clock."""
        return open_check(
            self.settings(),
            "command",
            clock=self.clock,
            by="memory",
            bytes_per_second=bytes_per_second,
            pause=lambda seconds: self.clock.advance(seconds=seconds),
            report=report,
        )

    def damages(self) -> Damages:
        """Return the records of damage in the data folder."""
        return open_damages(self.settings())

    def backup(self, key_file: Path | None, *, report: Callable[[int], object]) -> Backup:
        """Return what writes backups of the data folder, with the snapshot in ``server_data``."""
        return Backup(
            server=self.server_data,
            layout=self._store.layout,
            archive=FileTree(self.settings().archive_address),
            quarantine=FileTree(f"file://{self.settings().quarantine}"),
            cipher=read_key(key_file),
            release="memory",
            clock=self.clock,
            report=report,
        )

    @contextmanager
    def restore(self, key_file: Path | None, *, report: Callable[[int, int], object]) -> Iterator[Restore]:
        """Yield what restores backups into the data folder and ``server_data``."""
        yield Restore(
            server=self.server_data,
            archive=FileTree(self.settings().archive_address),
            quarantine=FileTree(f"file://{self.settings().quarantine}"),
            cipher=read_key(key_file),
            scratch=self.settings().data,
            running=lambda: [each.name for each in self._store.presence.present()],
            report=report,
            pause=lambda seconds: self.clock.advance(seconds=seconds),
        )

    def acceptance(self, store: Store) -> Acceptance:
        """Return the acceptance of copies; decisions are written to the data folder."""
        return open_acceptance(self.settings(), store, clock=self.clock)

    def releases(self, store: Store, *, by: str) -> Releases:
        """Return the releases of withheld articles; decisions are written to the data folder."""
        return open_releases(self.settings(), store, clock=self.clock, by=by)

    def deletion(self, store: Store) -> ArticleDeletion:
        """Return the deletion of articles, which is recorded in the archive."""
        return open_deletion(self.settings(), store, clock=self.clock)

    def pins(self, store: Store) -> Pins:
        """Return the pins of articles; decisions are written to the data folder."""
        return open_pins(self.settings(), store, clock=self.clock)

    def story_desk(self, store: Store) -> StoryDesk:
        """Return the decisions about stories; they are written to the data folder."""
        return open_story_desk(self.settings(), store, clock=self.clock)

    def dismissal(self, store: Store) -> Dismissal:
        """Return the dismissal of failed files; with quarantine and journal of the data folder."""
        return open_dismissal(self.settings(), store)

    def retention(self, store: Store) -> RetentionJob:
        """Return the retention, with the quarantine of the data folder."""
        return open_retention(self.settings(), store, WatcherMetrics(CollectorRegistry()), clock=self.clock)

    def archive_retention(self, store: Store) -> ArchiveRetention:
        """Return the retention of the archive; on the archive of the data folder."""
        return open_archive_retention(self.settings(), store, WatcherMetrics(CollectorRegistry()), clock=self.clock)

    def texts(self, paths: Sequence[Path]) -> Iterator[Passage]:
        """Yield the texts of files, or of the store in memory."""
        return (
            open_texts(self.settings(), clock=self.clock).read(paths) if paths else stored_texts(self._store.articles)
        )

    def rules(self, file: Path) -> RuleSet:
        """Return the rules of a file."""
        return read_rules(self.settings(), file)

    def retag(self, store: Store, *, report: Callable[[Retagged], None]) -> Retag:
        """Return the re-tagging; its pauses advance the clock."""
        return Retag(
            store=store,
            publisher=self.publisher,
            clock=self.clock,
            versions=open_current_versions(self.settings()),
            pause=lambda seconds: self.clock.advance(seconds=seconds),
            report=report,
        )

    def client(self, address: str) -> Client:
        """Return a client, with the transport of the test."""
        return Client(address, transport=self.transport, pause=lambda seconds: self.clock.advance(seconds=seconds))

    def examine(self) -> Examination:
        """Return the findings about this machine, with a server as it should be."""
        return examine(self.settings(), clock=self.clock, read_server=self._server_facts)

    def _server_facts(self) -> ServerFacts:
        return ServerFacts(
            version="memory",
            now=self.clock.now(),
            appendonly=True,
            fsync="everysec",
            last_write_failed=False,
            limit=512 * 1024**2,
            eviction="noeviction",
            layout=LAYOUT,
        )

    def explain(self, file: Path, *, source: str | None) -> Explanation:
        """Return what would become of the file, tagged without a model."""
        explainer = open_explainer(self.settings(), PlainTagger(), self._store, clock=self.clock)
        return explainer.explain(file, source=source)
