"""What the intake of a small file costs the disk, by counts, which are the same on every machine."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.archive.journal import FilesystemJournal
from copytaster.archive.originals import FilesystemArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_intake import Candidate, Intake
from copytaster.intake.released_files import ReleasedFiles
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.limits import Limits
from copytaster.quarantine.folder import FolderQuarantine
from tests.factories import METADATA_READER, delivery_id

FILES = 20
"""A group of the watcher."""

COUNTED = ("open", "mkdir", "rmdir", "rename", "replace", "unlink", "fsync", "scandir", "listdir")
"""Those that change the disk or list a folder, and those that open a file."""

COSTS = {"rename": 2 * FILES, "replace": FILES, "fsync": 2 * FILES + 1, "open": 3 * FILES}
"""A file is moved into its claim and out of it, and gets its name in the archive. It is read, its copy is written, and
the folder of the copy is opened to sync it. The journal's line is synced once for the group."""


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count calls of the system; the archive makes some of them in threads."""
    counts, lock = Counter[str](), threading.Lock()

    def counting(name: str) -> Callable[..., Any]:
        call = getattr(os, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            with lock:
                counts[name] += 1
            return call(*arguments, **options)

        return counted

    for each in COUNTED:
        monkeypatch.setattr(os, each, counting(each))
    return counts


def intake_into(folder: Path, clock: ManualClock) -> Intake:
    return Intake(
        ledger=memory_store(clock).ledger,
        archive=FilesystemArchive(f"file://{folder}/archive"),
        journal=FilesystemJournal(f"file://{folder}/archive"),
        quarantine=FolderQuarantine(folder / "quarantine"),
        clock=clock,
        admission=AdmissionRules(Limits(file_bytes=100)),
        source_defaults=SourceDefaults(folder / "inbox", METADATA_READER),
        metadata_reader=METADATA_READER,
    )


def take_in(intake: Intake, claims: RenameClaims, first_id: int) -> None:
    """Take a group of files in, as a watcher does."""
    paths = [f"wire/story{number}.txt" for number in range(FILES)]
    claimed = [claims.take(path, delivery_id(number)) for number, path in enumerate(paths, first_id)]
    group = [Candidate(each) for each in claimed if each]
    assert all(intake.take_many(group, by="watcher@test:1"))
    for each in group:
        claims.release(each.claim)


def test_a_small_file_costs_three_renames_and_two_syncs_and_no_folder(
    tmp_path: Path, clock: ManualClock, counts: Counter[str]
) -> None:
    inbox = tmp_path / "inbox"
    released = ReleasedFiles(inbox, [tmp_path / "staging" / ".released"], clock, keep=timedelta(minutes=1))
    claims, intake = RenameClaims(inbox, "one", released=released), intake_into(tmp_path, clock)
    for first_id in (0, FILES):  # the first group creates the folders of the archive
        (inbox / "wire").mkdir(exist_ok=True)
        for number in range(FILES):
            (inbox / "wire" / f"story{number}.txt").write_text(f"story {number}")
        counts.clear()
        take_in(intake, claims, first_id)

    assert counts == COSTS
    assert list((inbox / "wire").iterdir()) == []
    claims.close()


def test_a_released_file_is_removed_with_one_call(tmp_path: Path, clock: ManualClock, counts: Counter[str]) -> None:
    inbox, staging = tmp_path / "inbox", tmp_path / "staging" / ".released"
    released = ReleasedFiles(inbox, [staging], clock, keep=timedelta(minutes=1))
    claims = RenameClaims(inbox, "one", released=released)
    (inbox / "wire").mkdir()
    for number in range(FILES):
        (inbox / "wire" / f"story{number}.txt").write_text("story")
        claim = claims.take(f"wire/story{number}.txt", delivery_id(number))
        assert claim
        claims.release(claim)
    clock.advance(seconds=60)
    counts.clear()

    claims.claim_changed()

    assert (counts["unlink"], counts["rmdir"], counts["scandir"]) == (FILES, 0, 0)
    assert list(staging.iterdir()) == []
    claims.close()
