"""Puts a snapshot into the folder of the embedded server, which does not run meanwhile."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from copytaster.archive.durable_files import CHUNK_BYTES, create_folder, sync
from copytaster.store.ports.snapshot import ServerKind

FOLDER = "appendonlydir"
"""The folder from which the server reads its data at its start."""

BASE, CHANGES, LIST = "appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof", "appendonly.aof.manifest"
"""A snapshot, the commands since, and the list of both, with the names that the server gives them."""


class AppendOnlyFolder:
    """Implements ``SnapshotTarget`` with the files that the server reads when it starts the next time.

    The caller holds the lock of the folder. ``kind`` is the server that will be started.
    """

    def __init__(self, folder: Path, kind: ServerKind) -> None:
        self._folder = folder
        self._kind = kind

    def kind(self) -> ServerKind:
        """Return the kind; see ``SnapshotTarget.kind``."""
        return self._kind

    def is_empty(self) -> bool:
        """Return whether there are no files; see ``SnapshotTarget.is_empty``."""
        return not (self._folder / FOLDER).exists()

    def replace(self, snapshot: Path, pause: Callable[[float], object]) -> None:
        """Replace the files; see ``SnapshotTarget.replace``. Earlier ones get another name and stay."""
        del pause
        present, new = self._folder / FOLDER, self._folder / f".{secrets.token_hex(8)}"
        create_folder(self._folder)
        new.mkdir(mode=0o700)
        try:
            with snapshot.open("rb") as content, (new / BASE).open("wb") as out:
                shutil.copyfileobj(content, out, CHUNK_BYTES)
            (new / CHANGES).touch()
            (new / LIST).write_text(f"file {BASE} seq 1 type b\nfile {CHANGES} seq 1 type i\n", encoding="ascii")
            os.sync()
            if present.exists():
                present.rename(self._folder / f"{FOLDER}.before-{secrets.token_hex(4)}")
            new.rename(present)
            sync(self._folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
