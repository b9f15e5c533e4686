"""The dependencies of the commands, from the settings of the environment variables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from copytaster.archive.check import ArchiveCheck
from copytaster.archive.check_position import CheckPosition
from copytaster.archive.damage import Damages
from copytaster.articles.acceptance import Acceptance
from copytaster.articles.archive_retention import ArchiveRetention
from copytaster.articles.deletion import ArticleDeletion
from copytaster.articles.pins import Pins
from copytaster.articles.releases import Releases
from copytaster.articles.retention import RetentionJob
from copytaster.backup.backup import Backup
from copytaster.backup.restore import Restore
from copytaster.bootstrap.archive import open_check, open_damages, require_archive
from copytaster.bootstrap.articles import open_acceptance, open_deletion, open_pins, open_releases
from copytaster.bootstrap.backup import open_backup, open_restore
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.intake import open_deposit
from copytaster.bootstrap.private_files import protect_data
from copytaster.bootstrap.recovery import open_replay
from copytaster.bootstrap.retention import open_archive_retention, open_dismissal, open_retention
from copytaster.bootstrap.secret_files import with_secrets_from_files
from copytaster.bootstrap.store import open_known_store, open_store, process_name
from copytaster.bootstrap.stories import open_story_desk
from copytaster.bootstrap.tagging import open_current_versions, read_rules
from copytaster.client import Client
from copytaster.clock import Clock, SystemClock
from copytaster.doctor.finding import Examination
from copytaster.errors import ConfigurationError, TransientError
from copytaster.intake.file_intake import Deposit
from copytaster.metrics import WatcherMetrics
from copytaster.model.work import Queues
from copytaster.recovery.dismissal import Dismissal
from copytaster.recovery.replay import Replay
from copytaster.retagging.report import Retagged
from copytaster.retagging.retag import Retag
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster.stories.decisions import StoryDesk
from copytaster.tagging.rules.model import RuleSet
from copytaster_broker.publisher import open_publisher
from copytaster_broker.queues import open_queues
from copytaster_cli.processes.embedded_server import embedded_kind
from copytaster_cli.processes.lock import locked

if TYPE_CHECKING:
    from copytaster.explain import Explanation
    from copytaster.tagging.stages import Passage


class SystemDependencies:
    """Implements ``CommandDependencies`` with the settings of the environment variables."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.clock: Clock = SystemClock()
        self._metrics = WatcherMetrics(CollectorRegistry())  # which nothing reads: a command ends at once

    def settings(self) -> Settings:
        """Return the settings; see ``CommandDependencies.settings``."""
        return load_settings(self.environ)

    def _writing_settings(self) -> Settings:
        """Return the settings for a command that writes into the data folder, with its files private from now on."""
        protect_data(settings := self.settings())
        return settings

    def _archive_settings(self, store: Store | None = None) -> Settings:
        """Return the settings for a command that works on the archive, whose disk has to be mounted."""
        require_archive(settings := self._writing_settings(), lambda: store or self.store())
        return settings

    def store(self) -> Store:
        """Return the store; see ``CommandDependencies.store``."""
        return open_known_store(self.settings(), clock=self.clock, part="cli")

    def store_to_read(self) -> Store:
        """Return the store for reading; see ``CommandDependencies.store_to_read``."""
        return open_store(self.settings(), clock=self.clock, part="cli", reader=True)

    def queues(self) -> Queues:
        """Return the broker's queues; see ``CommandDependencies.queues``."""
        return open_queues(self.settings(), reader=True)

    def deposit(self, store: Store) -> Deposit:
        """Return the deposit; see ``CommandDependencies.deposit``."""
        settings = self._archive_settings(store)
        return open_deposit(settings, store, open_publisher(settings), clock=self.clock)

    def replay(self, store: Store, *, by: str, report: Callable[[int, int], None]) -> Replay:
        """Return the replay of the journal; see ``CommandDependencies.replay``."""
        settings = self._archive_settings(store)
        publisher = open_publisher(settings)
        replay = open_replay(settings, store, publisher, clock=self.clock, by=by, pause=time.sleep)
        return replace(replay, report=report)

    def archive_check(self, *, bytes_per_second: float, report: Callable[[CheckPosition], object]) -> ArchiveCheck:
        """Return the check of the archive; see ``CommandDependencies.archive_check``."""
        return open_check(
            self._archive_settings(),
            "command",
            clock=self.clock,
            by=process_name("cli"),
            bytes_per_second=bytes_per_second,
            pause=time.sleep,
            report=report,
        )

    def damages(self) -> Damages:
        """Return the records of damage; see ``CommandDependencies.damages``."""
        return open_damages(self._archive_settings())

    def backup(self, key_file: Path | None, *, report: Callable[[int], object]) -> Backup:
        """Return what writes backups; see ``CommandDependencies.backup``."""
        return open_backup(self._archive_settings(), key_file, clock=self.clock, report=report)

    @contextmanager
    def restore(self, key_file: Path | None, *, report: Callable[[int, int], object]) -> Iterator[Restore]:
        """Yield what restores backups; see ``CommandDependencies.restore``."""
        settings = self._writing_settings()
        # Where a server is configured there is no folder of an embedded one, and perhaps no permission to make it.
        with nullcontext() if settings.redis_url else locked(settings.server_folder / "lock"):
            yield open_restore(
                settings, key_file, clock=self.clock, embedded=embedded_kind, report=report, pause=time.sleep
            )

    def acceptance(self, store: Store) -> Acceptance:
        """Return the acceptance of copies; see ``CommandDependencies.acceptance``."""
        return open_acceptance(self._archive_settings(store), store, clock=self.clock)

    def releases(self, store: Store, *, by: str) -> Releases:
        """Return the releases of withheld articles; see ``CommandDependencies.releases``."""
        return open_releases(self._archive_settings(store), store, clock=self.clock, by=by)

    def deletion(self, store: Store) -> ArticleDeletion:
        """Return the deletion of articles, which is recorded in the archive."""
        return open_deletion(self._archive_settings(store), store, clock=self.clock)

    def pins(self, store: Store) -> Pins:
        """Return the pins of articles; see ``CommandDependencies.pins``."""
        return open_pins(self._archive_settings(store), store, clock=self.clock)

    def story_desk(self, store: Store) -> StoryDesk:
        """Return the decisions about stories; see ``CommandDependencies.story_desk``."""
        return open_story_desk(self._archive_settings(store), store, clock=self.clock)

    def dismissal(self, store: Store) -> Dismissal:
        """Return the dismissal of failed files; see ``CommandDependencies.dismissal``."""
        return open_dismissal(self._archive_settings(store), store)

    def retention(self, store: Store) -> RetentionJob:
        """Return the retention; see ``CommandDependencies.retention``."""
        return open_retention(self._archive_settings(store), store, self._metrics, clock=self.clock)

    def archive_retention(self, store: Store) -> ArchiveRetention:
        """Return the retention of the archive; see ``CommandDependencies.archive_retention``."""
        return open_archive_retention(self._archive_settings(store), store, self._metrics, clock=self.clock)

    def texts(self, paths: Sequence[Path]) -> Iterator[Passage]:
        """Yield the texts; see ``CommandDependencies.texts``."""
        # Imported when needed, as in ``explain``.
        from copytaster.bootstrap.pipeline import open_texts  # noqa: PLC0415
        from copytaster.training.texts import stored_texts  # noqa: PLC0415

        if not paths:
            return stored_texts(self.store().articles)
        return open_texts(self.settings(), clock=self.clock).read(paths)

    def rules(self, file: Path) -> RuleSet:
        """Return the rules of a file; see ``CommandDependencies.rules``."""
        return read_rules(self.settings(), file)

    def retag(self, store: Store, *, report: Callable[[Retagged], None]) -> Retag:
        """Return the re-tagging; see ``CommandDependencies.retag``."""
        settings = self.settings()
        return Retag(
            store=store,
            publisher=open_publisher(settings),
            clock=self.clock,
            versions=open_current_versions(settings),
            pause=time.sleep,
            report=report,
        )

    def client(self, address: str) -> Client:
        """Return a client; see ``CommandDependencies.client``."""
        environ = with_secrets_from_files(self.environ, ["COPYTASTER_KEY"])
        return Client(address, key=environ.get("COPYTASTER_KEY"))

    def examine(self) -> Examination:
        """Return the findings about this installation; see ``CommandDependencies.examine``."""
        # Imported when needed, as in ``explain``.
        from copytaster.bootstrap.doctor import examine  # noqa: PLC0415

        return examine(self.settings(), clock=self.clock)

    def explain(self, file: Path, *, source: str | None) -> Explanation:
        """Process the file without storing anything; copies of it are looked up in the store if the server answers."""
        settings = self.settings()
        # Imported when needed: importing parsers and models takes most of a second.
        from copytaster.bootstrap.pipeline import open_explainer, open_tagger  # noqa: PLC0415

        explainer = open_explainer(settings, open_tagger(settings), self._reachable_store(), clock=self.clock)
        return explainer.explain(file, source=source)

    def _reachable_store(self) -> Store | None:
        try:
            store = self.store_to_read()
            store.articles.count()
        except (ConfigurationError, TransientError):
            return None
        return store
