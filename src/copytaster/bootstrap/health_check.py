"""``python -m copytaster.bootstrap.health_check watcher|worker|api [--end-after N]``: checks one part on this host.

For the health checks of containers: exit status 0 healthy, 1 unhealthy, 2 wrong use; one sentence says why.

With ``--end-after N``, the Nth unhealthy result in succession ends the container's main process, so that the restart
policy starts it again: Docker itself does not restart an unhealthy container. The container needs an init process.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import sys
import tempfile
from pathlib import Path

from copytaster.system.main_process import end, main_process, seconds_since_start

PARTS = ("watcher", "worker", "api")

DEFAULT_PORT = 8000

API_SECONDS = 5.0
"""Time limit for an answer of the API, which checks nothing and takes milliseconds."""

START_SECONDS = 120.0
"""A part that has just started is not ended: it may load models on a busy machine, or wait for the server."""

GRACE_SECONDS = 8.0
"""Time for a part to end by itself; more would exceed the time limit of the check."""


class UnreachableError(Exception):
    """The server does not answer, so that nothing is known about the part."""


class WrongSettingsError(Exception):
    """The settings of this process are wrong; the message names them."""


class Strikes:
    """The number of unhealthy results in succession, in a file of the container's temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "copytaster-unhealthy"

    def add(self) -> int:
        """Count one more, and return the number."""
        number = self._read() + 1
        self._file.write_text(str(number), encoding="ascii")
        return number

    def clear(self) -> None:
        """Begin anew."""
        self._file.unlink(missing_ok=True)

    def _read(self) -> int:
        try:
            return int(self._file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0


def main(arguments: list[str]) -> int:
    """Check the part that is named and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m copytaster.bootstrap.health_check")
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--end-after", type=int, metavar="N")
    given = parser.parse_args(arguments)
    strikes = Strikes(Path(tempfile.gettempdir()))
    try:
        wrong = _api_fault() if given.part == "api" else _part_fault(given.part)
    except WrongSettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except UnreachableError as error:
        # The server is out of order, and another start of this part would not mend it.
        strikes.clear()
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{wrong or 'healthy'}\n")
    if not wrong:
        strikes.clear()
    elif given.end_after and strikes.add() >= given.end_after:
        _end_main_process()
    return 1 if wrong else 0


def _part_fault(part: str) -> str | None:
    """Return what is wrong with the part; None when it is healthy.

    Raises ``UnreachableError`` and ``WrongSettingsError``.
    """
    # Imported when needed: they take a second of CPU time, and the check of the API does without them.
    from copytaster.bootstrap.environment import load_settings  # noqa: PLC0415
    from copytaster.bootstrap.store import open_store  # noqa: PLC0415
    from copytaster.clock import SystemClock  # noqa: PLC0415
    from copytaster.errors import ConfigurationError, TransientError  # noqa: PLC0415
    from copytaster.monitoring.health import find_fault  # noqa: PLC0415
    from copytaster.store.ports.presence import Part  # noqa: PLC0415

    clock = SystemClock()
    try:
        store = open_store(load_settings(os.environ), clock=clock, part="health", reader=True)
        return find_fault(store, Part(part), host=socket.gethostname(), now=clock.now())
    except ConfigurationError as error:
        raise WrongSettingsError(str(error)) from error
    except TransientError as error:
        raise UnreachableError(str(error)) from error


def _api_fault() -> str | None:
    """Ask /livez, not /readyz: the API must run to report that the server is down."""
    port = int(os.environ.get("COPYTASTER_API_PORT", DEFAULT_PORT))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=API_SECONDS)
    try:
        connection.request("GET", "/livez")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"/livez of the API does not answer: {error}"
    finally:
        connection.close()
    return None if status == http.client.OK else f"/livez of the API answers {status}"


def _end_main_process() -> None:
    pid = main_process()
    if pid is None or seconds_since_start(pid) < START_SECONDS:
        return
    sys.stdout.write(f"process {pid} is ended, so that it starts again\n")
    sys.stdout.flush()
    end(pid, grace=GRACE_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
