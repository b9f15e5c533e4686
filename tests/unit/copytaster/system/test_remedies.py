"""Each error of the tables is reported with its cause and its cure."""

from __future__ import annotations

import errno
import os

import pytest
from redis.exceptions import AuthenticationError, OutOfMemoryError, ResponseError

from copytaster.system.remedies import (
    REMEDIES,
    SERVER_LOG_REMEDIES,
    SERVER_REMEDIES,
    explain_os_error,
    explain_server_error,
    explain_server_log,
    find_remedy,
)
from copytaster.system.server_replies import server_reply

OS_ERRORS = {
    errno.ENOSPC: ("the disk is full", "free some space"),
    errno.EDQUOT: ("quota is used up", "raise the quota"),
    errno.EROFS: ("read-only", "mount it for writing"),
    errno.EACCES: ("no permission", "give it read and write permission"),
    errno.EPERM: ("forbidden", "immutable"),
    errno.ENOENT: ("does not exist", "is mounted"),
    errno.ENOTDIR: ("a file has the name of a folder", "rename or remove that file"),
    errno.ENAMETOOLONG: ("too long", "shorten it"),
    errno.EXDEV: ("different filesystems", "on the same mount"),
    errno.EIO: ("the disk failed", "replace the disk"),
    errno.ESTALE: ("network filesystem", "mount it again"),
    errno.ENOTCONN: ("not connected", "mount it again"),
    errno.EHOSTDOWN: ("is down", "start it"),
    errno.ETIMEDOUT: ("does not answer", "check the network"),
    errno.EMFILE: ("this process has too many open files", "ulimit -n"),
    errno.ENFILE: ("the machine has too many open files", "fs.file-max"),
    errno.ENOMEM: ("no free memory", "provide more"),
    errno.EADDRINUSE: ("another process uses this address", "set another port"),
    errno.EADDRNOTAVAIL: ("does not have the address", "set an address of this machine"),
}

SERVER_ERRORS = {
    "OOM": ("command not allowed when used memory > 'maxmemory'.", "raise its `maxmemory`"),
    "MISCONF": ("MISCONF Errors writing to the AOF file: No space left on device", "free some space on the disk"),
    "WRONGPASS": (
        "invalid username-password pair or user is disabled.",
        "correct the password in COPYTASTER_REDIS_URL",
    ),
    "NOAUTH": ("HELLO must be called with the client already authenticated", "set it in COPYTASTER_REDIS_URL"),
    "NOPERM": ("User reader has no permissions to run the 'set' command", "ACL SETUSER"),
    "max number of clients reached": ("max number of clients reached", "raise its `maxclients`"),
    "READONLY": ("You can't write against a read only replica.", "to the primary server"),
    "NOREPLICAS": ("Not enough good replicas to write.", "start the missing replicas"),
    "No master found": ("No master found for 'news'", "more than half of the Sentinels"),
    "Redis Cluster cannot be connected": (
        "Redis Cluster cannot be connected. Please provide at least one reachable node",
        "correct the nodes in COPYTASTER_REDIS_URL",
    ),
    "LOADING": ("Valkey is loading the dataset in memory", "wait"),
    "MASTERDOWN": ("Link with MASTER is down and stale data is not served.", "start the primary server"),
    "CLUSTERDOWN": ("The cluster is down", "start the missing nodes"),
    "BUSY ": ("BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", "SCRIPT KILL"),
    "UNKNOWN COMMAND": ("unknown command 'ZMSCORE', with args beginning with: 'k'", "or a later release"),
    "Timeout connecting": ("Timeout connecting to server", "hangs or is stopped"),
    "Timeout reading": ("Timeout reading from socket", "kill -CONT"),
    "Connection refused": ("Error 111 connecting to localhost:6379. Connection refused.", "copytaster up"),
    "Name or service not known": ("Error -2 connecting to redis:6379. Name or service not known.", "correct the host"),
    "name resolution": ("Error -3 connecting to redis:6379. Temporary failure in name resolution.", "DNS settings"),
    "No route to host": ("Error 113 connecting to 10.0.0.9:6379. No route to host.", "firewall"),
    "SSL": ("Error 1 connecting to redis:6379. [SSL: WRONG_VERSION_NUMBER] wrong version number.", "rediss://"),
    "Connection closed by server": ("Connection closed by server.", "start it again"),
    "Connection reset": ("Error while reading from redis:6379 : (104, 'Connection reset by peer')", "start it again"),
}
"""For each entry of the table the text of a real error, and a part of the cure."""

CODES = {"OOM", "WRONGPASS", "NOAUTH", "NOPERM", "READONLY", "NOREPLICAS", "LOADING", "MASTERDOWN", "CLUSTERDOWN"}
"""Codes that redis-py removes from the text and keeps as an attribute."""

LOG_LINES = {
    "Bad file format reading the append only file": "# Bad file format reading the append only file a.incr.aof: make",
    "Unexpected end of file reading the append only file": "# Unexpected end of file reading the append only file a",
    "AOF MANIFEST FILE ERROR": "*** FATAL AOF MANIFEST FILE ERROR ***\n# Invalid AOF manifest file format",
    "Internal error in RDB reading": "# Internal error in RDB reading offset 99, function at rdb.c",
    "Wrong signature trying to load DB": "# Wrong signature trying to load DB from file",
    "Can't handle RDB format version": "# Can't handle RDB format version 90",
    "No space left on device": "# Can't open or create append-only dir appendonlydir: No space left on device",
    "Disk quota exceeded": "# Error writing to the AOF file: Disk quota exceeded",
    "Read-only file system": "# Can't open the append-only file a.aof: Read-only file system",
    "Permission denied": "# Can't chdir to '/data': Permission denied",
    "Address already in use": "# Could not create server TCP listening socket *:1: bind: Address already in use",
    "Out Of Memory": "# Out Of Memory allocating 99 bytes!",
}


@pytest.mark.parametrize("number", REMEDIES, ids=errno.errorcode.get)
def test_each_error_number_is_reported_with_its_cause_and_its_cure(number: int) -> None:
    error = OSError(number, os.strerror(number), "/data/archive")

    cause, cure = OS_ERRORS[number]
    message = explain_os_error(error)
    assert message.startswith(f"[Errno {number}]")
    assert "/data/archive" in message
    assert cause in message
    assert cure in message


def test_a_full_disk_with_free_blocks_is_reported_as_a_lack_of_inodes() -> None:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/archive/x")

    assert "free inodes" in str(find_remedy(error, is_out_of_inodes=lambda _: True))
    assert "the disk is full" in str(find_remedy(error, is_out_of_inodes=lambda _: False))


def test_only_the_filesystem_of_the_path_is_queried_and_only_for_a_full_disk() -> None:
    queried: list[str] = []

    def is_out_of_inodes(path: str) -> bool:
        queried.append(path)
        return False

    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    find_remedy(full, "/data/archive", is_out_of_inodes=is_out_of_inodes)
    find_remedy(full, is_out_of_inodes=is_out_of_inodes)
    forbidden = OSError(errno.EACCES, "Permission denied", "/x")
    find_remedy(forbidden, is_out_of_inodes=is_out_of_inodes)

    assert queried == ["/data/archive"]


@pytest.mark.parametrize("error", [OSError("the bucket does not exist"), OSError(errno.EBADF, "Bad file descriptor")])
def test_an_error_without_a_known_cause_is_reported_in_its_own_words(error: OSError) -> None:
    assert explain_os_error(error) == str(error)


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in SERVER_REMEDIES])
def test_each_error_of_the_server_is_reported_with_its_cure(pattern: str) -> None:
    text, cure = SERVER_ERRORS[pattern]
    error = ResponseError(text, status_code=pattern if pattern in CODES else None)

    message = explain_server_error(error)

    assert text in message
    assert cure in message


def test_the_code_that_the_client_has_removed_decides() -> None:
    assert "raise its `maxmemory`" in explain_server_error(
        OutOfMemoryError("command # 1 (SET) failed", status_code="OOM")
    )
    assert "correct the password" in explain_server_error(AuthenticationError("no", status_code="WRONGPASS"))


def test_an_unknown_error_of_the_server_is_reported_in_its_own_words() -> None:
    assert explain_server_error(ResponseError("a new error", status_code="ERR")) == "a new error"


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in SERVER_LOG_REMEDIES])
def test_each_fatal_line_of_the_servers_log_has_a_cure(pattern: str) -> None:
    expected = next(str(remedy) for key, remedy in SERVER_LOG_REMEDIES if key == pattern)

    assert explain_server_log(f"1:M * Server initialized\n{LOG_LINES[pattern]}\n") == expected


def test_the_cure_of_a_damaged_append_only_file_loses_nothing() -> None:
    cure = explain_server_log(LOG_LINES["Bad file format reading the append only file"])

    assert cure is not None
    assert "move appendonlydir/ out" in cure
    assert "rebuilds the store from the archive" in cure


def test_a_log_without_a_fatal_line_has_no_cure() -> None:
    assert explain_server_log("1:M * Ready to accept connections tcp") is None


def test_the_reply_of_a_server_is_explained_though_a_library_raised_another_error_for_it() -> None:
    reply = AuthenticationError("invalid username-password pair or user is disabled.", status_code="WRONGPASS")
    error = ConnectionError("Redis Cluster cannot be connected. Please provide at least one reachable node.")
    error.__cause__ = between = RuntimeError("all nodes")
    between.__cause__ = reply

    assert "correct the password" in explain_server_error(error)
    assert "start the cluster" not in explain_server_error(error)
    assert server_reply(error) is reply
    assert server_reply(reply) is reply
    assert server_reply(RuntimeError("Connection refused")) is None
