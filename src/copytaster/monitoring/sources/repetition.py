"""Whether a source sends the same content again and again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from copytaster.monitoring.sources.daily_peaks import DailyPeaks
from copytaster.monitoring.sources.weekly_profile import WeeklyProfile

CONTENTS = 4
"""Contents that are remembered: a source that is stuck repeats one file, or the few of a batch."""

LEAST_REPEATED = 1.5
"""Two repetitions in a row are the fewest that are unusual."""

LEAST_TIME = 1.0
"""Usual intervals that the repetitions take at least: a person who drops some files again is no frozen source."""


@dataclass(slots=True)
class Repetition:
    """The latest contents, and the number of files in a row that have repeated one of them, since a time."""

    contents: deque[str] = field(default_factory=lambda: deque(maxlen=CONTENTS))
    repeated: int = 0
    began: float = 0.0
    spread: float = 0.0
    peaks: DailyPeaks = field(default_factory=DailyPeaks)

    def note(self, content: str, at: float, cadence: WeeklyProfile, day: int) -> None:
        """Take in the content of the next file."""
        if content not in self.contents:
            self.contents.append(content)
            self.repeated, self.began = 0, at
        else:
            self.repeated += 1
        self.spread = cadence.expected(self.began, at)
        self.peaks.note(day, self.repeated)

    def is_frozen(self, day: int) -> bool:
        """Return whether the repetitions are unusual."""
        return self.spread >= LEAST_TIME and self.repeated > self.peaks.limit(day, least=LEAST_REPEATED)
