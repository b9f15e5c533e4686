"""The figures of a watcher for its heartbeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from copytaster.store.ports.presence import UnfinishedFile


@dataclass(slots=True)
class Progress:
    """The figures of a watcher, and the reasons that delay it.

    ``taken`` and ``refused`` count files since the start. ``waiting`` counts files that are being written,
    ``incomplete`` those that do not change any more but are not complete, ``backlog`` the finished ones that are not
    claimed yet, without those of paused sources; ``behind_since`` is since when every round has left some of these.
    ``ignored`` counts those whose names are passed over. ``disks`` has the writable bytes of the filesystems, and those
    below which the intake pauses.
    ``unfinished`` describes the incomplete files that have waited longest. ``blocked`` has the reasons, by path, why
    files cannot be claimed; ``unreachable`` those why folders and files cannot be listed; ``held`` why their metadata
    is not known: the faults of the ``_source.yml`` of their folder, or an unclear sidecar, which a person has to
    correct. ``rebuilding`` is the progress of the recovery, "n of m". ``stays`` is the reason why files are left in
    place; None where they are moved. ``archive`` has the figures of the check of the archive, ``webhooks`` the
    endpoints that were switched off and the dead messages, ``searches`` the number of standing searches and those that
    are damaged. ``restarts`` describes the restart loop that this watcher is part of, ``unsandboxed`` what the kernel
    lacks for the process that judges files.
    """

    taken: int = 0
    refused: int = 0
    waiting: int = 0
    incomplete: int = 0
    ignored: int = 0
    backlog: int = 0
    behind_since: datetime | None = None
    paused: str | None = None
    interrupted: str | None = None
    watch: str | None = None
    stays: str | None = None
    rebuilding: str | None = None
    restarts: str | None = None
    unsandboxed: str | None = None
    disks: Mapping[str, int] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    unreachable: Mapping[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    unfinished: list[UnfinishedFile] = field(default_factory=list)
    archive: dict[str, str | float | None] = field(default_factory=dict)
    webhooks: Mapping[str, str | int | None] = field(default_factory=dict)
    searches: Mapping[str, str | int | None] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """The number of files that were taken in or refused."""
        return self.taken + self.refused
