"""From settings to the archive: originals, journal and decisions."""

from __future__ import annotations

from copytaster.archive.decisions import Decisions, FilesystemDecisions
from copytaster.archive.journal import FilesystemJournal, Journal
from copytaster.archive.originals import Archive, FilesystemArchive
from copytaster.settings import Settings


def open_archive(settings: Settings) -> Archive:
    """Return the archive of originals."""
    return FilesystemArchive(settings.archive_address)


def open_journal(settings: Settings) -> Journal:
    """Return the journal of deliveries, stored in the archive."""
    return FilesystemJournal(settings.archive_address)


def open_decisions(settings: Settings) -> Decisions:
    """Return the decisions of people, stored in the archive."""
    return FilesystemDecisions(settings.archive_address)
