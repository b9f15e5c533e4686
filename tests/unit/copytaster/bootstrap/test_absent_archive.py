from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.archive_mark import INCOMING
from copytaster.bootstrap.archive import require_archive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError, TransientError
from copytaster.settings import Settings
from copytaster.store.store import Store
from tests.factories import a_delivery


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def store(clock: ManualClock) -> Store:
    """Return a store that has received a file."""
    store = memory_store(clock)
    store.ledger.register(a_delivery(), due_in=timedelta(0), by="watcher@test:1")
    return store


def unreachable() -> Store:
    raise ServerUnavailableError("the server does not answer")


@pytest.mark.parametrize("is_there", [True, False])
def test_without_its_archive_nothing_starts_once_files_were_received(
    settings: Settings, store: Store, tmp_path: Path, *, is_there: bool
) -> None:
    if is_there:
        (tmp_path / "archive").mkdir()

    with pytest.raises(TransientError, match="its disk is not mounted") as caught:
        require_archive(settings, lambda: store)

    (tmp_path / "archive" / INCOMING).mkdir(parents=True)
    require_archive(settings, lambda: store)
    assert str(tmp_path / "archive" / INCOMING) in str(caught.value)


def test_an_empty_archive_is_a_new_one_until_a_file_was_received(settings: Settings, clock: ManualClock) -> None:
    require_archive(settings, lambda: memory_store(clock))


def test_whether_an_empty_archive_is_new_is_not_known_without_the_server(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ServerUnavailableError):
        require_archive(settings, unreachable)

    (tmp_path / "archive" / "journal").mkdir(parents=True)
    require_archive(settings, unreachable)


def test_a_bucket_needs_no_mount(store: Store) -> None:
    require_archive(Settings(archive_url="s3://news"), lambda: store)
