"""The placements of articles into stories, stored beside the journal: a rebuild places the articles as before.

Which story an article joins depends on what was there when it arrived, and on the release that compared them. So the
result is recorded, before the store has it: a line of JSON for each group of articles, in the folder of its day. In a
bucket each group has a file.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, Protocol

import structlog
from pydantic import AwareDatetime, ValidationError

from copytaster.archive.checksums import seal, unseal
from copytaster.archive.daily_lines import LINES, day_of, split_lines
from copytaster.archive.day_folders import DayFolders
from copytaster.model.article import ArticleId, Document

log = structlog.get_logger(__name__)

FOLDER = "placements"


class Placement(Document):
    """An article, the story that it entered, and why, as the store's evidence without words; null for the founder.

    ``merged`` are the stories that became a part of that story at the same time.
    """

    article_id: ArticleId
    story_id: str
    evidence: dict[str, Any] | None = None
    merged: tuple[str, ...] = ()


class PlacedGroup(Document):
    """Placements that were made at one time."""

    at: AwareDatetime
    placements: tuple[Placement, ...]


class Placements(Protocol):
    """Stores placements outside the server. Every method raises ``TransientError`` if the archive is unavailable."""

    def record(self, group: PlacedGroup) -> None:
        """Write a group durably. Of several placements of one article only the last one counts."""
        ...

    def days(self) -> list[str]:
        """Return the days with placements, as ``2026/11/23``, oldest first."""
        ...

    def read(self, day: str) -> list[PlacedGroup]:
        """Return the groups of a day, the earliest first. A damaged line is logged and left out."""
        ...

    def remove(self, day: str) -> None:
        """Remove all groups of a day."""
        ...


class FilesystemPlacements:
    """Implements ``Placements`` with files in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._days = DayFolders(address, FOLDER)

    def record(self, group: PlacedGroup) -> None:
        """Write a group; see ``Placements.record``."""
        line, day = group.model_dump_json(exclude_defaults=True).encode(), day_of(group.at)
        try:
            self._days.archive_mark.require()
            if self._days.lines:
                self._days.lines.append([line], day)
            else:
                self._days.filesystem.pipe_file(f"{self._days.root}/{day}/{secrets.token_hex(8)}{LINES}", seal(line))
        except OSError as error:
            raise self._days.failure("write to", error) from error

    def days(self) -> list[str]:
        """Return the days; see ``Placements.days``."""
        return self._days.days()

    def read(self, day: str) -> list[PlacedGroup]:
        """Return the groups; see ``Placements.read``."""
        groups = [group for file in self._days.files(day) for group in self._read(file)]
        return sorted(groups, key=lambda each: each.at)

    def remove(self, day: str) -> None:
        """Remove a day; see ``Placements.remove``."""
        self._days.remove(day)

    def _read(self, file: str) -> Iterator[PlacedGroup]:
        try:
            lines = split_lines(self._days.filesystem.cat_file(file))
        except FileNotFoundError:  # the retention has removed it since it was listed
            return
        except OSError as error:
            raise self._days.failure("read", error) from error
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            if group := _parse(line):
                yield group
            else:
                log.warning("placements.unreadable", file=file, line=number, next="these articles are placed anew")


def _parse(sealed: bytes) -> PlacedGroup | None:
    line = unseal(sealed)
    try:
        return PlacedGroup.model_validate_json(line.content) if line else None
    except ValidationError:
        return None


class MemoryPlacements:
    """Implements ``Placements`` in memory."""

    def __init__(self) -> None:
        self._groups: list[PlacedGroup] = []

    def record(self, group: PlacedGroup) -> None:
        """Store a group; see ``Placements.record``."""
        self._groups.append(group)

    def days(self) -> list[str]:
        """Return the days; see ``Placements.days``."""
        return sorted({day_of(each.at) for each in self._groups})

    def read(self, day: str) -> list[PlacedGroup]:
        """Return the groups; see ``Placements.read``."""
        return sorted((each for each in self._groups if day_of(each.at) == day), key=lambda each: each.at)

    def remove(self, day: str) -> None:
        """Remove a day; see ``Placements.remove``."""
        self._groups = [each for each in self._groups if day_of(each.at) != day]
