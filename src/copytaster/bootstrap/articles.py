"""From settings to the decisions of people about articles."""

from __future__ import annotations

from copytaster.archive.originals import FilesystemArchive
from copytaster.articles.acceptance import Acceptance
from copytaster.articles.deletion import ArticleDeletion
from copytaster.articles.original_deletion import OriginalDeletion
from copytaster.articles.pins import Pins
from copytaster.articles.releases import Releases
from copytaster.bootstrap.archive import open_decisions, open_journal, open_placements
from copytaster.clock import Clock
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_deletion(settings: Settings, store: Store, *, clock: Clock) -> ArticleDeletion:
    """Return the deletion of articles."""
    originals = OriginalDeletion(
        store=store, journal=open_journal(settings), originals=FilesystemArchive(settings.archive_address)
    )
    return ArticleDeletion(store=store, decisions=open_decisions(settings), originals=originals, clock=clock)


def open_acceptance(settings: Settings, store: Store, *, clock: Clock) -> Acceptance:
    """Return the acceptance of copies as separate articles."""
    return Acceptance(
        store=store,
        decisions=open_decisions(settings),
        placements=open_placements(settings),
        clock=clock,
    )


def open_pins(settings: Settings, store: Store, *, clock: Clock) -> Pins:
    """Return the pins of articles."""
    return Pins(store=store, decisions=open_decisions(settings), clock=clock)


def open_releases(settings: Settings, store: Store, *, clock: Clock, by: str) -> Releases:
    """Return the releases of withheld articles; ``by`` is the process that timelines name."""
    return Releases(store=store, decisions=open_decisions(settings), clock=clock, by=by)
