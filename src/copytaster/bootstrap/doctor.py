"""From settings to the examination of an installation."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from copytaster.archive.bucket_errors import BucketError
from copytaster.archive.filesystems import probe
from copytaster.archive.originals import local_folder
from copytaster.bootstrap.effective_settings import masked
from copytaster.bootstrap.pipeline import sandbox_limits
from copytaster.bootstrap.servers import ask_whether_cluster
from copytaster.bootstrap.store import broker_address, redis_address
from copytaster.clock import Clock
from copytaster.doctor.failover import check_failover, check_queues
from copytaster.doctor.finding import Examination, Finding, fail, ok
from copytaster.doctor.folders import check_folders, read_folder
from copytaster.doctor.machine import check_machine, read_machine
from copytaster.doctor.server import check_server
from copytaster.doctor.software import check_software
from copytaster.errors import ConfigurationError, TransientError
from copytaster.settings import Settings
from copytaster.store.keys import Keys
from copytaster.store.ports.server_facts import FailoverFacts, ServerFacts
from copytaster.store.redis.addresses import read_address
from copytaster.store.redis.client import connect
from copytaster.store.redis.server_facts import read_failover_facts, read_server_facts
from copytaster.system.addresses import is_loopback
from copytaster.system.running_version import running_version

ReadServer = Callable[[], ServerFacts]


def examine(settings: Settings, *, clock: Clock, read_server: ReadServer | None = None) -> Examination:
    """Return the findings about this installation. It raises nothing: what cannot be examined is a finding.

    Cost: about two seconds, most of it for loading the models.
    """
    folders = [read_folder(name, path) for name, path in _folders(settings).items()]
    return Examination(
        findings=(
            *check_server(_server(read_server or (lambda: _read_server(settings))), clock.now()),
            *check_failover(_failover(settings)),
            *_queues(settings),
            *check_folders(folders, user=f"{os.getuid()}:{os.getgid()}"),
            *_bucket(settings),
            *check_machine(read_machine(sandbox_limits(settings)), server_is_here=_server_is_here(settings)),
            *check_software(python=platform.python_version(), version=running_version(), models=_models()),
        )
    )


def _folders(settings: Settings) -> dict[str, Path]:
    try:
        archive = local_folder(settings.archive_address)
    except ConfigurationError:
        archive = None  # there is a finding about the address
    return {
        "data": settings.data,
        "inbox": settings.inbox,
        "staging": settings.staging,
        "quarantine": settings.quarantine,
        **({"archive": archive} if archive else {}),
    }


def _bucket(settings: Settings) -> Iterator[Finding]:
    """Yield the finding about an archive that is not in a folder, or whose address cannot be opened."""
    try:
        if local_folder(settings.archive_address):
            return
        probe(settings.archive_address)
    except (BucketError, ConfigurationError) as error:
        found, _, cure = str(error).rpartition("; ")
        yield fail("archive", found or str(error), cure if found else "correct COPYTASTER_ARCHIVE_URL")
    else:
        yield ok("archive", f"{masked(settings.archive_address)} can be listed and written")


def _server(read: ReadServer) -> ServerFacts | str:
    try:
        return read()
    except (ConfigurationError, TransientError) as error:
        return str(error)


def _read_server(settings: Settings) -> ServerFacts:
    client = connect(redis_address(settings), name="doctor", reader=True)
    try:
        return read_server_facts(client, Keys())
    finally:
        client.close()


def _failover(settings: Settings) -> FailoverFacts | None:
    try:
        where = read_address(redis_address(settings))
        with connect(where.url, name="doctor", reader=True) as client:
            return read_failover_facts(client, where)
    except (ConfigurationError, TransientError):
        return None  # there is a finding about the server


def _queues(settings: Settings) -> Iterator[Finding]:
    try:
        found: bool | str = ask_whether_cluster(read_address(broker_address(settings)))
    except ConfigurationError:
        return  # there is a finding about the server
    except TransientError as error:
        if settings.broker_url is None:
            return  # likewise
        found = str(error)
    yield check_queues(found, separate=settings.broker_url is not None)


def _server_is_here(settings: Settings) -> bool:
    try:
        where = read_address(redis_address(settings))
    except ConfigurationError:
        return True  # an embedded server, when one is started
    return not where.nodes or any(is_loopback(host) for host, _ in where.nodes)


def _models() -> Iterable[str] | str:
    # Imported when needed: importing spaCy takes most of a second.
    from copytaster.tagging.models import load_models  # noqa: PLC0415

    try:
        return tuple(load_models())
    except ConfigurationError as error:
        return str(error)
