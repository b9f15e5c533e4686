"""Only the user that runs Copytaster, and its group if so configured, can read what is stored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from copytaster.bootstrap.private_files import protect_data
from copytaster.settings import Settings


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def made(folder: Path, permissions: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(permissions)
    return folder


@pytest.mark.parametrize(("group_readable", "folder", "file"), [(False, 0o700, 0o600), (True, 0o750, 0o640)])
def test_new_folders_and_files_are_private(data: Path, *, group_readable: bool, folder: int, file: int) -> None:
    protect_data(settings := Settings(data=data, group_readable=group_readable))
    settings.quarantine.mkdir()
    (settings.quarantine / "report.json").write_text("{}")

    assert (mode(data), mode(settings.quarantine)) == (folder, folder)
    assert mode(settings.quarantine / "report.json") == file


@pytest.mark.parametrize(("group_readable", "expected"), [(False, 0o700), (True, 0o750)])
def test_folders_of_an_earlier_release_are_closed_and_the_inbox_is_not_changed(
    data: Path, *, group_readable: bool, expected: int
) -> None:
    settings = Settings(data=made(data, 0o755), group_readable=group_readable)
    for name in ("archive", "quarantine", "staging", "redis", "logs", "inbox"):
        made(data / name, 0o755)

    protect_data(settings)

    closed = [mode(data / name) for name in ("archive", "quarantine", "staging", "redis", "logs", ".")]
    assert (set(closed), mode(settings.inbox)) == ({expected}, 0o755)


@pytest.mark.parametrize(
    ("folder", "permissions", "expected"),
    [("inbox", 0o777, 0o711), ("inbox", 0o770, 0o710), ("inbox/wire", 0o1777, 0o711), ("inbox", 0o755, 0o700)],
)
def test_users_who_may_put_files_into_the_inbox_can_still_reach_it(
    data: Path, folder: str, permissions: int, expected: int
) -> None:
    made(data / folder, permissions)

    protect_data(Settings(data=data))

    assert (mode(data), mode(data / folder)) == (expected, permissions)


def test_a_folder_that_all_users_share_is_not_closed(data: Path) -> None:
    made(data, 0o1777)

    protect_data(Settings(data=data))

    assert mode(data) == 0o1777


def test_an_archive_in_another_place_is_closed_as_well(data: Path, tmp_path: Path) -> None:
    archive = made(tmp_path / "elsewhere", 0o755)

    protect_data(Settings(data=data, archive_url=f"file://{archive}"))

    assert mode(archive) == 0o700


def test_a_data_folder_that_cannot_be_made_is_reported_by_whoever_needs_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    protect_data(Settings(data=tmp_path / "file" / "data"))

    assert mode(tmp_path / "file") == 0o644
