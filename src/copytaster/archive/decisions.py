"""What people have decided, kept beside the originals: no file says it, and a rebuilt store must know it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import fsspec
from pydantic import AwareDatetime

from copytaster.archive.durable_files import replace_durably
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId, Document

FOLDER = "decisions"
"""Beside the folder ``journal`` in the archive; a file for each decision, as there are few."""


class Decision(Document):
    """That the article was taken for a copy and is none: when somebody said so, and who."""

    article_id: ArticleId
    at: AwareDatetime
    by: str


class Decisions(Protocol):
    """Remembers decisions outside the server. Both methods raise ``TransientError`` when the archive is away."""

    def keep(self, decision: Decision) -> None:
        """Write a decision; on return it is on the disk. Of several about one article the last one counts."""
        ...

    def all(self) -> list[Decision]:
        """Return the decisions, the oldest first. Cost: reading a file for each."""
        ...


class FilesystemDecisions:
    """Decisions in the archive's folder or bucket, reached through fsspec."""

    def __init__(self, address: str) -> None:
        self._filesystem, root = fsspec.core.url_to_fs(address)
        self._root = f"{root}/{FOLDER}"
        self._is_local = "file" in self._filesystem.protocol

    def keep(self, decision: Decision) -> None:
        """Write a decision; see ``Decisions.keep``."""
        content, path = decision.model_dump_json().encode(), f"{self._root}/{decision.article_id}.json"
        try:
            if self._is_local:
                replace_durably(Path(path), content)
            else:
                self._filesystem.pipe_file(path, content)
        except OSError as error:
            raise self._away("write to", error) from error

    def all(self) -> list[Decision]:
        """Return the decisions; see ``Decisions.all``."""
        try:
            names = [each for each in self._filesystem.ls(self._root, detail=False, refresh=True) if _is_whole(each)]
            found = [Decision.model_validate_json(self._filesystem.cat_file(each)) for each in names]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._away("read", error) from error
        return sorted(found, key=_moment)

    def _away(self, doing: str, error: OSError) -> TransientError:
        return TransientError(f"cannot {doing} the decisions in {self._root}: {error}; is its disk full or away?")


class MemoryDecisions:
    """Decisions in a dictionary: the fake that ships with the port."""

    def __init__(self) -> None:
        self._decisions: dict[ArticleId, Decision] = {}

    def keep(self, decision: Decision) -> None:
        """Remember a decision; see ``Decisions.keep``."""
        self._decisions[decision.article_id] = decision

    def all(self) -> list[Decision]:
        """Return the decisions; see ``Decisions.all``."""
        return sorted(self._decisions.values(), key=_moment)


def _is_whole(name: str) -> bool:
    """Say whether the file is one that was written to its end: what a crash left has another name."""
    return name.endswith(".json")


def _moment(decision: Decision) -> tuple[object, ...]:
    return decision.at, decision.article_id
