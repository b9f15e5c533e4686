"""Backups of folders, with the data of a server in memory."""

from __future__ import annotations

import errno
import hashlib
import os
import tarfile
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pyrage
import pytest

from copytaster.archive.file_tree import FileTree
from copytaster.archive.journal import FilesystemJournal, journal_entry
from copytaster.archive.originals import FilesystemArchive
from copytaster.backup.backup import Backup
from copytaster.backup.ciphers import read_key
from copytaster.backup.errors import BackupRefusedError, DamagedBackupError
from copytaster.backup.manifest import Manifest
from copytaster.backup.restore import Restore
from copytaster.backup.verification import Verification
from copytaster.clock import ManualClock
from copytaster.errors import ConfigurationError, CopytasterError, ServerUnavailableError
from copytaster.store.memory.layout import MemoryLayout
from copytaster.store.ports.snapshot import MemoryServerData, ServerKind
from tests.factories import a_delivery

SNAPSHOT = b"REDIS0011" + bytes(range(256))

MEBIBYTE = 1024 * 1024


class Place:
    """A server and folders that are backed up, or into which a backup is restored."""

    def __init__(self, folder: Path, *, archive: str | None = None, key_file: Path | None = None) -> None:
        self.folder = folder
        self.address = archive or f"file://{folder}/archive"
        self.server = MemoryServerData()
        self.key_file = key_file
        self.running: Sequence[str] = ()
        folder.mkdir(exist_ok=True)

    def backup(self) -> Backup:
        return Backup(
            server=self.server,
            layout=MemoryLayout(),
            archive=FileTree(self.address),
            quarantine=FileTree(f"file://{self.folder}/quarantine"),
            cipher=read_key(self.key_file),
            release="0.1.0",
            clock=ManualClock(),
            report=lambda _: None,
        )

    def restore(self) -> Restore:
        return Restore(
            server=self.server,
            archive=FileTree(self.address),
            quarantine=FileTree(f"file://{self.folder}/quarantine"),
            cipher=read_key(self.key_file),
            scratch=self.folder,
            running=lambda: self.running,
            report=lambda *_: None,
            pause=lambda _: None,
        )

    def verification(self) -> Verification:
        return Verification(cipher=read_key(self.key_file), report=lambda *_: None)

    def files(self) -> dict[str, tuple[bytes, int, int]]:
        """Return content, permissions and time of change of each file, without those with hidden names."""
        found = (each for each in self.folder.rglob("*") if each.is_file())
        kept = (each for each in found if not any(part.startswith(".") for part in each.relative_to(self.folder).parts))
        return {
            str(each.relative_to(self.folder)): (
                each.read_bytes(),
                each.stat().st_mode & 0o777,
                int(each.stat().st_mtime),
            )
            for each in kept
        }


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key.txt"
    file.write_text(f"# created for a test\n{pyrage.x25519.Identity.generate()}\n")
    return file


def fill(place: Place) -> None:
    """Store an original, its journal entry, a key, and a failed file with a name that is no UTF-8."""
    sha256 = FilesystemArchive(place.address).put(BytesIO(b"the story"))
    FilesystemJournal(place.address).append(journal_entry(a_delivery(sha256=sha256), None))
    if place.address.startswith("file:"):
        write(place.folder / "archive/access/k1.json", b"{}", mode=0o600)
        write(place.folder / "archive/.incoming/half-written", b"no")
    failed = place.folder / "quarantine/kestrel" / os.fsdecode(b"caf\xe9 " + b"x" * 150 + b".txt")
    write(failed, b"what failed", mode=0o640)
    os.utime(failed, (1_000_000_000, 1_000_000_000))
    place.server.content = SNAPSHOT


def write(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(mode)


@pytest.fixture
def source(tmp_path: Path) -> Place:
    place = Place(tmp_path / "source")
    fill(place)
    return place


@pytest.fixture
def target(tmp_path: Path) -> Place:
    return Place(tmp_path / "target")


@pytest.mark.parametrize("encrypted", [False, True])
def test_everything_comes_back_as_it_was(
    tmp_path: Path, key_file: Path, source: Place, target: Place, encrypted: bool
) -> None:
    if encrypted:
        source.key_file = target.key_file = key_file
    written = source.backup().write(tmp_path / "backup")
    verified = target.verification().verify(tmp_path / "backup")

    restored = target.restore().run(tmp_path / "backup", replace=False)

    assert target.files() == source.files()
    assert target.server.content == SNAPSHOT
    assert (restored.added, restored.kept, restored.originals) == (len(source.files()), 0, True)
    assert written == verified
    assert written.snapshot_format == 11
    stored = b"".join(each.read_bytes() for each in (tmp_path / "backup").iterdir())
    assert (b"the story" in stored) is not encrypted
    assert (b"REDIS0011" in stored) is not encrypted


def test_other_programs_unpack_a_backup(tmp_path: Path, source: Place) -> None:
    source.backup().write(tmp_path / "backup")

    with tarfile.open(tmp_path / "backup/files-00001.tar") as files:
        names = {f"source/{each}" for each in files.getnames()}

    assert names == {str(each.relative_to(tmp_path)) for each in (tmp_path / "source").rglob("*") if each.is_file()} - {
        "source/archive/.incoming/half-written"
    }


def test_what_names_originals_comes_before_them_and_what_removes_them_after(tmp_path: Path, source: Place) -> None:
    write(tmp_path / "source/archive/decisions/a1.json", b"{}")
    source.backup().write(tmp_path / "backup")

    with tarfile.open(tmp_path / "backup/files-00001.tar") as files:
        folders = [name.split("/")[1] for name in files.getnames() if name.startswith("archive/")]

    original = next(place for place, each in enumerate(folders) if len(each) == 2)
    assert folders.index("journal") < original < folders.index("decisions")


def test_the_first_decisions_of_their_kind_that_are_made_while_originals_are_copied_are_in_the_backup(
    tmp_path: Path, source: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = FileTree.open

    def open_and_decide(tree: FileTree, path: str) -> AbstractContextManager[tuple[BinaryIO, int] | None]:
        if path.endswith(".bin"):
            write(source.folder / "archive/decisions/a1.delete.json", b"{}")
            write(source.folder / "archive/expired/2026/11/01.json", b"{}")
        return read(tree, path)

    monkeypatch.setattr(FileTree, "open", open_and_decide)
    source.backup().write(tmp_path / "backup")

    with tarfile.open(tmp_path / "backup/files-00001.tar") as files:
        assert {"archive/decisions/a1.delete.json", "archive/expired/2026/11/01.json"} <= set(files.getnames())


def test_a_file_that_is_removed_before_its_turn_is_not_counted(
    tmp_path: Path, source: Place, target: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = FileTree.open

    def remove_and_open(tree: FileTree, path: str) -> AbstractContextManager[tuple[BinaryIO, int] | None]:
        if path.endswith(".bin"):
            (source.folder / "archive" / path).unlink()
        return read(tree, path)

    monkeypatch.setattr(FileTree, "open", remove_and_open)
    written = source.backup().write(tmp_path / "backup")

    assert written.files == len(source.files())
    assert target.restore().run(tmp_path / "backup", replace=False).added == written.files


def test_originals_in_a_bucket_stay_there(tmp_path: Path, target: Place) -> None:
    source = Place(tmp_path / "source", archive=f"memory://{tmp_path.name}/archive")
    fill(source)
    manifest = source.backup().write(tmp_path / "backup")

    restored = target.restore().run(tmp_path / "backup", replace=False)

    assert not manifest.originals
    assert not restored.originals
    names = [each.split("/")[0:2] for each in target.files()]
    assert ["archive", "journal"] in names
    assert not [each for each in names if len(each[1]) == 2]


def test_a_backup_is_restored_into_a_bucket(tmp_path: Path, source: Place) -> None:
    source.backup().write(tmp_path / "backup")
    target = Place(tmp_path / "target", archive=f"memory://{tmp_path.name}/new")

    target.restore().run(tmp_path / "backup", replace=False)

    (entry,) = FilesystemJournal(target.address).entries(since=None)
    assert FilesystemArchive(target.address).get(entry.sha256 or "") == b"the story"


def test_a_line_of_the_journal_that_is_being_written_is_left_out(tmp_path: Path, source: Place, target: Place) -> None:
    (file,) = (tmp_path / "source/archive/journal").rglob("*.jsonl")
    whole = file.read_bytes()
    with file.open("ab") as journal:
        journal.write(b'\n{"id":"d00')
    source.backup().write(tmp_path / "backup")

    target.restore().run(tmp_path / "backup", replace=False)

    (copy,) = (tmp_path / "target/archive/journal").rglob("*.jsonl")
    assert copy.read_bytes() == whole


def test_a_damaged_line_of_former_days_is_copied_as_it_is(tmp_path: Path, source: Place, target: Place) -> None:
    (file,) = (tmp_path / "source/archive/journal").rglob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-3])
    os.utime(file, (1_000_000_000, 1_000_000_000))
    source.backup().write(tmp_path / "backup")

    target.restore().run(tmp_path / "backup", replace=False)

    assert target.files() == source.files()


class FailingServer(MemoryServerData):
    """A server that is lost while it sends its data."""

    def read(self) -> Iterator[bytes]:
        yield SNAPSHOT
        raise ServerUnavailableError("the server closed the connection")


@pytest.mark.parametrize("encrypted", [False, True])
def test_nothing_is_left_of_a_backup_that_fails(tmp_path: Path, key_file: Path, source: Place, encrypted: bool) -> None:
    source.server = FailingServer()
    source.key_file = key_file if encrypted else None

    with pytest.raises(ServerUnavailableError, match="closed the connection"):
        source.backup().write(tmp_path / "backups/today")

    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_is_never_written_over_another(tmp_path: Path, source: Place) -> None:
    source.backup().write(tmp_path / "backup")
    (tmp_path / "interrupted.partial").mkdir()

    with pytest.raises(BackupRefusedError, match="new folder"):
        source.backup().write(tmp_path / "backup")
    with pytest.raises(BackupRefusedError, match="interrupted"):
        source.backup().write(tmp_path / "interrupted")


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("name", ["manifest.json", "manifest.json.age", "server.rdb.age", "files-00001.tar"])
def test_a_backup_that_has_changed_is_refused_before_anything_is_touched(
    tmp_path: Path, key_file: Path, source: Place, target: Place, name: str
) -> None:
    source.key_file = target.key_file = key_file if name.endswith(".age") else None
    source.backup().write(tmp_path / "backup")
    damage(tmp_path / "backup" / name)

    with pytest.raises(DamagedBackupError):
        target.restore().run(tmp_path / "backup", replace=False)

    assert target.files() == {}
    assert target.server.content == b""


class FullDisk(BytesIO):
    """A file on a disk without space."""

    def write(self, *_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class BadDisk(BytesIO):
    """A file on a disk that cannot be read any more."""

    def read(self, *_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_full_or_bad_disk_does_not_make_the_backup_a_damaged_one(key_file: Path) -> None:
    cipher, encrypted = read_key(key_file), BytesIO()
    cipher.encrypt(BytesIO(SNAPSHOT), encrypted)
    stored = encrypted.getvalue()

    for work, source, out, number in (
        (cipher.decrypt, BytesIO(stored), FullDisk(), errno.ENOSPC),
        (cipher.decrypt, BadDisk(), BytesIO(), errno.EIO),
        (cipher.encrypt, BytesIO(SNAPSHOT), FullDisk(), errno.ENOSPC),
        (cipher.encrypt, BadDisk(), BytesIO(), errno.EIO),
    ):
        with pytest.raises(OSError, match=os.strerror(number)) as caught:
            work(source, out)
        assert caught.value.errno == number
    with pytest.raises(DamagedBackupError):
        cipher.decrypt(BytesIO(stored[:-20]), BytesIO())


def test_an_incomplete_backup_is_refused(tmp_path: Path, source: Place, target: Place) -> None:
    source.backup().write(tmp_path / "backup")
    (tmp_path / "backup/server.rdb").unlink()

    with pytest.raises(DamagedBackupError, match="lacks"):
        target.verification().verify(tmp_path / "backup")
    with pytest.raises(BackupRefusedError, match="no backup"):
        target.verification().verify(tmp_path / "target")


def test_a_public_key_writes_backups_and_reads_none(tmp_path: Path, source: Place, target: Place) -> None:
    secret = pyrage.x25519.Identity.generate()
    (tmp_path / "public.txt").write_text(f"{secret.to_public()}\n")
    (tmp_path / "secret.txt").write_text(f"{secret}\n")
    (tmp_path / "other.txt").write_text(f"{pyrage.x25519.Identity.generate()}\n")
    source.key_file = tmp_path / "public.txt"
    source.backup().write(tmp_path / "backup")

    for key, message in (("public.txt", "needs the secret one"), ("other.txt", "another key"), (None, "--key-file")):
        target.key_file = tmp_path / key if key else None
        with pytest.raises(CopytasterError, match=message):
            target.restore().run(tmp_path / "backup", replace=False)
    target.key_file = tmp_path / "secret.txt"

    assert target.restore().run(tmp_path / "backup", replace=False).added == len(source.files())


@pytest.mark.parametrize("content", ["", "a password", "age1nothing", "AGE-SECRET-KEY-1NOTHING"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "key.txt").write_text(content)

    with pytest.raises(ConfigurationError, match="key file"):
        read_key(tmp_path / "key.txt")
    with pytest.raises(ConfigurationError, match="key file"):
        read_key(tmp_path / "missing.txt")


@pytest.mark.parametrize("filled", ["server", "archive", "quarantine"])
def test_data_is_replaced_only_on_request_and_files_that_exist_stay(
    tmp_path: Path, source: Place, target: Place, filled: str
) -> None:
    source.backup().write(tmp_path / "backup")
    if filled == "server":
        target.server.content = b"newer data"
    elif filled == "archive":
        write(tmp_path / "target/archive/access/k1.json", b'{"revoked": true}')
    else:
        write(tmp_path / "target/quarantine/later.txt", b"later")
    before = target.files()

    with pytest.raises(BackupRefusedError, match=f"the {filled}"):
        target.restore().run(tmp_path / "backup", replace=False)
    assert target.files() == before
    restored = target.restore().run(tmp_path / "backup", replace=True)

    assert target.server.content == SNAPSHOT
    assert target.files() == source.files() | before
    assert restored.kept == (filled == "archive")


def test_what_a_killed_restoration_has_left_is_removed_by_the_next_one(
    tmp_path: Path, key_file: Path, source: Place, target: Place
) -> None:
    source.key_file = target.key_file = key_file
    source.backup().write(tmp_path / "backup")
    write(tmp_path / "target/.restore-abc", b"a decrypted part")
    for tree in ("archive", "quarantine"):
        write(tmp_path / "target" / tree / ".incoming/0123456789abcdef/0", b"a file without its name")

    target.restore().run(tmp_path / "backup", replace=True)

    left = [each for each in (tmp_path / "target").rglob(".*") if each.name != ".incoming" or list(each.iterdir())]
    assert left == []


def test_an_interrupted_restoration_is_continued(tmp_path: Path, source: Place, target: Place) -> None:
    class LostServer(MemoryServerData):
        def replace(self, *_: object) -> None:
            raise ServerUnavailableError("the server does not answer")

    source.backup().write(tmp_path / "backup")
    with pytest.raises(ServerUnavailableError):
        replace(target.restore(), server=LostServer()).run(tmp_path / "backup", replace=False)

    restored = target.restore().run(tmp_path / "backup", replace=True)

    assert (restored.added, restored.kept) == (0, len(source.files()))
    assert target.server.content == SNAPSHOT


def test_nothing_is_restored_beside_running_parts(tmp_path: Path, source: Place, target: Place) -> None:
    source.backup().write(tmp_path / "backup")
    target.running = ["watcher@desk:12"]

    with pytest.raises(BackupRefusedError, match="watcher@desk:12"):
        target.restore().run(tmp_path / "backup", replace=True)


def test_the_server_is_not_replaced_if_parts_were_started_while_files_were_added(
    tmp_path: Path, source: Place, target: Place
) -> None:
    source.backup().write(tmp_path / "backup")
    target.server.content = b"what they have stored"
    running = iter([[], ["watcher@desk:12"], [], []])
    restoration = replace(target.restore(), running=lambda: next(running))

    with pytest.raises(BackupRefusedError, match="watcher@desk:12"):
        restoration.run(tmp_path / "backup", replace=True)
    assert target.server.content == b"what they have stored"
    restoration.run(tmp_path / "backup", replace=True)

    assert target.server.content == SNAPSHOT


def test_a_server_that_cannot_read_the_snapshot_is_not_touched(tmp_path: Path, source: Place, target: Place) -> None:
    source.server = MemoryServerData(b"REDIS0012...", kind=ServerKind(name="redis", version="7.4.1"))
    source.backup().write(tmp_path / "backup")

    with pytest.raises(BackupRefusedError, match=r"redis 7\.4\.1"):
        target.restore().run(tmp_path / "backup", replace=True)

    assert target.files() == {}


@pytest.mark.parametrize(
    ("server", "written_by", "number", "reads"),
    [
        ("valkey 9.1.2", "valkey 9.1.5", 80, True),
        ("valkey 9.0.9", "valkey 9.1.0", 80, False),
        ("valkey 9.1.2", "redis 7.2.4", 11, True),
        ("redis 7.2.4", "valkey 9.1.2", 11, True),
        ("redis 7.0.15", "valkey 9.1.2", 11, False),
        ("redis 8.2.0", "redis 7.4.1", 12, True),
        ("valkey 9.1.2", "redis 8.2.0", 12, False),
    ],
)
def test_a_server_reads_snapshots_of_its_product_and_of_the_common_format(
    server: str, written_by: str, number: int, reads: bool
) -> None:
    def kind(text: str) -> ServerKind:
        return ServerKind(name=text.split(maxsplit=1)[0], version=text.split()[1])

    assert kind(server).reads(kind(written_by), number) is reads


def test_a_backup_of_a_newer_release_is_refused(tmp_path: Path, source: Place, target: Place) -> None:
    source.backup().write(tmp_path / "backup")
    manifest = tmp_path / "backup/manifest.json"
    newer = Manifest.model_validate_json(manifest.read_bytes().rpartition(b"\t")[0]).model_copy(update={"format": 2})
    manifest.write_text(newer.model_dump_json())

    with pytest.raises(BackupRefusedError, match="newer release"):
        target.restore().run(tmp_path / "backup", replace=False)


@pytest.mark.parametrize("name", ["archive/../../passwd", "/etc/passwd", "elsewhere/a", "archive"])
def test_a_forged_backup_writes_nothing_outside_the_folders(
    tmp_path: Path, source: Place, target: Place, name: str
) -> None:
    manifest = source.backup().write(tmp_path / "backup")
    forged = tmp_path / "backup/files-00001.tar"
    with tarfile.open(forged, "w") as files:
        files.addfile(tarfile.TarInfo(name), BytesIO())
    part = manifest.parts[0].model_copy(update={"sha256": hashlib.sha256(forged.read_bytes()).hexdigest()})
    (tmp_path / "backup/manifest.json").write_text(manifest.model_copy(update={"parts": (part,)}).model_dump_json())

    with pytest.raises(DamagedBackupError, match="no backup contains"):
        target.restore().run(tmp_path / "backup", replace=False)

    assert target.files() == {}
    assert target.server.content == b""


class LargeServer(MemoryServerData):
    """A server with 48 MiB of data, which it sends in pieces."""

    def read(self) -> Iterator[bytes]:
        yield SNAPSHOT
        yield from (bytes(MEBIBYTE) for _ in range(48))


@pytest.mark.parametrize("encrypted", [False, True])
def test_memory_does_not_grow_with_the_data(tmp_path: Path, key_file: Path, target: Place, encrypted: bool) -> None:
    source = Place(tmp_path / "source", key_file=key_file if encrypted else None)
    source.server, target.key_file = LargeServer(), source.key_file
    write(tmp_path / "source/archive/aa/bb/large.bin", bytes(48 * MEBIBYTE))
    tracemalloc.start()
    try:
        source.backup().write(tmp_path / "backup")
        with suppress(StopCopying):
            replace(target.restore(), server=StoppingServer()).run(tmp_path / "backup", replace=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 12 * MEBIBYTE
    assert (tmp_path / "target/archive/aa/bb/large.bin").stat().st_size == 48 * MEBIBYTE


class StopCopying(Exception):  # noqa: N818  # it ends a test that is complete
    """The server in memory would keep the snapshot, which this test measures."""


class StoppingServer(MemoryServerData):
    def replace(self, *_: object) -> None:
        raise StopCopying
