"""Decisions of people, stored beside the originals: a rebuilt store needs them, and no file contains them."""

from __future__ import annotations

from hashlib import sha256
from typing import Protocol

from pydantic import AwareDatetime, ValidationError

from copytaster.archive.checksums import seal, unseal
from copytaster.archive.damage import Damage, DamageKind, Damages, FilesystemDamages, record_quietly
from copytaster.archive.stored_files import StoredFiles
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleId, Document

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
        """Return the decisions, oldest first. A damaged one is omitted and recorded as damage. Cost: one read each."""
        ...

    def damaged(self) -> list[Damage]:
        """Return the damage of decisions that cannot be used."""
        ...


class FilesystemDecisions:
    """Implements ``Decisions`` with files in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)
        self._damages: Damages = FilesystemDamages(address)

    def record(self, decision: Decision) -> None:
        """Write a decision; see ``Decisions.record``."""
        self._files.write(f"{FOLDER}/{decision.article_id}.json", seal(decision.model_dump_json().encode()))

    def all(self) -> list[Decision]:
        """Return the decisions; see ``Decisions.all``."""
        found = self._read()
        for each in found:
            if isinstance(each, Damage):
                record_quietly(self._damages, each)
        return sorted((each for each in found if isinstance(each, Decision)), key=_sort_key)

    def damaged(self) -> list[Damage]:
        """Return the damage; see ``Decisions.damaged``."""
        return [each for each in self._read() if isinstance(each, Damage)]

    def _read(self) -> list[Decision | Damage]:
        paths = [f"{FOLDER}/{each}" for each in self._files.names(FOLDER) if _is_complete(each)]
        contents = ((path, self._files.read(path)) for path in paths)
        return [_parse(path, content) for path, content in contents if content is not None]


def _parse(path: str, sealed: bytes) -> Decision | Damage:
    line = unseal(sealed)
    try:
        return Decision.model_validate_json(line.content if line else b"")
    except ValidationError:
        return _damage(path, sealed)


def _damage(path: str, sealed: bytes) -> Damage:
    return Damage(
        kind=DamageKind.DECISION,
        place=path,
        found=sha256(sealed).hexdigest(),
        message=f"the decision in {path} has changed and cannot be used: restore it from a backup, or remove it and run"
        " `copytaster accept` again for the article that it is named after",
        found_at=SystemClock().now(),
    )


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

    def damaged(self) -> list[Damage]:
        """Return the damage; see ``Decisions.damaged``."""
        return []


def _is_complete(name: str) -> bool:
    """Return whether the file was written completely: an incomplete one has the name of a temporary file."""
    return name.endswith(".json")


def _sort_key(decision: Decision) -> tuple[object, ...]:
    return decision.at, decision.article_id
