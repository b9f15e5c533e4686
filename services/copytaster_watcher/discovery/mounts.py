"""Where the filesystem tells of changes and where it does not, decided for each mount under the inbox.

Network and shared filesystems accept a watch and then stay silent about what other machines do; there the regular scan
is the only way. Elsewhere a probe file shows whether events really arrive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

SILENT = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "9p", "vboxsf"),
    *("fuse.sshfs", "fuse.s3fs", "fuse.glusterfs", "fuse.rclone", "fuse.vmhgfs-fuse", "fuse.osxfs", "fuse.grpcfuse"),
}
"""On these a change made by another machine raises no event here, whatever a probe of our own would show."""


class Mode(StrEnum):
    """How changes are noticed."""

    EVENTS = "events"
    POLLING = "polling"


@dataclass(frozen=True, slots=True)
class Mount:
    """A mount point and the type of its filesystem."""

    folder: Path
    filesystem: str


@dataclass(frozen=True, slots=True)
class Watched:
    """How a mount is watched, and why."""

    mount: Mount
    mode: Mode
    why: str


def mounts_under(inbox: Path, mountinfo: str) -> list[Mount]:
    """Return the mount that holds the inbox, then those below it, from the text of ``/proc/self/mountinfo``.

    Empty where the system has no such file.
    """
    found = [_mount(line) for line in mountinfo.splitlines() if " - " in line]
    holding = [each for each in found if inbox.is_relative_to(each.folder)]
    below = [each for each in found if each.folder != inbox and each.folder.is_relative_to(inbox)]
    deepest = max(holding, key=lambda each: len(each.folder.parts), default=None)
    return ([Mount(inbox, deepest.filesystem)] if deepest else []) + sorted(below, key=lambda each: each.folder)


def decide(mounts: Iterable[Mount], probe: Callable[[Path], bool]) -> list[Watched]:
    """Return how each mount is watched; ``probe`` says whether a change in a folder raises an event."""
    return [_decide(each, probe) for each in mounts]


def in_words(watched: Iterable[Watched]) -> str:
    """Return one line for the status: the common mode, or each folder that is polled with its reason."""
    polled = [f"{each.mount.folder} ({each.why})" for each in watched if each.mode is Mode.POLLING]
    return f"{Mode.POLLING.value}: {', '.join(polled)}" if polled else Mode.EVENTS.value


def _decide(mount: Mount, probe: Callable[[Path], bool]) -> Watched:
    if mount.filesystem in SILENT:
        return Watched(mount, Mode.POLLING, f"{mount.filesystem} tells nothing of other machines")
    if probe(mount.folder):
        return Watched(mount, Mode.EVENTS, f"a probe on {mount.filesystem} raised an event")
    return Watched(mount, Mode.POLLING, f"a probe on {mount.filesystem} raised no event")


def _mount(line: str) -> Mount:
    """Return the mount of a line: its point is the fifth field, its type the first one after the lone hyphen."""
    before, after = line.split(" - ", 1)
    return Mount(Path(_unescaped(before.split(" ")[4])), after.split(" ")[0])


def _unescaped(field: str) -> str:
    r"""Return a path as it is: the kernel writes blanks, tabs, line ends and backslashes as ``\040``."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), field)
