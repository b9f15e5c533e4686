"""The port of the question whether the server accepts changes."""

from __future__ import annotations

from typing import Protocol


class WriteCheck(Protocol):
    """Asks the server. One that cannot write to its disk, or has become a replica, still answers all that reads."""

    def check(self) -> None:
        """Raise ``ChangesRefusedError`` if the server refuses changes; nothing is changed.

        Raises ``ServerUnavailableError`` if it does not answer. Cost: one command.
        """
        ...
