"""Files of a source by day, and how many of them have failed or were copies."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

DAYS = 14
"""Days that are counted: shares of the last two weeks say how a source is now."""


@dataclass(slots=True)
class DayCounts:
    """Rows of day, files, failed files and copies, the oldest first."""

    rows: deque[list[int]] = field(default_factory=lambda: deque(maxlen=DAYS))

    def note(self, day: int, *, files: int = 0, failed: int = 0, copies: int = 0) -> None:
        """Add to the counts of a day; an earlier day counts as the last one."""
        if not self.rows or day > self.rows[-1][0]:
            self.rows.append([day, 0, 0, 0])
        for place, count in enumerate((files, failed, copies), start=1):
            self.rows[-1][place] += count

    def totals(self, day: int) -> tuple[int, int, int]:
        """Return files, failed files and copies of the ``DAYS`` that end with a day."""
        recent = [each for each in self.rows if each[0] > day - DAYS]
        files, failed, copies = (sum(each[place] for each in recent) for place in (1, 2, 3))
        return files, failed, copies
