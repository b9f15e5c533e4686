"""From settings to the data that is stored outside the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

from copytaster.archive.archive_mark import INCOMING, ArchiveMark
from copytaster.archive.background_check import BackgroundCheck, CheckInterruptedError
from copytaster.archive.bucket_errors import BucketAccessError, BucketError, BucketMissingError
from copytaster.archive.check import ArchiveCheck
from copytaster.archive.check_position import CheckPosition, FilesystemCheckPositions
from copytaster.archive.damage import Damages, FilesystemDamages
from copytaster.archive.decisions import Decisions, FilesystemDecisions
from copytaster.archive.expired_days import FilesystemExpiredDays
from copytaster.archive.filesystems import probe
from copytaster.archive.journal import FilesystemJournal, Journal
from copytaster.archive.originals import Archive, FilesystemArchive, local_folder
from copytaster.archive.placements import FilesystemPlacements, Placements
from copytaster.archive.rate_limit import RateLimit
from copytaster.clock import Clock
from copytaster.errors import ConfigurationError, TransientError
from copytaster.model.outage import Resource
from copytaster.settings import Settings
from copytaster.store.store import Store

log = structlog.get_logger(__name__)


def check_archive(settings: Settings) -> None:
    """Send the first requests to an archive in a bucket; called at the start of a part, before it forks.

    Raises ``ConfigurationError`` if there is no such bucket, or if the key is refused: waiting would not help. An
    outage is logged, and the part starts: its work waits for the end of the outage.
    """
    try:
        probe(settings.archive_address)
    except (BucketMissingError, BucketAccessError) as error:
        raise ConfigurationError(f"COPYTASTER_ARCHIVE_URL: {error}") from error
    except BucketError as error:
        log.warning("archive.unavailable", why=str(error), next="work waits until the archive can be reached")


def watch_archive(settings: Settings, store: Callable[[], Store]) -> Callable[[], bool]:
    """Return a function that says whether the archive's disk is not mounted.

    An empty folder is a new archive only if the server has received nothing. A server that does not answer cannot tell:
    then the function raises ``TransientError``. ``store`` opens the store, only if the folder is empty: most work on an
    archive needs no server.
    """
    mark = ArchiveMark(local_folder(settings.archive_address))
    return lambda: mark.is_away() and store().ledger.balance().seen > 0


def require_archive(settings: Settings, store: Callable[[], Store]) -> None:
    """Raise ``TransientError`` if the archive's disk is not mounted; called at the start of what works on it.

    Files would be archived on the wrong disk, and be lost for every rebuild when the archive's disk is back. See
    ``watch_archive``.
    """
    folder = local_folder(settings.archive_address)
    if folder and watch_archive(settings, store)():
        raise TransientError(
            f"the archive {folder} is empty, although the server has received files: its disk is not mounted. Mount it,"
            f" or correct COPYTASTER_ARCHIVE_URL; if the archive is lost, create the folder {folder / INCOMING}",
            resource=Resource.ARCHIVE,
        )


def open_archive(settings: Settings) -> Archive:
    """Return the archive of originals."""
    return FilesystemArchive(settings.archive_address)


def open_journal(settings: Settings) -> Journal:
    """Return the journal of deliveries, stored in the archive."""
    return FilesystemJournal(settings.archive_address)


def open_decisions(settings: Settings) -> Decisions:
    """Return the decisions of people, stored in the archive."""
    return FilesystemDecisions(settings.archive_address)


def open_placements(settings: Settings) -> Placements:
    """Return the placements of articles into stories, stored in the archive."""
    return FilesystemPlacements(settings.archive_address)


def open_damages(settings: Settings) -> Damages:
    """Return the records of damage in the archive, stored in the archive."""
    return FilesystemDamages(settings.archive_address)


def open_check(  # noqa: PLR0913  # the limits of a check, and who runs it
    settings: Settings,
    name: str,
    *,
    clock: Clock,
    by: str,
    bytes_per_second: float,
    pause: Callable[[float], object],
    report: Callable[[CheckPosition], object],
) -> ArchiveCheck:
    """Return the check of the archive; ``name`` is its kind: each kind has one position."""
    return ArchiveCheck(
        originals=FilesystemArchive(settings.archive_address),
        journal=open_journal(settings),
        decisions=open_decisions(settings),
        expired=FilesystemExpiredDays(settings.archive_address),
        damages=open_damages(settings),
        positions=FilesystemCheckPositions(settings.archive_address, name),
        clock=clock,
        by=by,
        spend=RateLimit(bytes_per_second, pause).spend,
        report=report,
    )


def open_background_check(settings: Settings, stopping: threading.Event, *, clock: Clock, by: str) -> BackgroundCheck:
    """Return the check of the archive beside other work, at its own pace; ``stopping`` ends it."""

    def pause(seconds: float) -> None:
        if stopping.wait(seconds):
            raise CheckInterruptedError("this process is stopping")

    check = open_check(
        settings,
        "background",
        clock=clock,
        by=by,
        bytes_per_second=settings.archive_check_bytes_per_second,
        pause=pause,
        report=lambda _: None,
    )
    days = settings.archive_check_days
    return BackgroundCheck(check, every=timedelta(days=days) if days else None)
