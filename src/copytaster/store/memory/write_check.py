"""The question whether changes are accepted, for stores without a server."""

from __future__ import annotations

from copytaster.errors import ChangesRefusedError


class FixedWriteCheck:
    """Implements ``WriteCheck``. Tests set ``refusal``, the error of a server that refuses changes."""

    def __init__(self) -> None:
        self.refusal: str | None = None

    def check(self) -> None:
        """Raise the error if it is set; see ``WriteCheck.check``."""
        if self.refusal:
            raise ChangesRefusedError(self.refusal)
