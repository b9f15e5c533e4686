from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import fsspec
import pytest

from copytaster.archive.damage import DamageKind, FilesystemDamages
from copytaster.archive.filesystems import open_filesystem
from copytaster.archive.journal import FilesystemJournal, StoreMark
from copytaster.archive.originals import PREFIXES, Archive, FilesystemArchive, MemoryArchive
from copytaster.archive.stored_files import StoredFiles
from copytaster.errors import PermanentError, TransientError
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource
from copytaster.settings import Settings

CONTENT = b"\x00\xffstory\n" * 300_000


@pytest.fixture(params=["memory", "folder", "fsspec", "s3"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> FilesystemArchive | MemoryArchive:
    if request.param == "memory":
        return MemoryArchive()
    if request.param == "folder":
        return FilesystemArchive(f"file://{tmp_path}/with space/archive")
    if request.param == "s3":
        return FilesystemArchive(request.getfixturevalue("bucket"))
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


def prefixes_of(names: list[str]) -> list[str]:
    return sorted({each[:2] for each in names})


def test_files_stored_together_are_stored_as_if_each_were_alone(archive: FilesystemArchive | MemoryArchive) -> None:
    contents = [CONTENT, b"", b"one", b"two", b"one"]

    names = archive.put_many([io.BytesIO(each) for each in contents])

    assert names == [hashlib.sha256(each).hexdigest() for each in contents]
    assert [archive.get(each) for each in names] == contents
    assert sorted(each for prefix in prefixes_of(names) for each in archive.names(prefix)) == sorted(set(names))


def test_an_original_is_removed_once_unless_it_was_written_since(archive: FilesystemArchive | MemoryArchive) -> None:
    sha256, other = archive.put(io.BytesIO(CONTENT)), archive.put(io.BytesIO(b"other"))
    written = archive.stored_at(sha256)
    assert written

    removed = [archive.remove(sha256, before=written + timedelta(seconds=late)) for late in (0, 1, 1)]

    assert removed == [False, True, False]
    assert (archive.stored_at(sha256), archive.get(other)) == (None, b"other")
    assert archive.names(sha256[:2]) == []


def test_an_original_that_is_written_while_it_is_removed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = FilesystemArchive(f"file://{tmp_path}")
    sha256 = archive.put(io.BytesIO(CONTENT))
    written = archive.stored_at(sha256)
    assert written
    monkeypatch.setattr(archive, "stored_at", lambda _: written - timedelta(days=90))

    assert not archive.remove(sha256, before=written)
    assert archive.get(sha256) == CONTENT


@pytest.mark.parametrize(("ahead", "is_removed"), [(timedelta(minutes=5), False), (timedelta(days=200), True)])
def test_an_original_that_a_clock_of_the_future_has_dated_is_removed(
    tmp_path: Path, ahead: timedelta, *, is_removed: bool
) -> None:
    archive = FilesystemArchive(f"file://{tmp_path}")
    sha256, now = archive.put(io.BytesIO(CONTENT)), datetime.now(UTC)
    (file,) = tmp_path.rglob("*.bin")
    os.utime(file, ((now + ahead).timestamp(),) * 2)

    assert archive.remove(sha256, before=now) is is_removed
    assert file.exists() is not is_removed


def test_what_killed_processes_have_left_is_removed_and_what_is_being_written_stays(tmp_path: Path) -> None:
    archive, now = FilesystemArchive(f"file://{tmp_path}"), datetime.now(UTC)
    archive.remove_remains(before=now)
    sha256 = archive.put(io.BytesIO(CONTENT))
    incoming = tmp_path / ".incoming"
    for name, age in (("killed.0", timedelta(days=2)), ("writing.0", timedelta(hours=1))):
        (incoming / name).write_bytes(b"x")
        os.utime(incoming / name, ((now - age).timestamp(),) * 2)
    (incoming / "restoring").mkdir()
    os.utime(incoming / "restoring", (0, 0))

    archive.remove_remains(before=now - timedelta(days=1))

    assert sorted(each.name for each in incoming.iterdir()) == ["restoring", "writing.0"]
    assert archive.get(sha256) == CONTENT


def test_an_original_can_be_read_as_a_stream_from_anywhere(archive: Archive) -> None:
    sha256 = archive.put(io.BytesIO(b"one two three"))

    with archive.open(sha256) as file:
        file.seek(4)
        part = file.read(3)
        file.seek(0)
        whole = file.read()

    assert (part, whole) == (b"two", b"one two three")


def test_a_stream_of_a_missing_original_is_a_permanent_error(archive: Archive) -> None:
    archive.put(io.BytesIO(b"another"))

    with pytest.raises(PermanentError) as caught, archive.open("0" * 64):
        pass

    assert caught.value.reason is Reason.ORIGINAL_MISSING


def test_a_lack_of_the_folder_for_temporary_files_is_no_lack_of_an_original(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = FilesystemArchive(bucket)
    sha256 = archive.put(io.BytesIO(CONTENT))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "removed"))

    with pytest.raises(TransientError, match="temporary file") as reading, archive.open(sha256):
        pass
    with pytest.raises(TransientError, match="temporary file") as writing:
        archive.put(io.BytesIO(CONTENT))

    assert reading.value.resource is writing.value.resource is Resource.WORKER


def test_a_full_disk_on_the_way_from_a_bucket_is_no_outage_of_the_bucket(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = FilesystemArchive(bucket)
    sha256 = archive.put(io.BytesIO(CONTENT))

    def full() -> BinaryIO:
        return Path("/dev/full").open("wb", buffering=0)

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)

    with pytest.raises(TransientError, match="the disk is full") as reading, archive.open(sha256):
        pass
    with pytest.raises(TransientError, match="the disk is full") as writing:
        archive.put(io.BytesIO(CONTENT))

    assert reading.value.resource is writing.value.resource is Resource.WORKER


def test_a_missing_original_is_a_permanent_error(archive: Archive) -> None:
    archive.put(io.BytesIO(b"another"))

    with pytest.raises(PermanentError) as caught:
        archive.get("0" * 64)

    assert caught.value.reason is Reason.ORIGINAL_MISSING
    assert "0" * 64 in caught.value.message


def damage_one_byte(archive: Archive, sha256: str, address: str | None) -> None:
    """Change one byte of an original as a failing disk does; ``address`` is None for the archive in memory."""
    if isinstance(archive, MemoryArchive):
        archive.originals[sha256] = archive.originals[sha256][:-1] + b"?"
        return
    assert address
    filesystem, root = open_filesystem(address)
    path = f"{root}/{sha256[:2]}/{sha256[2:4]}/{sha256}.bin"
    filesystem.pipe_file(path, filesystem.cat_file(path)[:-1] + b"?")


@pytest.fixture(params=[None, "file://{}/archive", "memory://{}/archive", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    if request.param == "s3":
        return str(request.getfixturevalue("bucket"))
    return request.param.format(tmp_path) if request.param else None


def opened(address: str | None) -> FilesystemArchive | MemoryArchive:
    return FilesystemArchive(address) if address else MemoryArchive()


def test_a_damaged_original_is_never_returned(address: str | None) -> None:
    archive = opened(address)
    sha256 = archive.put(io.BytesIO(CONTENT))
    damage_one_byte(archive, sha256, address)

    with pytest.raises(PermanentError) as got:
        archive.get(sha256)
    with pytest.raises(PermanentError) as streamed, archive.open(sha256):
        pass

    assert (got.value.reason, streamed.value.reason) == (Reason.ORIGINAL_DAMAGED, Reason.ORIGINAL_DAMAGED)
    assert sha256 in got.value.message
    assert "backup" in got.value.message


def test_a_damaged_original_that_is_read_is_recorded_once(address: str | None) -> None:
    archive = opened(address)
    sha256 = archive.put(io.BytesIO(CONTENT))
    damage_one_byte(archive, sha256, address)

    for _ in range(2):
        with pytest.raises(PermanentError):
            archive.get(sha256)

    damages = archive.damages if isinstance(archive, MemoryArchive) else FilesystemDamages(str(address))
    assert [(each.kind, each.place) for each in damages.open()] == [(DamageKind.ORIGINAL_DAMAGED, sha256)]


def test_the_same_content_replaces_a_damaged_copy(address: str | None) -> None:
    archive = opened(address)
    sha256 = archive.put(io.BytesIO(CONTENT))
    damage_one_byte(archive, sha256, address)

    assert archive.put(io.BytesIO(CONTENT)) == sha256
    assert archive.get(sha256) == CONTENT


def test_originals_are_listed_by_the_beginning_of_their_hash(archive: FilesystemArchive | MemoryArchive) -> None:
    names = sorted(archive.put(io.BytesIO(bytes([number]))) for number in range(40))

    assert [each for prefix in prefixes_of(names) for each in archive.names(prefix)] == names
    assert archive.names(next(each for each in PREFIXES if each not in prefixes_of(names))) == []


def test_the_hash_of_what_is_stored_is_computed_in_chunks(archive: FilesystemArchive | MemoryArchive) -> None:
    sha256, sizes = archive.put(io.BytesIO(CONTENT)), list[int]()

    assert archive.digest(sha256, report=sizes.append) == sha256
    assert (sum(sizes), len(sizes)) == (len(CONTENT), 3)
    assert archive.digest("0" * 64, report=sizes.append) is None


def test_the_time_of_an_original_is_when_it_was_written(archive: FilesystemArchive | MemoryArchive) -> None:
    before = datetime.now(UTC)
    stored_at = archive.stored_at(archive.put(io.BytesIO(CONTENT)))

    assert stored_at is not None
    assert abs(stored_at - before) < timedelta(minutes=1)
    assert archive.stored_at("0" * 64) is None


SYNCS = """
import io, sys
from copytaster.archive.originals import FilesystemArchive
opened = []
sys.addaudithook(lambda event, given: opened.append(given) if event == "open" else None)
archive = FilesystemArchive("file://" + sys.argv[1])
archive.put(io.BytesIO(b"x"))
print("\\n".join(str(path) for path, mode, _ in opened if mode is None))
"""


def test_each_new_level_of_folders_is_synced(tmp_path: Path) -> None:
    root = tmp_path / "data" / "archive"

    done = subprocess.run([sys.executable, "-c", SYNCS, str(root)], capture_output=True, text=True, check=True)

    sha256 = hashlib.sha256(b"x").hexdigest()
    levels = [tmp_path, tmp_path / "data", root, root / sha256[:2], root / sha256[:2] / sha256[2:4]]
    assert {str(each) for each in levels} <= set(done.stdout.splitlines())


class Interrupted(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1) -> bytes:
        """Return the beginning, then fail as a broken disk does."""
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_group_of_files_is_synced_file_by_file_and_folder_by_folder_before_it_is_archived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, synced = FilesystemArchive(f"file://{tmp_path}"), list[str]()
    contents = [f"story {number}".encode() for number in range(20)]
    archive.put_many([io.BytesIO(each) for each in contents])  # creates the folders
    fsync = os.fsync

    def recording(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", recording)
    names = archive.put_many([io.BytesIO(each) for each in [*contents, *contents]])

    files, folders = synced[:40], synced[40:]
    assert {str(Path(each).parent) for each in files} == {str(tmp_path / ".incoming")}
    assert sorted(folders) == sorted({str(tmp_path / each[:2] / each[2:4]) for each in names})


def test_a_group_in_which_one_file_cannot_be_read_leaves_nothing_incomplete(tmp_path: Path) -> None:
    archive = FilesystemArchive(f"file://{tmp_path}")

    with pytest.raises(TransientError, match="archive"):
        archive.put_many([io.BytesIO(b"one"), Interrupted(CONTENT), io.BytesIO(b"two")])

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


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
    journal, files = FilesystemJournal(f"file://{folder}"), StoredFiles(f"file://{folder}")
    away = unmount(folder)

    for each in (archive, FilesystemArchive(f"file://{folder}")):
        with pytest.raises(TransientError, match="is not mounted") as raised:
            each.get(sha256)
        assert raised.value.resource is Resource.ARCHIVE
    with pytest.raises(TransientError, match=r"folder \.incoming is missing"):
        archive.put(io.BytesIO(b"other"))
    with pytest.raises(TransientError, match=r"folder \.incoming is missing"):
        journal.set_mark(StoreMark(epoch="1", run="run"))
    with pytest.raises(TransientError, match=r"folder \.incoming is missing"):
        files.write("decisions/a1.json", b"{}")
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)

    assert archive.get(sha256) == CONTENT
    assert archive.put(io.BytesIO(b"other"))


def test_an_archive_in_a_folder_of_a_disk_that_is_not_mounted_is_an_outage_for_a_new_process_too(
    tmp_path: Path,
) -> None:
    mount_point = tmp_path / "disk"
    address = f"file://{mount_point}/copytaster/archive"
    mount_point.mkdir()
    sha256 = FilesystemArchive(address).put(io.BytesIO(CONTENT))
    unmount(mount_point)

    with pytest.raises(TransientError, match="is not mounted"):
        FilesystemArchive(address).get(sha256)

    assert list(mount_point.iterdir()) == []


def test_an_original_that_is_missing_in_a_mounted_archive_is_no_outage(tmp_path: Path) -> None:
    archive = FilesystemArchive(f"file://{tmp_path}/archive")
    archive.put(io.BytesIO(CONTENT))

    with pytest.raises(PermanentError):
        archive.get("0" * 64)
