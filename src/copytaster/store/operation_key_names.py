"""Keys of what people have to do with: failed files, pauses and uploads; a part of ``keys``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperationKeyNames:
    """Key names with a common prefix, so that several stores can share a server."""

    prefix: str = "ct"

    def failed_files(self) -> list[str]:
        """Return three keys of the failed files, in the order in which scripts take them.

        Sorted set: their deliveries. Hash: counts by reason. Sorted set: sources by negative count, "" for none.
        """
        return [f"{self.prefix}:{{ledger}}:failed{kind}" for kind in ("", ":reasons", ":sources")]

    def pauses(self) -> str:
        """Hash: the pauses by id; each begins with its end in milliseconds."""
        return f"{self.prefix}:{{pauses}}:all"

    def jobs(self) -> list[str]:
        """Return four keys of the jobs.

        Hash: the records. Sorted set: the ids of open jobs. Hash: the lease. Sorted set: the ids of ended jobs.
        """
        return [f"{self.prefix}:{{jobs}}:{kind}" for kind in ("records", "open", "lease", "ended")]

    def sightings(self) -> str:
        """Stream: what is seen of sources and not learned from yet; each entry is a row of JSON."""
        return f"{self.prefix}:{{ledger}}:sightings"

    def source_watch(self) -> list[str]:
        """Return three keys of the watch of sources.

        Hash: how far it is. Hash: the contracts by source. Hash: what is found, by kind and source.
        """
        return [f"{self.prefix}:{{ledger}}:sources:{kind}" for kind in ("state", "contracts", "findings")]

    def idempotency(self, key: str) -> str:
        """Hash that expires: what is known about an upload, by a hash of its key, which senders choose."""
        return f"{self.prefix}:{{upload:{hashlib.sha256(key.encode()).hexdigest()}}}"
