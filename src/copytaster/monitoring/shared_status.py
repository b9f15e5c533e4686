"""One reading of the status for all who ask for it at about the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from copytaster.monitoring.status import Status


class SharedStatus:
    """Reads the status, and returns it to others for ``seconds`` from the beginning of the reading.

    Whoever asks while it is being read waits for that reading, unless it has begun too long ago. May be used by many
    threads. ``read`` returns the present status; its errors are not shared.
    """

    def __init__(
        self, read: Callable[[], Status], *, seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last: tuple[float, Status] | None = None

    def read(self) -> Status:
        """Return a status that is at most ``seconds`` old, or was read after this call began."""
        asked = self._monotonic()
        with self._lock:
            if known := self._since(min(asked, self._monotonic() - self._seconds)):
                return known
            began = self._monotonic()
            status = self._read()
            self._last = (began, status)
            return status

    def renew(self) -> None:
        """Read the status unless it is due no more: so that those who ask later find one that is fresh."""
        with self._lock:
            if self.is_due:
                began = self._monotonic()
                self._last = (began, self._read())

    @property
    def is_due(self) -> bool:
        """Whether the last status will soon be too old, or is; never waits."""
        return self._since(self._monotonic() - self._seconds / 2) is None

    @property
    def fresh(self) -> Status | None:
        """The last status if it may still be returned; never waits."""
        return self._since(self._monotonic() - self._seconds)

    def _since(self, earliest: float) -> Status | None:
        last = self._last
        return last[1] if last and last[0] >= earliest else None
