"""The dependencies of the commands. They are opened when a command needs them, so that `--help` needs no server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

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
from copytaster.client import Client
from copytaster.clock import Clock
from copytaster.doctor.finding import Examination
from copytaster.intake.file_intake import Deposit
from copytaster.model.work import Queues
from copytaster.recovery.dismissal import Dismissal
from copytaster.recovery.replay import Replay
from copytaster.retagging.report import Retagged
from copytaster.retagging.retag import Retag
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster.stories.decisions import StoryDesk
from copytaster.tagging.rules.model import RuleSet

if TYPE_CHECKING:
    from copytaster.explain import Explanation
    from copytaster.tagging.stages import Passage


class CommandDependencies(Protocol):
    """Opens what a command needs; tests use ``MemoryDependencies``."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables that the settings come from."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock of all times that commands record or compare."""
        ...

    def settings(self) -> Settings:
        """Return the settings. Raises ``ConfigurationError``."""
        ...

    def store(self) -> Store:
        """Return the store. Raises ``ConfigurationError`` when no Redis server is configured."""
        ...

    def store_to_read(self) -> Store:
        """Return the store for a command that only reads: an error comes within a second if the server hangs.

        Raises ``ConfigurationError`` when no Redis server is configured.
        """
        ...

    def queues(self) -> Queues:
        """Return the broker's queues, to be read. Raises ``ConfigurationError`` when no Redis server is configured."""
        ...

    def deposit(self, store: Store) -> Deposit:
        """Return what delivers new files. The caller closes its ``claims``. Raises ``ConfigurationError``."""
        ...

    def replay(self, store: Store, *, by: str, report: Callable[[int, int], None]) -> Replay:
        """Return a ``Replay``, which replays the journal when it is run; ``report`` gets (done, total).

        ``by`` is the process that timelines name. Raises ``ConfigurationError``.
        """
        ...

    def archive_check(self, *, bytes_per_second: float, report: Callable[[CheckPosition], object]) -> ArchiveCheck:
        """Return the check of the archive. Raises ``ConfigurationError``."""
        ...

    def damages(self) -> Damages:
        """Return the records of damage in the archive. Raises ``ConfigurationError``."""
        ...

    def backup(self, key_file: Path | None, *, report: Callable[[int], object]) -> Backup:
        """Return what writes backups, encrypted with the key in the file. Raises ``ConfigurationError``."""
        ...

    def restore(
        self, key_file: Path | None, *, report: Callable[[int, int], object]
    ) -> AbstractContextManager[Restore]:
        """Return what restores backups; meanwhile no embedded server can be started.

        Raises ``ConfigurationError``, also if one is running.
        """
        ...

    def acceptance(self, store: Store) -> Acceptance:
        """Return the service that accepts copies as separate articles. Raises ``ConfigurationError``."""
        ...

    def releases(self, store: Store, *, by: str) -> Releases:
        """Return the service that releases withheld articles; ``by`` is the process that timelines name.

        Raises ``ConfigurationError``.
        """
        ...

    def deletion(self, store: Store) -> ArticleDeletion:
        """Return the service that deletes articles. Raises ``ConfigurationError``."""
        ...

    def pins(self, store: Store) -> Pins:
        """Return the service that pins articles. Raises ``ConfigurationError``."""
        ...

    def story_desk(self, store: Store) -> StoryDesk:
        """Return the service that changes stories as people decide. Raises ``ConfigurationError``."""
        ...

    def dismissal(self, store: Store) -> Dismissal:
        """Return the service that dismisses failed files. Raises ``ConfigurationError``."""
        ...

    def retention(self, store: Store) -> RetentionJob:
        """Return the job that removes what is too old. Raises ``ConfigurationError``."""
        ...

    def archive_retention(self, store: Store) -> ArchiveRetention:
        """Return the job that removes old originals and journal entries. Raises ``ConfigurationError``."""
        ...

    def texts(self, paths: Sequence[Path]) -> Iterator[Passage]:
        """Yield the texts of the articles in these files and folders; without paths, of all articles in the store.

        Raises ``ConfigurationError`` when no Redis server is configured, ``OSError`` for a path that does not exist.
        """
        ...

    def rules(self, file: Path) -> RuleSet:
        """Return the rules of a file. Raises ``RulesError``."""
        ...

    def retag(self, store: Store, *, report: Callable[[Retagged], None]) -> Retag:
        """Return a ``Retag``, which tags stored articles again when it is run. Raises ``ConfigurationError``."""
        ...

    def client(self, address: str) -> Client:
        """Return a client of the API at this address; COPYTASTER_KEY is its key. The caller closes it."""
        ...

    def examine(self) -> Examination:
        """Return the findings about this installation. Raises ``ConfigurationError`` for wrong settings."""
        ...

    def explain(self, file: Path, *, source: str | None) -> Explanation:
        """Process the file without storing anything. Raises ``PermanentError`` if it would not become an article."""
        ...
