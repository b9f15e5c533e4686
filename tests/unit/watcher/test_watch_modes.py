"""Events or polling, decided for each mount under the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.clock import MonotonicClock
from copytaster_watcher.discovery import notifications
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.inotify_changes import InotifyChanges
from copytaster_watcher.discovery.mounts import Mode, Mount, choose_modes, mounts_under, summary
from copytaster_watcher.discovery.notifications import NotificationListener

if TYPE_CHECKING:
    from tests.conftest import Waiter

MOUNTINFO = r"""
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
41 27 0:35 / /srv/news rw,relatime shared:2 - xfs /dev/vdb rw
42 41 0:36 / /srv/news/inbox/agency\040north rw,relatime - nfs4 filer:/wire rw
43 41 0:37 / /srv/news/inbox/scans rw,relatime - ext4 /dev/vdc rw
44 27 0:38 / /srv/newsroom rw,relatime - cifs //filer/other rw
"""

INBOX = Path("/srv/news/inbox")


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[NotificationListener]:
    (tmp_path / "inbox").mkdir()
    listener = NotificationListener(tmp_path / "inbox", InotifyChanges, Arrivals(MonotonicClock()))
    listener.start()
    yield listener
    listener.stop()


def test_the_inbox_has_the_filesystem_that_contains_it_and_mounts_below_are_separate() -> None:
    assert mounts_under(INBOX, MOUNTINFO) == [
        Mount(INBOX, "xfs"),
        Mount(INBOX / "agency north", "nfs4"),
        Mount(INBOX / "scans", "ext4"),
    ]


def test_a_name_of_a_mount_may_have_any_character() -> None:
    line = "42 41 0:36 / /srv/news/inbox/a\x85b rw,relatime - nfs4 filer:/wire rw"

    assert Mount(INBOX / "a\x85b", "nfs4") in mounts_under(INBOX, MOUNTINFO + line)


def test_a_mount_elsewhere_whose_name_is_not_utf_8_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait: Waiter
) -> None:
    mountinfo, inbox = tmp_path / "mountinfo", tmp_path / "inbox"
    mountinfo.write_bytes(b"27 1 254:0 / / rw - ext4 /dev/vda rw\n28 27 0:9 / /mnt/Z\xfcrich rw - nfs4 host:/x rw\n")
    inbox.mkdir()
    monkeypatch.setattr(notifications, "MOUNTINFO", mountinfo)
    listener = NotificationListener(inbox, InotifyChanges, Arrivals(MonotonicClock()))
    listener.start()

    wait(lambda: listener.watch == "events", seconds=20)
    listener.stop()


def test_a_system_that_does_not_list_its_mounts_gives_none() -> None:
    assert mounts_under(INBOX, "") == []


def test_a_network_filesystem_is_polled_without_a_probe() -> None:
    (watched,) = choose_modes([Mount(INBOX, "nfs4")], lambda _: True)

    assert watched.mode is Mode.POLLING
    assert "nfs4" in watched.why


@pytest.mark.parametrize(("has_event", "mode"), [(True, Mode.EVENTS), (False, Mode.POLLING)])
def test_on_other_filesystems_a_probe_decides(has_event: bool, mode: Mode) -> None:
    (watched,) = choose_modes([Mount(INBOX, "ext4")], lambda _: has_event)

    assert watched.mode is mode


def test_the_status_names_what_is_polled_and_why() -> None:
    mounts = [Mount(INBOX, "xfs"), Mount(INBOX / "wire", "nfs4")]

    assert summary(choose_modes(mounts, lambda _: True)) == (
        "polling: /srv/news/inbox/wire (nfs4 reports no changes by other machines)"
    )
    assert summary(choose_modes(mounts[:1], lambda _: True)) == "events"


def test_a_change_in_a_real_folder_is_noticed(listener: NotificationListener, wait: Waiter) -> None:
    wait(lambda: listener.watch != "not known yet", seconds=10)

    assert listener.watch == "events"


def test_a_folder_without_a_watch_raises_no_event(listener: NotificationListener, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()

    assert not listener.raises_events(tmp_path / "elsewhere")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_missing_folder_raises_no_event(listener: NotificationListener, tmp_path: Path) -> None:
    assert not listener.raises_events(tmp_path / "missing")
