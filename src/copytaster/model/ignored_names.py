"""Names of files and folders that other programs leave beside the news: the watcher and archives pass them over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate

UNFINISHED = (".tmp", ".part", ".crdownload", ".filepart", "~")
"""Name endings that writers, browsers and transfer programs use for unfinished files."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A program, or a kind of them, with the patterns of its files and folders; case is ignored."""

    name: str
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


WRITERS = (
    Writer(
        "Windows",
        ("desktop.ini", "Thumbs.db", "Thumbs.db:*", "ehthumbs.db", "ehthumbs_vista.db", "*:Zone.Identifier"),
        ("$RECYCLE.BIN", "RECYCLER", "System Volume Information"),
    ),
    Writer("Microsoft Office, OneDrive", ("~$*", "~WRL*", "~WRD*", "*.laccdb", "*.ldb", "*.asd", "*.odlocal")),
    Writer(
        "macOS",
        (".DS_Store", "._*", "Icon\r", ":2e*", "*.icloud"),
        ("__MACOSX", "Network Trash Folder", "Temporary Items", "TheVolumeSettingsFolder", "*.download"),
    ),
    Writer("Linux desktops, file systems", (".directory", ".nfs*", ".fuse_hidden*"), ("lost+found", ".Trash*")),
    Writer(
        "Synology, QNAP, NetApp",
        ("*@SynoEAStream", "*@SynoResource", "*@SynoThumb*"),
        ("@eaDir", "#recycle", "#snapshot", "@tmp", "@Recycle", "@Recently-Snapshot", "@sharebin", "~snapshot"),
    ),
    Writer("Nextcloud, ownCloud", ("*.nextcloud", "*.owncloud", "*.ocTransferId*", "._sync_*.db*", ".sync_*.db*")),
    Writer("Dropbox, Google Drive, Resilio", ("*.gdoc", "*.gsheet", "*.gslides", "*.bts", "*.!sync")),
    Writer("Syncthing", ("~syncthing~*", ".syncthing.*"), (".stfolder", ".stversions")),
    Writer(
        "browsers",
        ("*.crdownload", "*.part", "*.partial", "*.download", "*.opdownload", "*.dtapart", "*.fdmdownload"),
    ),
    Writer("rsync", (".*.??????",), (".~tmp~", ".rsync-partial", "rsync-partial")),
    Writer(
        "FTP servers and clients",
        (
            *("*.filepart", "*.lftp-pget-status", "*.lftp-get-status", ".in.*", ".pureftpd-upload*", "*.ftpquota"),
            *("WS_FTP.LOG", "*.uploading", "*.upload"),
        ),
    ),
    Writer("download programs", ("*.aria2", "wget-log", "wget-log.[0-9]*", "*.!ut", "*.!qB", "*.bc!")),
    Writer("editors", ("*~", "*.swp", "*.swo", "*.swn", "*.swpx", "*.swx", "#*#", "4913")),
    Writer("programs that lock or rename", ("*.tmp", "*.temp", "*.lock", "*.lck")),
    Writer("version control", (), ("CVS", ".git", ".svn")),
)
"""From the documentation of the programs. A folder that is passed over hides everything below it."""


OWN = "COPYTASTER_IGNORED_NAMES"
"""The place of the operator's own patterns, named as their writer."""

_WILDCARD = re.compile(r"[*?\[]")


class IgnoredNames:
    """Decides which names are passed over: those of ``WRITERS`` and those of the operator's ``own`` patterns."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        own = tuple(own)
        self._files = _Patterns([*((each.name, each.files) for each in WRITERS), (OWN, own)])
        self._folders = _Patterns([*((each.name, each.folders) for each in WRITERS), (OWN, own)])

    def writer_of_file(self, name: str) -> str | None:
        """Return who leaves a file of this name; None if it is not a known one."""
        return self._files.writer_of(name)

    def writer_of_folder(self, name: str) -> str | None:
        """Return who leaves a folder of this name; None if it is not a known one."""
        return self._folders.writer_of(name)


class _Patterns:
    """Patterns with their writers. Nearly all are whole names, beginnings or endings, which are compared in 1 µs."""

    def __init__(self, groups: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        self._writers = {pattern.lower(): writer for writer, patterns in groups for pattern in patterns}
        self._names = frozenset(each for each in self._writers if not _WILDCARD.search(each))
        self._endings = tuple(each[1:] for each in self._writers if each[:1] == "*" and not _WILDCARD.search(each[1:]))
        self._beginnings = tuple(
            each[:-1] for each in self._writers if each[-1:] == "*" and not _WILDCARD.search(each[:-1])
        )
        simple = {*self._names, *(f"*{each}" for each in self._endings), *(f"{each}*" for each in self._beginnings)}
        others = [translate(each) for each in self._writers if each not in simple]
        self._others = re.compile("|".join(others) or r"(?!)")

    def writer_of(self, name: str) -> str | None:
        folded = name.lower()
        if (
            folded in self._names
            or folded.endswith(self._endings)
            or folded.startswith(self._beginnings)
            or self._others.fullmatch(folded)
        ):
            return next(writer for pattern, writer in self._writers.items() if fnmatchcase(folded, pattern))
        return None
