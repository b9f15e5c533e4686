"""How changes are noticed, decided for each mount under the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster_watcher.discovery.mounts import Mode, Mount, decide, in_words, mounts_under
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
def wake(tmp_path: Path) -> Iterator[NotificationListener]:
    (tmp_path / "inbox").mkdir()
    wake = NotificationListener(tmp_path / "inbox")
    wake.start()
    yield wake
    wake.stop()


def test_the_inbox_takes_the_filesystem_that_holds_it_and_mounts_below_count_apart() -> None:
    assert mounts_under(INBOX, MOUNTINFO) == [
        Mount(INBOX, "xfs"),
        Mount(INBOX / "agency north", "nfs4"),
        Mount(INBOX / "scans", "ext4"),
    ]


def test_a_system_that_does_not_list_its_mounts_gives_none() -> None:
    assert mounts_under(INBOX, "") == []


def test_a_network_filesystem_is_polled_whatever_a_probe_would_show() -> None:
    (watched,) = decide([Mount(INBOX, "nfs4")], lambda _: True)

    assert watched.mode is Mode.POLLING
    assert "nfs4" in watched.why


@pytest.mark.parametrize(("heard", "mode"), [(True, Mode.EVENTS), (False, Mode.POLLING)])
def test_elsewhere_a_probe_decides(heard: bool, mode: Mode) -> None:
    (watched,) = decide([Mount(INBOX, "ext4")], lambda _: heard)

    assert watched.mode is mode


def test_the_status_names_what_is_polled_and_why() -> None:
    mounts = [Mount(INBOX, "xfs"), Mount(INBOX / "wire", "nfs4")]

    assert in_words(decide(mounts, lambda _: True)) == (
        "polling: /srv/news/inbox/wire (nfs4 tells nothing of other machines)"
    )
    assert in_words(decide(mounts[:1], lambda _: True)) == "events"


def test_a_change_in_a_real_folder_is_noticed(wake: NotificationListener, wait: Waiter) -> None:
    wait(lambda: wake.watch != "not known yet", seconds=10)

    assert wake.watch == "events"


def test_a_folder_that_nobody_listens_to_raises_no_event(wake: NotificationListener, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()

    assert not wake.raises_events(tmp_path / "elsewhere")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_is_not_there_is_not_relied_on(wake: NotificationListener, tmp_path: Path) -> None:
    assert not wake.raises_events(tmp_path / "missing")
