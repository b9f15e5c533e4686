"""Which files the watcher takes, by name: all but hidden and unfinished ones, sidecars, and those of other programs."""

from __future__ import annotations

from collections.abc import Iterable

from copytaster.model.ignored_names import OWN, UNFINISHED, IgnoredNames
from copytaster.model.sidecar_names import has_sidecar_suffix, is_source_file


class FileFilter:
    """Decides by name; ``ignored`` are the operator's own patterns of names that are passed over."""

    def __init__(self, ignored: Iterable[str] = ()) -> None:
        self._ignored = IgnoredNames(ignored)

    def is_taken(self, name: str) -> bool:
        """Return whether the watcher takes a file of this name."""
        return not (
            name.startswith(".") or has_sidecar_suffix(name) or is_source_file(name) or self.is_passed_over(name)
        )

    def is_passed_over(self, name: str) -> bool:
        """Return whether a file of this name is one that other programs leave."""
        return self._ignored.writer_of_file(name) is not None

    def is_entered(self, folder: str) -> bool:
        """Return whether the watcher scans a folder of this name. Hidden folders are skipped: one holds the claims."""
        return not folder.startswith(".") and self._ignored.writer_of_folder(folder) is None

    def why_never_taken(self, path: str) -> str | None:
        """Return why the watcher never takes the file at this path below the inbox, and what to do; None if it may."""
        *folders, name = path.split("/")
        folder = next((folder for folder in folders if not self.is_entered(folder)), None)
        if folder is not None:
            writer = self._ignored.writer_of_folder(folder)
            cause = f"matches {_patterns_of(writer)}" if writer else "is hidden"
            return f"its folder {folder} {cause}; move it into another folder"
        if name.startswith("."):
            return "its name begins with a dot; rename it"
        ending = next((each for each in UNFINISHED if name.lower().endswith(each)), None)
        if ending is not None:
            return f"its name ends in {ending}, as unfinished files do; its writer, or a person, has to rename it"
        if is_source_file(name):
            return "it contains the defaults of its folder"
        writer = self._ignored.writer_of_file(name)
        return f"its name matches {_patterns_of(writer)}; if it is news, rename it" if writer else None


def _patterns_of(writer: str) -> str:
    return f"a pattern in {OWN}" if writer == OWN else f"one that {writer} leave beside other files"
