"""From settings to the intake of files."""

from __future__ import annotations

from datetime import timedelta

from copytaster.bootstrap.archive import open_archive, open_journal
from copytaster.bootstrap.store import process_name
from copytaster.clock import Clock
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_intake import Deposit, Intake
from copytaster.intake.lanes import LaneRule
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.work import Publisher
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_intake(settings: Settings, store: Store, *, clock: Clock) -> Intake:
    """Return the intake of claimed files."""
    return Intake(
        ledger=store.ledger,
        archive=open_archive(settings),
        journal=open_journal(settings),
        quarantine=FolderQuarantine(settings.quarantine),
        clock=clock,
        admission=AdmissionRules(settings.limits),
        lanes=LaneRule(timedelta(days=settings.backfill_days)),
        source_defaults=SourceDefaults(settings.inbox),
    )


def open_deposit(settings: Settings, store: Store, publisher: Publisher, *, clock: Clock) -> Deposit:
    """Return the intake of copies of files from anywhere; the caller closes its ``claims``."""
    claims = RenameClaims(settings.staging, process_name("ingest"), also=[settings.inbox])
    return Deposit(intake=open_intake(settings, store, clock=clock), claims=claims, publisher=publisher)
