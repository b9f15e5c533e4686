"""The damage found in the archive: each is recorded beside the originals until it is repaired or a person resolves it.

A record is a small file in ``damage/``; resolved and repaired ones are moved to ``damage/resolved/`` and
``damage/repaired/``. The archive holds them, not the server, because they must outlive a loss of the server's data.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

import structlog
from pydantic import AwareDatetime, ValidationError, computed_field

from copytaster.archive.stored_files import StoredFiles
from copytaster.errors import CopytasterError, TransientError
from copytaster.model.article import Document

log = structlog.get_logger(__name__)

FOLDER = "damage"
RESOLVED = f"{FOLDER}/resolved"
REPAIRED = f"{FOLDER}/repaired"

ID_DIGITS = 12
"""Short enough to type; two of a million records have the same id with a probability of 1 in 500."""

MAX_NAMED = 3
"""Records that a summary names; it counts the others."""


class DamageKind(StrEnum):
    """What is wrong. ``original_unnamed`` is no loss: the archive has a file that no entry of the journal names."""

    ORIGINAL_DAMAGED = "original_damaged"
    ORIGINAL_MISSING = "original_missing"
    JOURNAL_LINE = "journal_line"
    JOURNAL_LOST = "journal_lost"
    DECISION = "decision"
    ORIGINAL_UNNAMED = "original_unnamed"

    @property
    def is_loss(self) -> bool:
        """Whether something that the archive had is lost, until it is repaired."""
        return self is not DamageKind.ORIGINAL_UNNAMED


class Damage(Document):
    """One damage.

    ``place`` is the sha256 of an original, or the file and line of a journal entry, or the day of a journal, or the
    file of a decision. ``found`` identifies what is there instead, so that a resolution applies to this state only.
    ``delivery_id`` and ``sha256`` are what can still be read of a journal line. ``expected`` is the number of entries
    that a day of the journal had.
    """

    kind: DamageKind
    place: str
    found: str
    message: str
    found_at: AwareDatetime
    delivery_id: str | None = None
    sha256: str | None = None
    expected: int | None = None
    closed_at: AwareDatetime | None = None
    closed_by: str | None = None
    why_closed: str | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def id(self) -> str:
        """The id of this state of this place."""
        return hashlib.sha256(f"{self.kind}|{self.place}|{self.found}".encode()).hexdigest()[:ID_DIGITS]


class UnknownDamageError(CopytasterError):
    """There is no open damage of this id."""

    def __init__(self, damage_id: str) -> None:
        super().__init__(f"there is no open damage {damage_id}; `copytaster archive damages` lists them")


class Damages(Protocol):
    """Stores damage records. Every method raises ``TransientError`` if the archive is unavailable."""

    def record(self, damage: Damage) -> bool:
        """Record a damage. Returns False, and changes nothing, if it is recorded or resolved already."""
        ...

    def open(self) -> list[Damage]:
        """Return the damage that is neither resolved nor repaired, oldest first.

        Cost: a listing of a folder, and a file read for each new record.
        """
        ...

    def resolve(self, damage_id: str, *, by: str, why: str, at: AwareDatetime) -> Damage:
        """Record a person's decision that the damage needs no more attention; it is not reported again.

        Raises ``UnknownDamageError``.
        """
        ...

    def repair(self, damage_id: str, *, why: str, at: AwareDatetime) -> Damage:
        """Record that the damage is gone; the same damage is reported again if it returns.

        Raises ``UnknownDamageError``.
        """
        ...


class FilesystemDamages:
    """Implements ``Damages`` with files in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)
        self._known: dict[str, Damage] = {}
        """Records that were read: they do not change until they are closed."""

    def record(self, damage: Damage) -> bool:
        """Record a damage; see ``Damages.record``."""
        if any(self._files.exists(f"{each}/{damage.id}.json") for each in (FOLDER, RESOLVED)):
            return False
        self._files.write(f"{FOLDER}/{damage.id}.json", _stored(damage))
        log.error("archive.damaged", id=damage.id, kind=damage.kind.value, why=damage.message)
        return True

    def open(self) -> list[Damage]:
        """Return the open damage; see ``Damages.open``."""
        names = [each for each in self._files.names(FOLDER) if each.endswith(".json")]
        found = {each: self._known.get(each) or self._read(f"{FOLDER}/{each}") for each in names}
        self._known = {name: each for name, each in found.items() if each}
        return _ordered(self._known.values())

    def resolve(self, damage_id: str, *, by: str, why: str, at: AwareDatetime) -> Damage:
        """Record a decision; see ``Damages.resolve``."""
        return self._close(damage_id, RESOLVED, {"closed_by": by, "why_closed": why, "closed_at": at})

    def repair(self, damage_id: str, *, why: str, at: AwareDatetime) -> Damage:
        """Record a repair; see ``Damages.repair``."""
        return self._close(damage_id, REPAIRED, {"why_closed": why, "closed_at": at})

    def _close(self, damage_id: str, folder: str, how: dict[str, object]) -> Damage:
        known = self._read(f"{FOLDER}/{damage_id}.json") if damage_id.isalnum() else None
        if known is None:
            raise UnknownDamageError(damage_id)
        closed = known.model_copy(update=how)
        self._files.write(f"{folder}/{damage_id}.json", _stored(closed))
        self._files.remove(f"{FOLDER}/{damage_id}.json")
        log.info(
            "archive.damage_closed", id=damage_id, kind=closed.kind.value, by=closed.closed_by, why=closed.why_closed
        )
        return closed

    def _read(self, path: str) -> Damage | None:
        """Return a record; None if it was closed meanwhile. An unreadable record is logged and left in its place."""
        content = self._files.read(path)
        try:
            return Damage.model_validate_json(content) if content is not None else None
        except ValidationError:
            log.warning("archive.record_unreadable", file=path, next="remove it, then run `copytaster archive check`")
            return None


def _stored(damage: Damage) -> bytes:
    return damage.model_dump_json(exclude_none=True, exclude={"id"}).encode()


class MemoryDamages:
    """Implements ``Damages`` in memory."""

    def __init__(self) -> None:
        self._open: dict[str, Damage] = {}
        self._resolved: dict[str, Damage] = {}

    def record(self, damage: Damage) -> bool:
        """Record a damage; see ``Damages.record``."""
        if damage.id in self._open or damage.id in self._resolved:
            return False
        self._open[damage.id] = damage
        return True

    def open(self) -> list[Damage]:
        """Return the open damage; see ``Damages.open``."""
        return _ordered(self._open.values())

    def resolve(self, damage_id: str, *, by: str, why: str, at: AwareDatetime) -> Damage:
        """Record a decision; see ``Damages.resolve``."""
        closed = self._taken(damage_id).model_copy(update={"closed_by": by, "why_closed": why, "closed_at": at})
        self._resolved[damage_id] = closed
        return closed

    def repair(self, damage_id: str, *, why: str, at: AwareDatetime) -> Damage:
        """Record a repair; see ``Damages.repair``."""
        return self._taken(damage_id).model_copy(update={"why_closed": why, "closed_at": at})

    def _taken(self, damage_id: str) -> Damage:
        if damage_id not in self._open:
            raise UnknownDamageError(damage_id)
        return self._open.pop(damage_id)


def record_quietly(damages: Damages, damage: Damage) -> None:
    """Record a damage that a reader has found; if it cannot be recorded, the next check of the archive does it."""
    try:
        damages.record(damage)
    except TransientError as error:
        log.warning("archive.damage_not_recorded", place=damage.place, why=str(error))


def summary(damages: Iterable[Damage]) -> str | None:
    """Return counts by kind and the first few records in a sentence; None without damage."""
    listed = list(damages)
    if not listed:
        return None
    counts = Counter(each.kind.value for each in listed)
    named = "; ".join(each.message for each in listed[:MAX_NAMED])
    more = f"; and {len(listed) - MAX_NAMED} more" if len(listed) > MAX_NAMED else ""
    return f"{', '.join(f'{count} {kind}' for kind, count in counts.items())} ({named}{more})"


def _ordered(damages: Iterable[Damage]) -> list[Damage]:
    return sorted(damages, key=lambda each: (each.found_at, each.place))
