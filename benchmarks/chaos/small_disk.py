"""A small in-memory filesystem, visible only to the processes in its mount namespace."""

from __future__ import annotations

import subprocess
from pathlib import Path

SIZE = "128m"
"""Room for 30,000 originals of a page each; full, it takes that much memory."""

FILL_BYTES = 4096
"""One page, written at a time until the disk is full."""

_MOUNT = 'mount -t tmpfs -o size="$1" none "$2" && echo mounted && exec cat'


class SmallDisk:
    """A filesystem mounted on ``folder`` in a separate mount namespace until ``close``."""

    def __init__(self, folder: Path) -> None:
        """Mount it. Raises ``OSError`` if that is not possible: it needs root and ``unshare``."""
        folder.mkdir(parents=True, exist_ok=True)
        # The namespace's process reads from this one: if this process dies, it ends too, and the mount is removed.
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", _MOUNT, "sh", SIZE, str(folder)],  # noqa: S607  # wherever it is
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._holder.stdout  # noqa: S101  # it is a pipe
        answer = self._holder.stdout.readline().decode().strip()
        if answer != "mounted":
            self.close()
            raise OSError(answer or "no mount namespace is available")
        self.seen_from_outside = Path(f"/proc/{self._holder.pid}/root{folder}")
        self.enter = ("nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--")

    def close(self) -> None:
        """Unmount it; its content is lost."""
        self._holder.communicate()

    def fill(self) -> Path:
        """Fill the disk and return the file whose removal makes room again."""
        ballast = self.seen_from_outside / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(FILL_BYTES)) == FILL_BYTES:
                    pass
            except OSError:  # it is full
                pass
        return ballast


def why_no_small_disk(folder: Path) -> str | None:
    """Return why a small disk is not possible on this machine; None if it is."""
    try:
        SmallDisk(folder).close()
    except OSError as error:
        return f"a small filesystem needs root and a mount namespace: {error}"
    return None
