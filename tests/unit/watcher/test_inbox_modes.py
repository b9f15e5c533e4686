from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ConfigurationError
from copytaster.intake.rename_claims import RenameClaims
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import state_of
from copytaster.settings import InboxMode, Settings
from copytaster_watcher import inbox_access as inbox_module
from copytaster_watcher.discovery.scan import FolderScan
from copytaster_watcher.inbox_access import Inbox, open_inbox

if TYPE_CHECKING:
    from collections.abc import Iterator

D1 = DeliveryId("d1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def opened() -> Iterator[list[Inbox]]:
    """Yield a list; the inboxes that a test adds are closed at its end."""
    inboxes = list[Inbox]()
    yield inboxes
    for each in inboxes:
        each.claims.close()


def an_inbox(settings: Settings, clock: ManualClock, mode: InboxMode) -> Inbox:
    store = memory_store(clock)
    store.files.open(store.epoch.read().run)
    return open_inbox(settings.model_copy(update={"inbox_mode": mode}), store.files, clock, owner="one")


class ReadOnlyClaims(RenameClaims):
    """Claims on a filesystem where only the inbox is read-only."""

    def __init__(self, inbox: Path, owner: str, **given: object) -> None:
        if inbox.name == "inbox":
            raise OSError(errno.EROFS, "Read-only file system")
        super().__init__(inbox, owner, **given)  # type: ignore[arg-type]  # handed through


@pytest.fixture
def read_only(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a read-only inbox; a real read-only mount needs privileges and has a separate test."""
    settings.inbox.mkdir(parents=True)
    monkeypatch.setattr(inbox_module, "RenameClaims", ReadOnlyClaims)


def dropped(settings: Settings, opened: Inbox) -> Path:
    file = settings.inbox / "story.txt"
    file.write_text("story.")
    assert opened.claims.untaken(FolderScan(settings.inbox)()) == {"story.txt"}
    return file


def test_a_writable_inbox_has_its_files_moved(settings: Settings, clock: ManualClock, opened: list[Inbox]) -> None:
    opened.append(inbox := an_inbox(settings, clock, InboxMode.AUTO))
    file = dropped(settings, inbox)

    claim = inbox.claims.take("story.txt", D1)

    assert claim
    assert (inbox.stays, claim.is_left_in_place, file.exists()) == (None, False, False)


def test_files_that_were_taken_while_they_stayed_are_not_taken_again_when_they_are_moved(
    settings: Settings, clock: ManualClock, opened: list[Inbox]
) -> None:
    store = memory_store(clock)
    settings.inbox.mkdir(parents=True)
    file = settings.inbox / "kept.txt"
    file.write_text("kept.")
    store.files.mark_taken([(state_of(file.lstat()), D1)])

    moving = settings.model_copy(update={"inbox_mode": InboxMode.MOVE})
    opened.append(inbox := open_inbox(moving, store.files, clock, owner="one"))

    dropped(settings, inbox)


@pytest.mark.usefixtures("read_only")
def test_the_files_of_a_read_only_inbox_are_left_in_place(
    settings: Settings, clock: ManualClock, opened: list[Inbox]
) -> None:
    opened.append(inbox := an_inbox(settings, clock, InboxMode.AUTO))
    file = dropped(settings, inbox)

    claim = inbox.claims.take("story.txt", D1)

    assert claim
    assert (inbox.stays, claim.file) == ("the inbox is read-only (Read-only file system)", file)
    assert claim.state == state_of(file.lstat())


@pytest.mark.usefixtures("read_only")
def test_an_inbox_whose_files_must_be_moved_stops_the_start_when_it_is_read_only(
    settings: Settings, clock: ManualClock
) -> None:
    with pytest.raises(ConfigurationError, match="Read-only"):
        an_inbox(settings, clock, InboxMode.MOVE)


def test_files_stay_in_place_if_the_settings_say_so(
    settings: Settings, clock: ManualClock, opened: list[Inbox]
) -> None:
    opened.append(inbox := an_inbox(settings, clock, InboxMode.KEEP))
    file = dropped(settings, inbox)

    assert inbox.claims.take("story.txt", D1)
    assert inbox.stays == "COPYTASTER_INBOX_MODE is keep"
    assert [each.name for each in settings.inbox.iterdir()] == [file.name]


@pytest.mark.parametrize("place", ["inbox", "staging"])
def test_claims_that_a_dead_watcher_left_are_taken_over_when_files_are_kept(
    settings: Settings, clock: ManualClock, opened: list[Inbox], place: str
) -> None:
    file = settings.data / "outside.txt"
    settings.data.mkdir()
    file.write_text("story.")
    dead = RenameClaims(settings.data / place, "dead")
    dead.copy_in(file, "story.txt", D1)
    dead.close()
    opened.append(inbox := an_inbox(settings, clock, InboxMode.KEEP))

    taken_over = inbox.claims.take_over()

    assert (taken_over, [each.delivery_id for each in inbox.claims.pending()]) == (1, [D1])


def test_without_a_time_for_late_writers_a_file_that_changed_before_its_claim_returns_to_the_inbox(
    settings: Settings, clock: ManualClock, opened: list[Inbox]
) -> None:
    inbox = an_inbox(settings.model_copy(update={"late_seconds": 0}), clock, InboxMode.MOVE)
    opened.append(inbox)
    file = settings.inbox / "story.txt"
    file.write_text("The fer")
    claim = inbox.claims.take("story.txt", D1)
    assert claim

    inbox.claims.put_back(claim)

    assert file.read_text() == "The fer"
    assert list(inbox.claims.pending()) == []
