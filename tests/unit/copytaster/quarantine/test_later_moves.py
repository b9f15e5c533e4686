from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copytaster.errors import TransientError
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.quarantine.later_moves import LaterMoves
from copytaster.quarantine.port import Report

ID, PATH = DeliveryId("d1"), "wire/day.bin"
LARGE = b"news" * 1_000

REPORT = Report(
    delivery_id=ID,
    path=PATH,
    sha256=None,
    size=len(LARGE),
    disposition=Disposition.REJECTED,
    reason=Reason.TOO_LARGE,
    stage="watcher",
    message="wire/day.bin has too many bytes",
    attempts=0,
    at=datetime(2026, 3, 2, tzinfo=UTC),
    advice=ADVICE[Reason.TOO_LARGE],
)


@dataclass(frozen=True, slots=True)
class Places:
    """A quarantine, and claims on another filesystem."""

    quarantine: Path
    claims: Path

    @property
    def later(self) -> LaterMoves:
        return LaterMoves(self.quarantine, [self.quarantine / "leaving", self.leaving], large_bytes=1_000)

    @property
    def leaving(self) -> Path:
        return self.claims / ".leaving"

    @property
    def folder(self) -> FolderQuarantine:
        return FolderQuarantine(self.quarantine, self.later)

    def add(self, content: bytes = LARGE) -> Path:
        file = self.claims / "claimed"
        file.write_bytes(content)
        self.folder.add_file(file, path=PATH, report=REPORT)
        assert not file.exists()
        return self.quarantine / PATH


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    other = Path("/dev/shm")  # noqa: S108  # another filesystem than that of temporary files
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has no second filesystem for files")
    with tempfile.TemporaryDirectory(dir=other) as claims:
        yield Places(tmp_path / "quarantine", Path(claims))


def test_a_large_file_of_another_filesystem_waits_beside_its_claim_and_is_copied_later(places: Places) -> None:
    target = places.add()
    found, is_copied = places.folder.find(ID, path=PATH), target.exists()
    places.folder.add_file(places.claims / "claimed", path=PATH, report=REPORT)
    places.later.step(lambda: False)

    assert (found, is_copied) == (places.leaving / ID / PATH, False)
    assert found
    assert target.read_bytes() == LARGE
    assert places.folder.find(ID, path=PATH) == target
    assert list(places.leaving.iterdir()) == []


def test_a_small_file_of_another_filesystem_is_copied_at_once(places: Places) -> None:
    assert places.add(b"news").read_bytes() == b"news"


def test_a_copy_that_the_end_of_the_process_interrupts_is_made_by_the_next_one(places: Places) -> None:
    target = places.add()

    places.later.step(lambda: True)
    interrupted = [each.name for each in target.parent.iterdir()]
    places.later.step(lambda: False)

    assert interrupted == ["day.bin.error.json"]
    assert target.read_bytes() == LARGE


def test_a_file_that_another_watcher_copies_is_left_to_it(places: Places) -> None:
    target = places.add()

    with (places.leaving / ID / PATH).open("rb") as copied:
        fcntl.flock(copied, fcntl.LOCK_EX)
        places.later.step(lambda: False)

    assert not target.exists()


def test_a_file_that_cannot_be_read_waits_with_a_message_about_it_and_keeps_no_other_file(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    places.add(b"news")
    waiting = places.leaving / ID / PATH
    waiting.unlink()
    waiting.symlink_to("elsewhere")  # a link is not followed: for root, no file is unreadable
    other = places.leaving / "d2" / "wire/z.bin"
    other.parent.mkdir(parents=True)
    other.write_bytes(LARGE)

    with pytest.raises(TransientError, match=f"cannot move {waiting} to .*, which is on another filesystem: "):
        places.later.step(lambda: False)
    assert (places.quarantine / "wire/z.bin").read_bytes() == LARGE
    assert waiting.is_symlink()


def test_a_file_that_a_retry_has_taken_is_not_copied(places: Places) -> None:
    target = places.add()
    found = places.folder.find(ID, path=PATH)
    assert found

    def take() -> bool:
        found.rename(places.claims / "retried")
        return False

    places.later.step(take)

    assert not target.exists()
    assert (places.claims / "retried").read_bytes() == LARGE
