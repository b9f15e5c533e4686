"""Reads the changes of a folder and its sub-folders from inotify."""

from __future__ import annotations

import errno
import os
import select
import threading
from pathlib import Path

from inotify_simple import Event, INotify, flags

from copytaster.intake.file_filter import FileFilter
from copytaster_watcher.discovery.changes import Change, Kind
from copytaster_watcher.discovery.scan import MAX_LEVELS

COLLECTED_MILLISECONDS = 20
"""Events that arrive within this time are read together, so that a burst starts few scans."""

WATCHED = (
    flags.CREATE | flags.CLOSE_WRITE | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE | flags.ATTRIB
) | flags.MOVE_SELF
"""No event for each write: a large file has thousands of them, and the scan finds its growth."""

OF_FOLDERS = flags.ONLYDIR | flags.DONT_FOLLOW
"""What has become a file or a link since it was listed is not watched."""

SKIPPED = {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG}
"""Errors of one folder, which has disappeared or cannot be read; the scan reports the latter."""

KINDS = {
    flags.CREATE: Kind.CREATED,
    flags.CLOSE_WRITE: Kind.CLOSED,
    flags.MOVED_TO: Kind.MOVED_IN,
    flags.ATTRIB: Kind.TOUCHED,
    flags.MOVED_FROM: Kind.GONE,
    flags.DELETE: Kind.GONE,
}


class InotifyChanges:
    """Implements ``Changes`` with one watch for each folder; the user's limit is ``fs.inotify.max_user_watches``."""

    def __init__(self, folder: Path) -> None:
        """Watch the folder and its sub-folders. Raises ``OSError``: no inotify, no such folder, or too many watches."""
        self._folder = str(folder)
        self._filter = FileFilter()
        self._paths: dict[int, str] = {}
        self._closing, self._is_closed = threading.Lock(), False
        try:
            self._inotify = INotify()
            self._stopped = os.eventfd(0, os.EFD_CLOEXEC)
        except AttributeError as error:  # another system than Linux
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
        self._poll = select.poll()
        self._poll.register(self._inotify, select.POLLIN)
        self._poll.register(self._stopped, select.POLLIN)
        try:
            self._root = self._add(self._folder, flags.ONLYDIR)  # the inbox itself may be a link
            self._watch_below(self._folder)
        except OSError:
            self.close()
            raise

    def read(self) -> list[Change]:
        """Return the next changes; see ``Changes.read``."""
        if any(descriptor == self._stopped for descriptor, _ in self._poll.poll()):
            return []
        select.select([], [], [], COLLECTED_MILLISECONDS / 1000)
        return [change for event in self._inotify.read(timeout=0) if (change := self._change(event))]

    def stop(self) -> None:
        """End ``read``; see ``Changes.stop``."""
        with self._closing:
            if not self._is_closed:
                os.eventfd_write(self._stopped, 1)

    def close(self) -> None:
        """Release the descriptors; see ``Changes.close``."""
        with self._closing:
            self._is_closed = True
            self._inotify.close()
            os.close(self._stopped)

    def _change(self, event: Event) -> Change | None:
        """Return the change of an event, if it is one, after adding or removing the watches of its folder."""
        if event.mask & flags.Q_OVERFLOW:
            self._watch_below(self._folder)
            return Change(Kind.LOST, self._folder)
        if event.wd == self._root and event.mask & (flags.IGNORED | flags.MOVE_SELF):
            raise FileNotFoundError(errno.ENOENT, "the folder was removed or renamed", self._folder)
        if event.mask & flags.IGNORED:
            self._paths.pop(event.wd, None)
            return None
        folder = self._paths.get(event.wd)
        if folder is None or not event.name:
            return None
        path = f"{folder}/{event.name}"
        if event.mask & flags.ISDIR:
            return self._folder_change(path, event)
        return next((Change(kind, path) for flag, kind in KINDS.items() if event.mask & flag), None)

    def _folder_change(self, path: str, event: Event) -> Change | None:
        if not self._filter.is_entered(event.name):
            return None
        if event.mask & flags.MOVED_FROM:
            self._forget(path)
        if not event.mask & (flags.CREATE | flags.MOVED_TO):
            return None
        self._watch(path)
        self._watch_below(path)
        return Change(Kind.FOLDER, path)

    def _watch_below(self, top: str) -> None:
        """Watch the sub-folders. Watching a folder twice is harmless: it keeps its watch."""
        folders = [top]
        while folders:
            folders += filter(self._watch, self._folders_in(folders.pop()))

    def _folders_in(self, folder: str) -> list[str]:
        if folder.count("/") - self._folder.count("/") >= MAX_LEVELS:
            return []
        try:
            with os.scandir(folder) as entries:
                found = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:  # it has disappeared, or cannot be read; the scan reports the latter
            return []
        return [f"{folder}/{entry.name}" for entry in found if self._filter.is_entered(entry.name)]

    def _watch(self, path: str) -> bool:
        """Watch one sub-folder and return whether that was possible. Raises ``OSError`` if there are too many."""
        try:
            self._add(path, OF_FOLDERS)
        except OSError as error:
            if error.errno in SKIPPED:
                return False
            raise
        return True

    def _add(self, path: str, how: int) -> int:
        try:
            watch: int = self._inotify.add_watch(path, WATCHED | how)
        except OSError as error:  # the library's error names no file
            raise OSError(error.errno, error.strerror, path) from None
        self._paths[watch] = path
        return watch

    def _forget(self, path: str) -> None:
        """Remove the watches of a folder that was renamed: their paths are wrong now."""
        for watch, watched in list(self._paths.items()):
            if watched == path or watched.startswith(f"{path}/"):
                del self._paths[watch]
                try:
                    self._inotify.rm_watch(watch)
                except OSError as error:
                    if error.errno != errno.EINVAL:  # else the folder was removed meanwhile, and its watch with it
                        raise
