"""What a person can do about an error of the operating system or of the Redis server: a cause and a cure for each.

The tables contain only errors whose cause is known. Other errors are reported in their own words.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from copytaster.system.server_replies import server_reply, text_with_code


@dataclass(frozen=True, slots=True)
class Remedy:
    """The cause of an error, and what to do about it."""

    cause: str
    cure: str

    def __str__(self) -> str:
        """Return both as a part of a sentence."""
        return f"{self.cause}; {self.cure}"


NO_INODES = Remedy(
    "the filesystem has free space, but no free inodes: it has too many small files",
    "delete small files there, or create the filesystem with more inodes (`df -i` shows them)",
)
"""ENOSPC on a filesystem with free blocks."""

FEW_INODES = 16
"""Free inodes below which a full filesystem lacks inodes; a program creates a handful of files at the same time."""

MUCH_SPACE = 1024 * 1024
"""Free bytes from which a write fails for another reason than a lack of space: most files are smaller."""

REMEDIES: dict[int, Remedy] = {
    errno.ENOSPC: Remedy("the disk is full", "free some space there (`df -h` shows it), or move the data"),
    errno.EDQUOT: Remedy("the user's disk quota is used up", "raise the quota (`quota -s` shows it), or delete files"),
    errno.EROFS: Remedy(
        "the filesystem is read-only",
        "mount it for writing; if it was writable before, read the kernel log (`dmesg`) for errors of the disk",
    ),
    errno.EACCES: Remedy(
        "this user has no permission", "give it read and write permission on the file and on its folder"
    ),
    errno.EPERM: Remedy(
        "the operation is forbidden for this user",
        "check the owner, the folder's sticky bit and the immutable attribute (`lsattr`)",
    ),
    errno.ENOENT: Remedy("the path does not exist", "check that its filesystem is mounted and its folder exists"),
    errno.ENOTDIR: Remedy("a file has the name of a folder of this path", "rename or remove that file"),
    errno.ENAMETOOLONG: Remedy("the path is too long", "shorten it"),
    errno.EXDEV: Remedy(
        "the two folders are on different filesystems", "put inbox, staging and quarantine on the same mount"
    ),
    errno.EIO: Remedy("the disk failed to read or write", "read the kernel log (`dmesg`), and replace the disk"),
    errno.ESTALE: Remedy(
        "the network filesystem has been mounted anew, or its file was removed", "mount it again on this machine"
    ),
    errno.ENOTCONN: Remedy("the network filesystem is not connected", "mount it again on this machine"),
    errno.EHOSTDOWN: Remedy("the machine of the network filesystem is down", "start it, or mount another one"),
    errno.ETIMEDOUT: Remedy("the network filesystem or the machine does not answer", "check the network between both"),
    errno.EMFILE: Remedy(
        "this process has too many open files", "raise its limit (`ulimit -n`, or LimitNOFILE of its service)"
    ),
    errno.ENFILE: Remedy("the machine has too many open files", "raise the limit `fs.file-max` (`sysctl`)"),
    errno.ENOMEM: Remedy("the machine, or the container, has no free memory", "provide more, or stop other processes"),
    errno.EADDRINUSE: Remedy("another process uses this address", "stop that process, or set another port"),
    errno.EADDRNOTAVAIL: Remedy("this machine does not have the address", "set an address of this machine"),
}
"""The remedy for each error number of the operating system."""

SERVER_REMEDIES: tuple[tuple[str, Remedy], ...] = (
    ("OOM", Remedy("the server is at its memory limit", "raise its `maxmemory`, or give it more memory")),
    (
        "MISCONF",
        Remedy(
            "the server cannot write to its disk",
            "free some space on the disk of its data folder, and read its log for the exact error",
        ),
    ),
    (
        "WRONGPASS",
        Remedy(
            "the server does not accept the user or the password",
            "correct the password in COPYTASTER_REDIS_URL, and restart the parts if it was changed on the server",
        ),
    ),
    (
        "NOAUTH",
        Remedy(
            "the server requires a password, and none is set", "set it in COPYTASTER_REDIS_URL (redis://:PASSWORD@…)"
        ),
    ),
    (
        "NOPERM",
        Remedy(
            "the server's access list forbids this command or key to the user",
            "allow the user all keys, and all commands except administration (`ACL SETUSER`)",
        ),
    ),
    (
        "max number of clients reached",
        Remedy(
            "the server has as many connections as it allows",
            "raise its `maxclients`, and look for programs that leave connections open (`CLIENT LIST`)",
        ),
    ),
    (
        "READONLY",
        Remedy(
            "the address belongs to a replica, which accepts no writes",
            "set COPYTASTER_REDIS_URL to the primary server, for example after a failover",
        ),
    ),
    (
        "NOREPLICAS",
        Remedy(
            "the server has too few replicas to accept writes (its setting `min-replicas-to-write`): it is cut off, or"
            " has become the primary server just now",
            "wait for the Sentinels to replace it, or start the missing replicas",
        ),
    ),
    (
        "No master found",
        Remedy(
            "no Sentinel knows a primary server that is up",
            "wait for the failover; if none comes, check the name of the service in COPYTASTER_REDIS_URL or"
            " COPYTASTER_BROKER_URL, and that more than half of the Sentinels and a replica run",
        ),
    ),
    (
        "Redis Cluster cannot be connected",
        Remedy("no node of the cluster answers", "start the cluster, or correct the nodes in COPYTASTER_REDIS_URL"),
    ),
    ("LOADING", Remedy("the server has started and is loading its data", "wait; its log shows the progress")),
    ("MASTERDOWN", Remedy("the server is a replica without its primary server", "start the primary server")),
    ("CLUSTERDOWN", Remedy("the server's cluster is incomplete", "start the missing nodes of the cluster")),
    (
        "BUSY ",
        Remedy(
            "the server is executing a script that does not end",
            "end it with `SCRIPT KILL`, and report which program started it",
        ),
    ),
    (
        "UNKNOWN COMMAND",
        Remedy("the server is too old, or a command is disabled", "use Redis 7 or Valkey 7.2, or a later release"),
    ),
    (
        "Timeout connecting",
        Remedy(
            "the server's machine, or the server, does not answer",
            "check that both run; if they do, the server hangs or is stopped: restart it, nothing is lost",
        ),
    ),
    (
        "Timeout reading",
        Remedy(
            "the server accepts connections but does not reply: it hangs, is stopped, or is overloaded",
            "read its log, look at its process (state `T` means stopped: continue it with `kill -CONT`), and restart it"
            " if it does not recover; nothing is lost",
        ),
    ),
    (
        "Connection refused",
        Remedy(
            "no server listens at this address",
            "start it (`copytaster up` starts one), or correct COPYTASTER_REDIS_URL",
        ),
    ),
    (
        "Name or service not known",
        Remedy(
            "no machine has the server's name", "correct the host in COPYTASTER_REDIS_URL, or check the name server"
        ),
    ),
    (
        "name resolution",
        Remedy("the name server does not answer", "check the network, and the DNS settings of this machine"),
    ),
    (
        "No route to host",
        Remedy(
            "the server's machine cannot be reached", "check that it runs, and the network and firewall between both"
        ),
    ),
    (
        "SSL",
        Remedy(
            "the encrypted connection to the server failed",
            "use `rediss://` only for a server with TLS, and check its certificate",
        ),
    ),
    (
        "Connection closed by server",
        Remedy("the server closed the connection: it was stopped or has died", "read its log, and start it again"),
    ),
    (
        "Connection reset",
        Remedy("the connection broke: the server was stopped or has died", "read its log, and start it again"),
    ),
)
"""The remedy for each error reply of the server and each failure of its connection, by a part of the error's text."""

SERVER_LOG_REMEDIES: tuple[tuple[str, Remedy], ...] = (
    *(
        (
            pattern,
            Remedy(
                "the server's append-only file is damaged",
                "move appendonlydir/ out of the server's folder and start again: the watcher rebuilds the store from"
                " the archive",
            ),
        )
        for pattern in (
            "Bad file format reading the append only file",
            "Unexpected end of file reading the append only file",
            "AOF MANIFEST FILE ERROR",
            "Internal error in RDB reading",
            "Wrong signature trying to load DB",
        )
    ),
    (
        "Can't handle RDB format version",
        Remedy(
            "a newer server wrote the data",
            "start that release again, or move appendonlydir/ away to rebuild the store",
        ),
    ),
    ("No space left on device", REMEDIES[errno.ENOSPC]),
    ("Disk quota exceeded", REMEDIES[errno.EDQUOT]),
    ("Read-only file system", REMEDIES[errno.EROFS]),
    ("Permission denied", REMEDIES[errno.EACCES]),
    ("Address already in use", REMEDIES[errno.EADDRINUSE]),
    ("Out Of Memory", REMEDIES[errno.ENOMEM]),
)
"""The remedy for each fatal line of the log of a server that does not start, by a part of the line."""


def lacks_inodes(place: str) -> bool:
    """Return whether the filesystem at a path, or at its nearest existing parent, has space but hardly an inode.

    A few may be free again when the error is handled: a failed write removes its temporary file.
    """
    try:
        path = Path(place).absolute()
        while not path.exists() and path != path.parent:
            path = path.parent
        status = os.statvfs(path)
    except (OSError, ValueError):
        return False
    return status.f_files > 0 and status.f_favail < FEW_INODES and status.f_bavail * status.f_frsize >= MUCH_SPACE


def find_remedy(
    error: OSError,
    place: str | os.PathLike[str] | None = None,
    *,
    is_out_of_inodes: Callable[[str], bool] = lacks_inodes,
) -> Remedy | None:
    """Return the cause of the error and its cure; None if the table does not contain it.

    ``place`` is the path at which it happened, by default the one that the error names. Its filesystem is queried only
    for ENOSPC, which the system reports for a lack of inodes as well.
    """
    named = place or error.filename
    if error.errno == errno.ENOSPC and named is not None and is_out_of_inodes(os.fsdecode(named)):
        return NO_INODES
    return REMEDIES.get(error.errno or 0)


def explain_os_error(error: OSError, place: str | os.PathLike[str] | None = None) -> str:
    """Return the error in the system's words, with its cause and its cure; see ``find_remedy``."""
    remedy = find_remedy(error, place)
    return f"{error}: {remedy}" if remedy else str(error)


def explain_server_error(error: BaseException) -> str:
    """Return an error of the server, or of the connection to it, with its cause and its cure."""
    text = text_with_code(error)
    remedy = _find(text_with_code(server_reply(error) or error), SERVER_REMEDIES)
    return f"{text}: {remedy}" if remedy else text


def explain_server_log(lines: str) -> str | None:
    """Return why a server ended, from its last log lines, and what to do; None if they show no known cause."""
    remedy = _find(lines, SERVER_LOG_REMEDIES)
    return str(remedy) if remedy else None


def _find(text: str, table: tuple[tuple[str, Remedy], ...]) -> Remedy | None:
    lower = text.lower()
    return next((remedy for pattern, remedy in table if pattern.lower() in lower), None)
