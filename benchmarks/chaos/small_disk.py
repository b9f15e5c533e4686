"""A folder on a small filesystem in memory, which only the processes that enter it see."""

from __future__ import annotations

import subprocess
from pathlib import Path

SIZE = "128m"
"""Room for 30,000 originals of a page each; full, it takes that much memory."""

FILL_BYTES = 4096
"""One page: what is written at a time until nothing more fits."""

_MOUNT = 'mount -t tmpfs -o size="$1" none "$2" && echo mounted && exec cat'


class SmallDisk:
    """A filesystem mounted on ``folder`` in a mount namespace of its own, for as long as this object is open."""

    def __init__(self, folder: Path) -> None:
        """Mount it. Raises ``OSError`` where that is not possible: it takes root and ``unshare``."""
        folder.mkdir(parents=True, exist_ok=True)
        # The holder of the namespace reads from us: should we die, it ends, and the mount with it.
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", _MOUNT, "sh", SIZE, str(folder)],  # noqa: S607  # wherever it is
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._holder.stdout  # noqa: S101  # a pipe was asked for
        said = self._holder.stdout.readline().decode().strip()
        if said != "mounted":
            self.close()
            raise OSError(said or "no mount namespace to be had")
        self.seen_from_outside = Path(f"/proc/{self._holder.pid}/root{folder}")
        self.enter = ("nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--")

    def close(self) -> None:
        """Unmount it; what was on it is gone."""
        self._holder.communicate()

    def fill(self) -> Path:
        """Write until nothing more fits and return the file to remove when there is to be room again."""
        ballast = self.seen_from_outside / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(FILL_BYTES)) == FILL_BYTES:
                    pass
            except OSError:  # it is full
                pass
        return ballast


def why_no_small_disk(folder: Path) -> str | None:
    """Return why there can be no small disk on this machine; None when there can."""
    try:
        SmallDisk(folder).close()
    except OSError as error:
        return f"a small filesystem takes root and a mount namespace: {error}"
    return None
