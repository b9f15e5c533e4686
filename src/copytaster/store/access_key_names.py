"""The keys on the server that the access to the API has; a part of ``keys``."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.store.operation_key_names import OperationKeyNames


@dataclass(frozen=True, slots=True)
class AccessKeyNames(OperationKeyNames):
    """The names of these keys; ``Keys`` has them and all others."""

    def session(self, digest: str) -> str:
        """Plain string that expires: a login, by the hash of its token."""
        return f"{self.prefix}:session:{digest}"

    def key_uses(self) -> str:
        """Hash: when each key of the API was last used, in milliseconds."""
        return f"{self.prefix}:key_uses"

    def audit(self) -> str:
        """Stream: one entry per change that was requested and not refused."""
        return f"{self.prefix}:audit"

    def audit_refusals(self) -> str:
        """Stream: one entry per change that was refused."""
        return f"{self.prefix}:audit_refusals"
