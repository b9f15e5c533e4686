"""Decides for each mount under the inbox whether changes are noticed by filesystem events or by polling.

Network and shared filesystems accept a watch, but raise no event for changes made by other machines; there only the
regular scan finds files. On other filesystems a probe file shows whether events arrive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

WITHOUT_EVENTS = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "9p", "vboxsf"),
    *("fuse.sshfs", "fuse.s3fs", "fuse.glusterfs", "fuse.rclone", "fuse.vmhgfs-fuse", "fuse.osxfs", "fuse.grpcfuse"),
}
"""Filesystems on which a change by another machine raises no event here, although a local probe file would."""


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
class WatchedMount:
    """How changes on a mount are noticed, with the reason."""

    mount: Mount
    mode: Mode
    why: str


def mounts_under(inbox: Path, mountinfo: str) -> list[Mount]:
    """Return the mount that contains the inbox, then those below it, from the text of ``/proc/self/mountinfo``.

    Empty for an empty text.
    """
    mounts = [_mount(line) for line in mountinfo.split("\n") if " - " in line]
    containing = [each for each in mounts if inbox.is_relative_to(each.folder)]
    below = [each for each in mounts if each.folder != inbox and each.folder.is_relative_to(inbox)]
    deepest = max(containing, key=lambda each: len(each.folder.parts), default=None)
    return ([Mount(inbox, deepest.filesystem)] if deepest else []) + sorted(below, key=lambda each: each.folder)


def choose_modes(mounts: Iterable[Mount], probe: Callable[[Path], bool]) -> list[WatchedMount]:
    """Return the mode of each mount; ``probe`` returns whether a change in a folder raises an event."""
    return [_choose_mode(each, probe) for each in mounts]


def summary(mounts: Iterable[WatchedMount]) -> str:
    """Return one line for the status: "events", or each polled folder with its reason."""
    polled = [f"{each.mount.folder} ({each.why})" for each in mounts if each.mode is Mode.POLLING]
    return f"{Mode.POLLING.value}: {', '.join(polled)}" if polled else Mode.EVENTS.value


def _choose_mode(mount: Mount, probe: Callable[[Path], bool]) -> WatchedMount:
    if mount.filesystem in WITHOUT_EVENTS:
        return WatchedMount(mount, Mode.POLLING, f"{mount.filesystem} reports no changes by other machines")
    if probe(mount.folder):
        return WatchedMount(mount, Mode.EVENTS, f"a probe on {mount.filesystem} raised an event")
    return WatchedMount(mount, Mode.POLLING, f"a probe on {mount.filesystem} raised no event")


def _mount(line: str) -> Mount:
    """Return the mount of a line: field 5 is the mount point, the first field after the lone hyphen the type."""
    before, after = line.split(" - ", 1)
    return Mount(Path(_unescaped(before.split(" ")[4])), after.split(" ")[0])


def _unescaped(field: str) -> str:
    r"""Return a path without the kernel's escapes for spaces, tabs, line ends and backslashes, such as ``\040``."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), field)
