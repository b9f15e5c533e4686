"""``python -m copytaster.bootstrap.health_check watcher|worker|api [--end-after N | --alive]``.

Checks one part on this host.

For the health checks of containers: exit status 0 healthy, 1 unhealthy, 2 wrong use; one sentence says why.

With ``--end-after N``, the Nth result in succession that the part gives no sign of life ends the container's main
process, so that the restart policy starts it again: Docker itself does not restart an unhealthy container. The
container needs an init process. A part that lives and makes no progress is unhealthy, and is not ended from here: a
worker whose consumer hangs ends itself, and what else stops the work, such as a full disk, another start does not mend.

``--alive`` is for a program that restarts what fails the check, as the liveness probe of Kubernetes: only a part that
gives no sign of life fails it. A server that does not answer, and a part without progress, are reported with 0.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from copytaster.system.main_process import end, main_process, seconds_since_start
from copytaster.system.sign_of_life import SignOfLife

PARTS = ("watcher", "worker", "api")

DEFAULT_PORT = 8000

API_SECONDS = 5.0
"""Time limit for an answer of the API, which checks nothing and takes milliseconds."""

START_SECONDS = 300.0
"""Time for the first sign of life, as `start_period` in docker-compose.yml: a part may load models or await the server.
The API once took 127 s on a machine that other programs kept busy ten times over."""

GRACE_SECONDS = 8.0
"""Time for a part to end by itself; more would exceed the time limit of the check."""


class UnreachableError(Exception):
    """The server does not answer, so that nothing is known about the part."""


class WrongSettingsError(Exception):
    """The settings of this process are wrong; the message names them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a part is unhealthy."""

    message: str
    is_silent: bool = True
    """Whether the part gives no sign of life."""


class Strikes:
    """The number of results without a sign of life in succession, in a file of the container's temporary folder.

    The folder is empty when the container starts.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "copytaster-unhealthy"

    def add(self) -> int:
        """Count one more, and return the number."""
        number = self._read() + 1
        self._file.write_text(str(number), encoding="ascii")
        return number

    @property
    def have_begun(self) -> bool:
        """Whether the part has given a sign of life since its start, or was counted before."""
        return self._file.exists()

    def clear(self) -> None:
        """Begin anew: the part lives."""
        self._file.write_text("0", encoding="ascii")

    def _read(self) -> int:
        try:
            return int(self._file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0


def main(arguments: list[str]) -> int:
    """Check the part that is named and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m copytaster.bootstrap.health_check")
    parser.add_argument("part", choices=PARTS)
    purpose = parser.add_mutually_exclusive_group()
    purpose.add_argument("--end-after", type=int, metavar="N")
    purpose.add_argument("--alive", action="store_true")
    given = parser.parse_args(arguments)
    strikes = Strikes(Path(tempfile.gettempdir()))
    try:
        wrong = _api_fault() if given.part == "api" else _part_fault(given.part)
    except WrongSettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except UnreachableError as error:
        # The server is out of order, and another start of this part would not mend it.
        if strikes.have_begun:
            strikes.clear()
        sys.stdout.write(f"{error}\n")
        return 0 if given.alive else 1
    sys.stdout.write(f"{wrong.message if wrong else 'healthy'}\n")
    if not wrong or not wrong.is_silent:
        strikes.clear()
    elif given.end_after and (strikes.have_begun or not _is_starting()) and strikes.add() >= given.end_after:
        _end_main_process()
    return int(wrong is not None and (wrong.is_silent or not given.alive))


def _part_fault(part: str) -> Fault | None:
    """Return what is wrong with the part; None when it is healthy. Its sign of life spares the question to the server.

    Raises ``UnreachableError`` and ``WrongSettingsError``.
    """
    if SignOfLife(part, os.environ).is_given():
        return None
    # Imported when needed: they are nine tenths of the check's CPU time, and most checks do without them.
    from copytaster.bootstrap.environment import load_settings  # noqa: PLC0415
    from copytaster.bootstrap.store import open_store  # noqa: PLC0415
    from copytaster.clock import SystemClock  # noqa: PLC0415
    from copytaster.errors import ConfigurationError, TransientError  # noqa: PLC0415
    from copytaster.monitoring.health import find_silence, find_stall  # noqa: PLC0415
    from copytaster.store.ports.presence import Part  # noqa: PLC0415

    clock = SystemClock()
    try:
        store = open_store(load_settings(os.environ), clock=clock, part="health", reader=True)
        asked, host, now = Part(part), socket.gethostname(), clock.now()
        if silence := find_silence(store, asked, host=host, now=now):
            return Fault(silence)
        stall = find_stall(store, asked, host=host, now=now)
        return Fault(stall, is_silent=False) if stall else None
    except ConfigurationError as error:
        raise WrongSettingsError(str(error)) from error
    except TransientError as error:
        raise UnreachableError(str(error)) from error


def _api_fault() -> Fault | None:
    """Ask /livez, not /readyz: the API must run to report that the server is down."""
    port = int(os.environ.get("COPYTASTER_API_PORT", DEFAULT_PORT))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=API_SECONDS)
    try:
        connection.request("GET", "/livez")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return Fault(f"/livez of the API does not answer: {error}")
    finally:
        connection.close()
    return None if status == http.client.OK else Fault(f"/livez of the API answers {status}")


def _is_starting() -> bool:
    pid = main_process()
    return pid is None or seconds_since_start(pid) < START_SECONDS


def _end_main_process() -> None:
    pid = main_process()
    if pid is None:
        return
    sys.stdout.write(f"process {pid} is ended, so that it starts again\n")
    sys.stdout.flush()
    end(pid, grace=GRACE_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
