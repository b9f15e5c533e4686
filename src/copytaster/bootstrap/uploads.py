"""From settings to the intake of uploads."""

from __future__ import annotations

import secrets

from copytaster.bootstrap.intake import open_intake, reading_calls
from copytaster.bootstrap.store import process_name
from copytaster.clock import Clock
from copytaster.intake.file_filter import FileFilter
from copytaster.intake.file_intake import Deposit
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.uploads import UploadDesk
from copytaster.model.work import Publisher
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_uploads(settings: Settings, store: Store, publisher: Publisher, *, clock: Clock) -> UploadDesk:
    """Return what takes uploads in. The process that reads their metadata is started by the first that has some.

    Nothing is written before the first upload, so that an API without write permission there can report the status.
    """
    intake = open_intake(settings, store, clock=clock, calls=reading_calls(settings))

    def deposit() -> Deposit:
        # Each upload has claims of its own: two of one process would wait for each other's lock.
        owner = f"{process_name('upload')}-{secrets.token_hex(4)}"
        claims = RenameClaims(settings.staging, owner, also=[settings.inbox])
        return Deposit(intake=intake, claims=claims, publisher=publisher)

    return UploadDesk(
        store=store,
        staging=settings.staging,
        deposit=deposit,
        limits=settings.limits,
        names=FileFilter(settings.ignored_names),
        least_free_bytes=settings.disk_free_bytes,
        clock=clock,
    )
