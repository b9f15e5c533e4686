"""A small in-memory filesystem, visible only to the processes in its mount namespace."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

SIZE = "128m"
"""Room for 30,000 originals of a page each; full, it takes that much memory."""

FILL_BYTES = 4096
"""One page, written at a time until the disk is full."""

REMOUNT_SECONDS = 20.0
"""Timeout of a change of the mount: the kernel refuses it while a file is open for writing, or an inode too many used.
"""

RETRY_SECONDS = 0.01

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
        self._folder = folder
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

    def make_read_only(self) -> None:
        """Refuse all writes with EROFS, as the kernel does after errors of a disk."""
        self._remount("ro")

    def make_writable(self) -> None:
        """Accept writes again."""
        self._remount("rw")

    def take_inodes(self) -> None:
        """Leave no inode free: new files and folders fail with ENOSPC, although there is space."""
        deadline = time.monotonic() + REMOUNT_SECONDS
        while True:
            status = os.statvfs(self.seen_from_outside)
            try:
                self._remount(f"nr_inodes={status.f_files - status.f_ffree}")
            except OSError:  # more files exist since
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def free_inodes(self) -> None:
        """Allow any number of files again."""
        self._remount("nr_inodes=0")

    def _remount(self, option: str) -> None:
        command = [*self.enter, "mount", "-o", f"remount,{option}", str(self._folder)]
        deadline = time.monotonic() + REMOUNT_SECONDS
        while (done := subprocess.run(command, capture_output=True, text=True, check=False)).returncode:
            if time.monotonic() > deadline:
                raise OSError(f"the small filesystem cannot be remounted: {done.stderr.strip()}")
            time.sleep(RETRY_SECONDS)


def why_no_small_disk(folder: Path) -> str | None:
    """Return why a small disk is not possible on this machine; None if it is."""
    try:
        SmallDisk(folder).close()
    except OSError as error:
        return f"a small filesystem needs root and a mount namespace: {error}"
    return None
