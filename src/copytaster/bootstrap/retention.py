"""From settings to the retention, and to the ages at which deliveries are too old to be replayed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from copytaster.archive.decisions import FilesystemDecisions
from copytaster.archive.expired_days import FilesystemExpiredDays
from copytaster.archive.journal import FilesystemJournal
from copytaster.archive.old_files import FilesystemOldFilesList
from copytaster.archive.originals import FilesystemArchive, local_folder
from copytaster.archive.retention_limit import FilesystemRetentionLimits
from copytaster.articles.archive_retention import ArchiveRetention, ArchiveRetentionDependencies, ArchiveRules
from copytaster.articles.pins import Pins
from copytaster.articles.placement_retention import PlacementRetention
from copytaster.articles.retention import (
    SHARE_OF_LIMIT,
    RetentionDependencies,
    RetentionJob,
    RetentionRules,
)
from copytaster.articles.source_ages import SourceAges
from copytaster.bootstrap.archive import open_placements
from copytaster.bootstrap.quarantine import open_quarantine
from copytaster.clock import Clock
from copytaster.metrics import WatcherMetrics
from copytaster.recovery.age_limits import AgeLimits
from copytaster.recovery.dismissal import Dismissal
from copytaster.recovery.old_files import OldFilesSearch
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster.system.disk import DiskUse, disk_use


def open_retention(settings: Settings, store: Store, metrics: WatcherMetrics, *, clock: Clock) -> RetentionJob:
    """Return the job that removes old articles, deliveries and failed files."""
    rules = RetentionRules(
        articles=_age(settings.retention_articles_days),
        deliveries=_age(settings.retention_deliveries_days),
        failed_files=_age(settings.retention_failed_days),
        memory_share=settings.memory_limit * SHARE_OF_LIMIT,
        sources=_source_ages(settings).sources,
    )
    return RetentionJob(
        RetentionDependencies(
            store=store,
            quarantine=open_quarantine(settings),
            limits=FilesystemRetentionLimits(settings.archive_address),
            placements=open_placements(settings),
            rules=rules,
            metrics=metrics,
            clock=clock,
        )
    )


def open_archive_retention(
    settings: Settings, store: Store, metrics: WatcherMetrics, *, clock: Clock
) -> ArchiveRetention:
    """Return the job that removes old originals and journal entries."""
    address = settings.archive_address
    folder = local_folder(address)
    return ArchiveRetention(
        ArchiveRetentionDependencies(
            journal=FilesystemJournal(address),
            originals=FilesystemArchive(address),
            expired=FilesystemExpiredDays(address),
            pins=Pins(store=store, decisions=FilesystemDecisions(address), clock=clock),
            store=store,
            rules=ArchiveRules(
                age=_age(settings.retention_originals_days),
                disk_share=settings.retention_disk_share,
                least_free=settings.disk_free_bytes,
            ),
            disk=lambda: _measured(folder),
            metrics=metrics,
            clock=clock,
        )
    )


def open_placement_retention(settings: Settings, store: Store, *, clock: Clock) -> PlacementRetention:
    """Return the job that removes old placements from the archive."""
    age = _age(settings.retention_originals_days)
    return PlacementRetention(placements=open_placements(settings), store=store, clock=clock, age=age)


def open_dismissal(settings: Settings, store: Store) -> Dismissal:
    """Return the dismissal of failed files."""
    return Dismissal(
        store=store,
        journal=FilesystemJournal(settings.archive_address),
        quarantine=open_quarantine(settings),
    )


def open_age_limits(settings: Settings) -> AgeLimits:
    """Return the ages up to which deliveries are replayed."""
    return AgeLimits(
        articles=_source_ages(settings).longest,
        deliveries=_age(settings.retention_deliveries_days),
        limits=FilesystemRetentionLimits(settings.archive_address),
        expired=FilesystemExpiredDays(settings.archive_address),
        originals=FilesystemArchive(settings.archive_address),
        old_files=FilesystemOldFilesList(settings.archive_address),
    )


def open_old_files_search(settings: Settings, store: Store, *, clock: Clock) -> OldFilesSearch:
    """Return the job that lists the old files that a rebuild needs."""
    return OldFilesSearch(store=store, age_limits=open_age_limits(settings), clock=clock)


def _measured(folder: Path | None) -> DiskUse | None:
    """Return how full the archive's disk is; None for a bucket, or if the disk fails: the next write reports that."""
    try:
        return disk_use(folder) if folder else None
    except OSError:
        return None


def _source_ages(settings: Settings) -> SourceAges:
    sources = {name: _age(days) for name, days in settings.retention_source_days.items()}
    return SourceAges(_age(settings.retention_articles_days), sources)


def _age(days: float) -> timedelta | None:
    return timedelta(days=days) if days else None
