"""From settings to backups and their restoration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from copytaster.archive.file_tree import FileTree
from copytaster.backup.append_only_folder import AppendOnlyFolder
from copytaster.backup.backup import Backup
from copytaster.backup.ciphers import read_key
from copytaster.backup.restore import Restore
from copytaster.bootstrap.store import open_store, redis_address
from copytaster.clock import Clock
from copytaster.errors import ConfigurationError
from copytaster.settings import Settings
from copytaster.store.keys import Keys
from copytaster.store.ports.snapshot import ServerKind, SnapshotTarget
from copytaster.store.redis.addresses import Scheme, read_address
from copytaster.store.redis.client import connect
from copytaster.store.redis.layout import RedisLayout
from copytaster.store.redis.snapshot_source import RedisSnapshotSource
from copytaster.store.redis.snapshot_target import RedisSnapshotTarget
from copytaster.system.running_version import running_version


def open_backup(settings: Settings, key_file: Path | None, *, clock: Clock, report: Callable[[int], object]) -> Backup:
    """Return what writes backups, with the key in the file. Raises ``ConfigurationError``."""
    client = connect(_backed_up_server(settings), name="backup")
    return Backup(
        server=RedisSnapshotSource(client),
        layout=RedisLayout(client, Keys()),
        archive=FileTree(settings.archive_address),
        quarantine=_quarantine(settings),
        cipher=read_key(key_file),
        release=running_version(),
        clock=clock,
        report=report,
    )


def open_restore(  # noqa: PLR0913  # what differs between the command and tests
    settings: Settings,
    key_file: Path | None,
    *,
    clock: Clock,
    embedded: Callable[[], ServerKind],
    report: Callable[[int, int], object],
    pause: Callable[[float], object],
) -> Restore:
    """Return what restores backups: into the configured server, or into the folder of the embedded one.

    ``embedded`` returns the product and version of the latter; the caller holds the lock of its folder. Of the data
    folder itself, which may belong to somebody else, only folders of the services are written. Raises
    ``ConfigurationError``.
    """
    return Restore(
        server=_target(settings, embedded),
        archive=FileTree(settings.archive_address),
        quarantine=_quarantine(settings),
        cipher=read_key(key_file),
        scratch=settings.staging,
        running=lambda: _running(settings, clock),
        report=report,
        pause=pause,
    )


def _target(settings: Settings, embedded: Callable[[], ServerKind]) -> SnapshotTarget:
    if settings.redis_url:
        return RedisSnapshotTarget(connect(_restored_server(settings), name="restore"), Keys())
    return AppendOnlyFolder(settings.server_folder, embedded())


def _backed_up_server(settings: Settings) -> str:
    """Return the address of the server, or of its Sentinels. Raises ``ConfigurationError`` for a cluster."""
    address = redis_address(settings)
    if read_address(address).scheme is Scheme.CLUSTER:
        raise ConfigurationError(
            "the servers of a cluster have no common state at one moment that could be a backup or be restored: copy"
            " the archive, from which the store is rebuilt"
        )
    return address


def _restored_server(settings: Settings) -> str:
    """Return the address of the server. Raises ``ConfigurationError`` for Sentinels and for a cluster."""
    address = _backed_up_server(settings)
    if read_address(address).scheme is Scheme.SENTINEL:
        raise ConfigurationError(
            "a server is restored as a replica for a while, which its Sentinels would undo: stop them, and set"
            " COPYTASTER_REDIS_URL to the primary server (redis://HOST:PORT) for the restoration"
        )
    return address


def _running(settings: Settings, clock: Clock) -> Sequence[str]:
    """Return the parts that work with the configured server; the lock shows that none works with an embedded one."""
    if not settings.redis_url:
        return ()
    present = open_store(settings, clock=clock, part="restore").presence.present()
    return [each.name for each in present]


def _quarantine(settings: Settings) -> FileTree:
    return FileTree(f"file://{settings.quarantine.absolute()}")
