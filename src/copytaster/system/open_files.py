"""What the kernel reports about open files, and moves that replace nothing."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
import stat
from contextlib import suppress
from pathlib import Path

from copytaster.system.process_control import c_library

AT_FDCWD = -100
RENAME_NOREPLACE = 1
"""From the kernel's <linux/fcntl.h> and <linux/fs.h>."""

NO_SUPPORT = {errno.ENOSYS, errno.EINVAL}
"""Errors of ``renameat2`` on an old kernel, or on a filesystem that does not know the flag."""


def has_open_writer(file: Path | str) -> bool | None:
    """Return whether a process has this regular file open for writing; None where the kernel does not say.

    The kernel refuses a read lease on a file that is open for writing. It grants leases only to the file's owner and to
    root, and not on network filesystems. The lease is returned at once. Cost: about ten microseconds.
    """
    # O_NONBLOCK: a pipe must not block this process, nor a lease of another process, such as a file server.
    with suppress(OSError):
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return _refuses_lease(descriptor) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
        finally:
            os.close(descriptor)
    return None


def _refuses_lease(descriptor: int) -> bool | None:
    try:
        # A writer that opens the file meanwhile waits, and this process gets a signal: one that is ignored by default,
        # since the usual SIGIO would end the process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    return False


def move_to_free_name(source: Path, target: Path) -> None:
    """Rename a file to a name that does not exist, or complete such a move after a crash.

    Raises ``FileExistsError`` and other ``OSError``.

    The file keeps its inode: a process that has it open writes into the moved file. Where the filesystem cannot do this
    in one step, the new name is linked first. Linux permits that only for files that this user may write.
    """
    try:
        _rename_to_free_name(source, target)
    except OSError as error:
        if error.errno in NO_SUPPORT:
            os.link(source, target, follow_symlinks=False)
        elif error.errno != errno.EEXIST or not is_same_file(source, target):
            raise
        source.unlink()


def return_to_free_name(source: Path, target: Path) -> None:
    """Move a file back to a folder of its sender; see ``move_to_free_name``.

    The move is followed by a change of the permissions to the same ones. This event shows other programs that the
    sender has not renamed the file, and may still write it. Only the owner and root can do that.
    """
    move_to_free_name(source, target)
    with suppress(OSError):
        if stat.S_ISREG(mode := target.lstat().st_mode):
            target.chmod(stat.S_IMODE(mode))


def is_same_file(one: Path, other: Path) -> bool:
    """Return whether two paths are names of one file; links are not followed. Raises ``OSError``."""
    return os.path.samestat(one.lstat(), other.lstat())


def _rename_to_free_name(source: Path, target: Path) -> None:
    rename = getattr(c_library(), "renameat2", None)
    if rename is None:  # a C library before glibc 2.28, or another one
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if rename(AT_FDCWD, os.fsencode(source), AT_FDCWD, os.fsencode(target), RENAME_NOREPLACE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(source), None, str(target))
