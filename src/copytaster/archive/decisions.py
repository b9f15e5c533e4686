"""Decisions of people, stored beside the originals: a rebuilt store needs them, and no file contains them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import fsspec
from pydantic import AwareDatetime

from copytaster.archive.durable_files import replace_durably
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId, Document
from copytaster.system.remedies import explain_os_error

FOLDER = "decisions"
"""A folder of the archive, with a file for each decision, because there are few."""


class Decision(Document):
    """The decision that an article, which was stored as a copy, is not a copy: when it was made, and by whom."""

    article_id: ArticleId
    at: AwareDatetime
    by: str


class Decisions(Protocol):
    """Stores decisions outside the server. Both methods raise ``TransientError`` if the archive is unavailable."""

    def record(self, decision: Decision) -> None:
        """Write a decision durably. Of several decisions about one article, the last one counts."""
        ...

    def all(self) -> list[Decision]:
        """Return the decisions, oldest first. Cost: one file read for each."""
        ...


class FilesystemDecisions:
    """Implements ``Decisions`` with files in the archive's folder or bucket, accessed through fsspec."""

    def __init__(self, address: str) -> None:
        self._filesystem, root = fsspec.core.url_to_fs(address)
        self._root = f"{root}/{FOLDER}"
        self._is_local = "file" in self._filesystem.protocol

    def record(self, decision: Decision) -> None:
        """Write a decision; see ``Decisions.record``."""
        content, path = decision.model_dump_json().encode(), f"{self._root}/{decision.article_id}.json"
        try:
            if self._is_local:
                replace_durably(Path(path), content)
            else:
                self._filesystem.pipe_file(path, content)
        except OSError as error:
            raise self._failure("write to", error) from error

    def all(self) -> list[Decision]:
        """Return the decisions; see ``Decisions.all``."""
        try:
            names = [each for each in self._filesystem.ls(self._root, detail=False, refresh=True) if _is_complete(each)]
            found = [Decision.model_validate_json(self._filesystem.cat_file(each)) for each in names]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._failure("read", error) from error
        return sorted(found, key=_sort_key)

    def _failure(self, doing: str, error: OSError) -> TransientError:
        return TransientError(f"cannot {doing} the decisions in {self._root}: {explain_os_error(error, self._root)}")


class MemoryDecisions:
    """Implements ``Decisions`` in memory."""

    def __init__(self) -> None:
        self._decisions: dict[ArticleId, Decision] = {}

    def record(self, decision: Decision) -> None:
        """Store a decision; see ``Decisions.record``."""
        self._decisions[decision.article_id] = decision

    def all(self) -> list[Decision]:
        """Return the decisions; see ``Decisions.all``."""
        return sorted(self._decisions.values(), key=_sort_key)


def _is_complete(name: str) -> bool:
    """Return whether the file was written completely: an incomplete one has the name of a temporary file."""
    return name.endswith(".json")


def _sort_key(decision: Decision) -> tuple[object, ...]:
    return decision.at, decision.article_id
