"""Uploads: files that arrive over a connection are taken in as if they had been dropped into the inbox.

The bytes go into a file without a name in the staging folder, which vanishes with the process. When all have arrived,
they become a claim there, as for ``copytaster ingest``: from then on nothing is lost, whatever happens to the process.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from copytaster.clock import Clock
from copytaster.errors import CopytasterError, TransientError
from copytaster.intake.file_filter import FileFilter
from copytaster.intake.file_intake import Deposit
from copytaster.intake.pauses import PauseWatch
from copytaster.intake.pressure import describe_room
from copytaster.intake.printable_names import has_control_characters
from copytaster.intake.rename_claims import LONGEST_NAME
from copytaster.intake.source_defaults import declared_source
from copytaster.model.access import is_among
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.limits import MEBIBYTE, Limits
from copytaster.model.metadata import Metadata
from copytaster.model.pause import Pause, describe_pause
from copytaster.model.sidecar_names import is_sidecar
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster.system.disk import disk_use

FORM_BYTES = MEBIBYTE
"""More bytes than a form has around its file."""


class Refusal(StrEnum):
    """Why an upload is refused; nothing of it is kept."""

    NAME = "name"
    SOURCE = "source"
    OTHER_SOURCE = "other_source"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    PAUSED = "paused"
    DISK_FULL = "disk_full"


class UploadRefusedError(CopytasterError):
    """The upload is refused; the message says why and what to do."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """Where an uploaded file belongs, and what its sender says about it: the fields of a sidecar."""

    name: str
    source: str | None
    metadata: Metadata

    @property
    def path(self) -> str:
        """The path below the inbox."""
        return f"{self.source}/{self.name}" if self.source else self.name

    @property
    def sidecar(self) -> bytes | None:
        """The content of the sidecar; None if there are no fields."""
        content = self.metadata.model_dump_json(exclude_none=True)
        return None if self.metadata == Metadata() else content.encode()


class IncomingFile:
    """The bytes of an upload that have arrived so far; they are removed when it is closed, or with the process."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        """The limit for what is written."""
        self._hash = hashlib.sha256()
        self.size = 0
        folder.mkdir(parents=True, exist_ok=True)
        self.bytes: BinaryIO = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed with this object

    def refuse_announced(self, size: int) -> None:
        """Raise ``UploadRefusedError`` if so many bytes are announced that the file must be beyond the limit."""
        if size > self.most_bytes + FORM_BYTES:
            raise too_large(self.most_bytes)

    def write(self, chunk: bytes) -> None:
        """Add bytes. Raises ``UploadRefusedError`` beyond the limit, and ``OSError``."""
        self.size += len(chunk)
        if self.size > self.most_bytes:
            raise too_large(self.most_bytes)
        self._hash.update(chunk)
        self.bytes.write(chunk)

    def fingerprint(self, file: UploadedFile) -> str:
        """Return a hash of everything that was sent: the bytes, the path and the metadata."""
        sent = [file.path, self._hash.hexdigest(), file.metadata.model_dump(mode="json", exclude_none=True)]
        return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bytes.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDesk:
    """Takes uploads in. ``deposit`` opens a deposit, whose claims are closed afterwards; it raises ``OSError``."""

    store: Store
    staging: Path
    deposit: Callable[[], Deposit]
    limits: Limits
    names: FileFilter
    least_free_bytes: int
    clock: Clock

    def refuse_while_paused(self, source: str | None, *, size: int = 0) -> None:
        """Raise ``UploadRefusedError`` if the intake or the source is paused, or if ``size`` bytes would fill the disk.

        A watcher that takes in no files because a limit is exceeded stops uploads as well.
        """
        watch = PauseWatch(self.store.pauses, self.clock)
        if pause := watch.intake() or watch.source({source}):
            raise _paused(pause)
        watchers = (each for each in self.store.presence.present() if each.part is Part.WATCHER)
        if why := next((each.details["paused"] for each in watchers if each.details.get("paused")), None):
            raise UploadRefusedError(Refusal.PAUSED, f"the intake is paused: {why}; send the file again later")
        use = disk_use(self.staging)
        if min(use.free - size, use.writable) < self.least_free_bytes:
            raise UploadRefusedError(
                Refusal.DISK_FULL,
                f"the disk of the staging folder has {describe_room(use)}, and the file {size / MEBIBYTE:,.1f} MiB;"
                f" {self.least_free_bytes // MEBIBYTE:,} MiB must stay free (COPYTASTER_DISK_FREE_BYTES): free space",
            )

    def receive(self, *, name: str | None) -> IncomingFile:
        """Return an empty file for the bytes of an upload, of which the name may be known. Raises ``OSError``."""
        most = self.limits.bytes_of(name) if name else max(self.limits.file_bytes, self.limits.container_bytes)
        return IncomingFile(self.staging, most)

    def refuse_wrong(self, file: UploadedFile, incoming: IncomingFile) -> None:
        """Raise ``UploadRefusedError`` if a watcher would not take this file, or if it has no bytes or too many."""
        if not incoming.size:
            raise UploadRefusedError(Refusal.EMPTY, "the file has no bytes: send its content")
        if incoming.size > (most := self.limits.bytes_of(file.name)):
            raise too_large(most)
        if fault := _fault(file.name) or self._why_never_taken(file.name):
            raise UploadRefusedError(Refusal.NAME, f"{file.name!r} cannot be the name of a file: {fault}")
        if file.source and (fault := _fault(file.source) or self.names.why_never_taken(file.path)):
            message = f"{file.source!r} cannot be a source, a folder of the inbox: {fault}"
            raise UploadRefusedError(Refusal.SOURCE, message)

    def deliver(
        self,
        incoming: IncomingFile,
        file: UploadedFile,
        delivery_id: DeliveryId,
        *,
        by: str,
        sources: tuple[str, ...] = (),
    ) -> Delivery:
        """Take the file in under this id, and return the delivery: due, or settled if a rule refused the file.

        A repeated call with the same id returns the same delivery. Raises ``UploadRefusedError`` if the file would be
        one of a paused source, or of another one than ``sources`` (none means all), ``OSError`` if the staging folder
        cannot be written, and ``TransientError``; after that the file may be taken in nevertheless, under the same id.
        """
        if known := self.store.ledger.get(delivery_id):
            return known
        deposit = self.deposit()
        with closing(deposit.claims):
            if sources:
                _refuse_other_source(file, deposit, sources)
            if deposit.claims.is_claimed(delivery_id):
                raise TransientError(f"{file.path} has arrived and is being taken in; send the same request again")
            self._refuse_paused_source(file, deposit)
            incoming.bytes.seek(0)
            claim = deposit.claims.write_in(incoming.bytes, file.path, delivery_id, sidecar=file.sidecar)
            return deposit.take_in(claim, by=by)

    def _refuse_paused_source(self, file: UploadedFile, deposit: Deposit) -> None:
        """Raise ``UploadRefusedError`` if the source is paused by the name that its folder declares."""
        watch = PauseWatch(self.store.pauses, self.clock)
        if watch.has_sources and (pause := watch.source({_declared(file, deposit)})):
            raise _paused(pause)

    def _why_never_taken(self, name: str) -> str | None:
        if is_sidecar(name):
            return "it is that of a sidecar; send the fields with the file"
        return self.names.why_never_taken(name)


def _refuse_other_source(file: UploadedFile, deposit: Deposit, sources: tuple[str, ...]) -> None:
    """Raise ``UploadRefusedError`` unless the folder, or what its ``_source.yml`` declares, is one of the sources."""
    source = _declared(file, deposit)
    if not is_among(source, sources):
        what = f"the source {source!r}" if source else "no source"
        message = f"the file would be one of {what}, and the key is restricted to {', '.join(sources)}"
        raise UploadRefusedError(Refusal.OTHER_SOURCE, message)


def _declared(file: UploadedFile, deposit: Deposit) -> str | None:
    """Return the name of the file's source, as its folder declares it. Raises ``TransientError``."""
    return declared_source(file.source, deposit.intake.source_defaults.about(file.path))


def _paused(pause: Pause) -> UploadRefusedError:
    return UploadRefusedError(Refusal.PAUSED, f"{describe_pause(pause)}; send the file again after that")


def too_large(most_bytes: int) -> UploadRefusedError:
    """Return the error of an upload that has more bytes than this."""
    limits = "COPYTASTER_MAX_FILE_BYTES and COPYTASTER_MAX_CONTAINER_BYTES"
    return UploadRefusedError(
        Refusal.TOO_LARGE, f"the file has more than {most_bytes:,} bytes, the limit for its name ({limits})"
    )


def _fault(name: str) -> str | None:
    """Return what is wrong with a name as the last part of a path."""
    if "/" in name or name in {".", ".."} or not name.strip():
        return "it is no single name"
    if has_control_characters(name):
        return "it has control characters"
    if len(os.fsencode(name)) > LONGEST_NAME:
        return f"it has more than {LONGEST_NAME} bytes, the limit of nearly every filesystem"
    return None
