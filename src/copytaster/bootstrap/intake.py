"""From settings to the intake of files."""

from __future__ import annotations

from datetime import timedelta

from copytaster.bootstrap.archive import open_archive, open_journal
from copytaster.bootstrap.quarantine import open_quarantine
from copytaster.bootstrap.store import process_name
from copytaster.clock import Clock
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_intake import Deposit, Intake
from copytaster.intake.lanes import LaneRule
from copytaster.intake.metadata_reader import MetadataReader
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.work import Publisher
from copytaster.parsing.sandbox.calls import Calls, SandboxedCalls
from copytaster.parsing.sandbox.limits import SandboxLimits
from copytaster.parsing.sandbox.progress import CallProgress
from copytaster.settings import Settings
from copytaster.store.store import Store

METADATA_MODULE = "copytaster.intake.metadata_content"
"""The program of the sandboxed process that reads sidecars and ``_source.yml`` files."""

READING_WALL = timedelta(seconds=2)
"""The longest time of a call; files behind it wait meanwhile. The largest sidecar takes some milliseconds."""

READING_MEMORY_BYTES = 128 * 1024 * 1024
"""In addition to the 40 MB of the process: together with the watcher's 80 MB it stays below 256 MB."""

READING_CPU_SECONDS = 1
"""Less than ``READING_WALL``, so that an endless loop and a process that waits give different errors."""


def reading_calls(
    settings: Settings, module: str = METADATA_MODULE, progress: CallProgress | None = None
) -> SandboxedCalls:
    """Return calls of a sandboxed process that reads small or few parts of senders' files; ``module`` is its program.

    The process starts with the first call, and ends with the object. ``progress`` notes which call it answers.
    """
    return SandboxedCalls(module, reading_limits(settings), wall=READING_WALL, progress=progress)


def reading_limits(settings: Settings) -> SandboxLimits:
    """Return the limits of that process."""
    return SandboxLimits(READING_MEMORY_BYTES, READING_CPU_SECONDS, allow_unfiltered=settings.allow_unsandboxed)


def open_intake(settings: Settings, store: Store, *, clock: Clock, calls: Calls) -> Intake:
    """Return the intake of claimed files; ``calls`` read the metadata beside them."""
    reader = MetadataReader(calls)
    return Intake(
        ledger=store.ledger,
        archive=open_archive(settings),
        journal=open_journal(settings),
        quarantine=open_quarantine(settings),
        clock=clock,
        admission=AdmissionRules(settings.limits),
        lanes=LaneRule(timedelta(days=settings.backfill_days)),
        source_defaults=SourceDefaults(settings.inbox, reader),
        metadata_reader=reader,
    )


def open_deposit(settings: Settings, store: Store, publisher: Publisher, *, clock: Clock) -> Deposit:
    """Return the intake of copies of files from anywhere; the caller closes its ``claims``."""
    claims = RenameClaims(settings.staging, process_name("ingest"), also=[settings.inbox])
    intake = open_intake(settings, store, clock=clock, calls=reading_calls(settings))
    return Deposit(intake=intake, claims=claims, publisher=publisher)
