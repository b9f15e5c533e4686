"""Shifts the time of day of the processes without changing the machine's clock."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path

SHIFTED = Path(__file__).with_name("shifted")
"""The folder whose ``sitecustomize`` reads the shift."""


class JumpingClock:
    """The time of day of all Python processes that are started with ``environ``. The server is not affected."""

    def __init__(self, file: Path) -> None:
        """Store the shift in ``file``, initially 0."""
        self._file = file
        self._file.write_bytes(struct.pack("d", 0.0))

    @property
    def environ(self) -> Mapping[str, str]:
        """Variables to add to the environment of a process."""
        path = os.environ.get("PYTHONPATH")
        return {"CHAOS_CLOCK": str(self._file), "PYTHONPATH": os.pathsep.join(filter(None, [str(SHIFTED), path]))}

    def jump_to(self, seconds: float) -> None:
        """Set the clocks of all processes ``seconds`` ahead of the machine's clock, or behind it if negative."""
        with self._file.open("r+b", buffering=0) as file:
            file.write(struct.pack("d", seconds))
