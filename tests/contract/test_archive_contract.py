from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from copytaster.archive.originals import Archive, FilesystemArchive, MemoryArchive
from copytaster.errors import PermanentError, TransientError
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource
from copytaster.settings import Settings

CONTENT = b"\x00\xffstory\n" * 300_000


@pytest.fixture(params=["memory", "folder", "fsspec"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    if request.param == "memory":
        return MemoryArchive()
    if request.param == "folder":
        return FilesystemArchive(f"file://{tmp_path}/with space/archive")
    return FilesystemArchive(f"memory://{tmp_path.name}")


def test_an_original_is_read_back_by_its_sha256(archive: Archive) -> None:
    sha256 = archive.put(io.BytesIO(CONTENT))

    assert sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert archive.get(sha256) == CONTENT


def test_only_the_bytes_after_the_files_position_are_stored(archive: Archive) -> None:
    file = io.BytesIO(b"header body")
    file.seek(7)

    assert archive.get(archive.put(file)) == b"body"


def test_the_same_bytes_are_stored_once(archive: Archive) -> None:
    first = archive.put(io.BytesIO(CONTENT))
    other = archive.put(io.BytesIO(b"other"))

    assert archive.put(io.BytesIO(CONTENT)) == first != other
    assert archive.get(first) == CONTENT


def test_an_original_can_be_read_as_a_stream_from_anywhere(archive: Archive) -> None:
    sha256 = archive.put(io.BytesIO(b"one two three"))

    with archive.open(sha256) as file:
        file.seek(4)
        part = file.read(3)
        file.seek(0)
        whole = file.read()

    assert (part, whole) == (b"two", b"one two three")


def test_a_stream_of_a_missing_original_is_a_permanent_error(archive: Archive) -> None:
    with pytest.raises(PermanentError) as caught, archive.open("0" * 64):
        pass

    assert caught.value.reason is Reason.ORIGINAL_MISSING


def test_a_missing_original_is_a_permanent_error(archive: Archive) -> None:
    with pytest.raises(PermanentError) as caught:
        archive.get("0" * 64)

    assert caught.value.reason is Reason.ORIGINAL_MISSING
    assert "0" * 64 in caught.value.message


class Interrupted(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1) -> bytes:
        """Return the beginning, then fail as a broken disk does."""
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("address", ["file://{}/archive", "memory://{}/archive"])
def test_an_interrupted_put_leaves_nothing_behind(tmp_path: Path, address: str) -> None:
    archive = FilesystemArchive(address.format(tmp_path))

    with pytest.raises(TransientError, match="archive"):
        archive.put(Interrupted(CONTENT))

    filesystem, root = fsspec.core.url_to_fs(address.format(tmp_path))
    assert filesystem.find(root) == []


def test_the_folders_layout_is_by_hash_without_incomplete_files(tmp_path: Path) -> None:
    archive = FilesystemArchive(f"file://{tmp_path}")

    sha256 = archive.put(io.BytesIO(CONTENT))
    archive.put(io.BytesIO(CONTENT))

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / sha256[:2] / sha256[2:4] / f"{sha256}.bin"]


def test_an_archive_that_cannot_be_written_or_read_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    archive = FilesystemArchive(f"file://{tmp_path}/archive")

    attempts: list[Callable[[], object]] = [lambda: archive.put(io.BytesIO(b"x")), lambda: archive.get("0" * 64)]

    for attempt in attempts:
        with pytest.raises(TransientError, match="archive"):
            attempt()


@pytest.mark.parametrize("name", ["plain", "with space", "Zürich #1", "50%"])
def test_the_default_archive_is_in_the_data_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    settings = Settings(data=tmp_path / name)

    sha256 = FilesystemArchive(settings.archive_address).put(io.BytesIO(b"x"))

    assert (tmp_path / name / "archive" / sha256[:2] / sha256[2:4] / f"{sha256}.bin").read_bytes() == b"x"


def unmount(folder: Path) -> Path:
    """Leave an empty folder in place of the archive, as under the mount point of a disk that is away."""
    away = folder.with_name("away")
    folder.rename(away)
    folder.mkdir()
    return away


def test_an_archive_whose_disk_is_not_mounted_is_an_outage_and_nothing_is_written_in_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    archive = FilesystemArchive(f"file://{folder}")
    sha256 = archive.put(io.BytesIO(CONTENT))
    away = unmount(folder)

    for each in (archive, FilesystemArchive(f"file://{folder}")):
        with pytest.raises(TransientError, match="is not mounted") as raised:
            each.get(sha256)
        assert raised.value.resource is Resource.ARCHIVE
    with pytest.raises(TransientError, match=r"folder \.incoming is missing"):
        archive.put(io.BytesIO(b"other"))
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)

    assert archive.get(sha256) == CONTENT
    assert archive.put(io.BytesIO(b"other"))


def test_an_original_that_is_missing_in_a_mounted_archive_is_no_outage(tmp_path: Path) -> None:
    archive = FilesystemArchive(f"file://{tmp_path}/archive")
    archive.put(io.BytesIO(CONTENT))

    with pytest.raises(PermanentError):
        archive.get("0" * 64)
