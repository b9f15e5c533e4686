"""The contract of one source: what it learns from each sighting, and what is unusual now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf, log2
from zoneinfo import ZoneInfo

from copytaster.model.expectations import ArticleField, Expectations
from copytaster.model.numbering import Numbered
from copytaster.model.public_holidays import holidays_between
from copytaster.model.sighting import Arrived, Described, Settled, Sighting
from copytaster.monitoring.sources.daily_peaks import DailyPeaks
from copytaster.monitoring.sources.day_counts import DayCounts
from copytaster.monitoring.sources.repetition import Repetition
from copytaster.monitoring.sources.sequence import Sequence
from copytaster.monitoring.sources.trait import Trait
from copytaster.monitoring.sources.weekly_profile import HOUR, SLOTS, Moved, WeeklyProfile

DAY = 24 * HOUR

LEARNED = 2 * SLOTS
"""Hours after which the cadence is known: with one week, a file that came once would be expected at the same hour."""

LEAST_SILENCE = 1.5
"""A source is quiet after one and a half of the usual intervals at least."""

LEAST_FLOOD = 20.0
"""Files in an hour that no source floods with."""

LEVEL_FILES = 20
"""Files over which the present level of a source is taken: on a holiday it may send a fraction of what is usual."""

MOST_LEARNED = 2.0
"""A silence counts as this multiple of the limit at most, so that outages do not make a source's limit boundless."""

FLOOD_FACTOR = 3.0
"""A source floods with this multiple of its usual limit: twice as many files as ever are news, not a fault."""

FLOOD_KEPT = 2 * HOUR
"""After this time without a flood the source floods no more: floods are not even."""

SERIES = 4
"""Counts that are followed for a source, the latest ones: one in the names of its files, and some services'."""

GAP_GRACE = 120.0
"""Seconds after which a missing number is reported: files overtake one another on their way."""

GAP_KEPT = DAY
"""After this time a missing number is given up."""

LEARNED_WITHOUT = 2 * SLOTS
"""A longer silence is not learned from: the source has stopped."""


@dataclass(slots=True)
class Contract:
    """What is known about a source.

    ``since`` is its last file, or when the watch began if that was later; ``hour`` and ``count`` are the files of the
    hour that is counted, all of which were seen if it is not before ``complete_from``.
    """

    source: str
    seen_at: float | None = None
    since: float = 0.0
    hour: int = 0
    count: int = 0
    complete_from: int = 0
    flooded_at: float = -inf
    mean_gap: float = 1.0
    cadence: WeeklyProfile = field(default_factory=WeeklyProfile)
    silence: DailyPeaks = field(default_factory=DailyPeaks)
    volume: DailyPeaks = field(default_factory=DailyPeaks)
    repetition: Repetition = field(default_factory=Repetition)
    traits: dict[str, Trait] = field(default_factory=dict)
    series: dict[str, Sequence] = field(default_factory=dict)
    days: DayCounts = field(default_factory=DayCounts)
    expects: Expectations = field(default_factory=Expectations)

    def wake(self, at: float) -> None:
        """Begin to watch at a time: files that come in the same hour may have waited for it."""
        self.since = at
        self.hour, self.count = int(at // HOUR), 0
        self.complete_from = self.hour + 1

    def lose_track(self) -> None:
        """Forget where counts are: sightings were lost."""
        for each in self.series.values():
            each.lose_track()

    def note(self, sighting: Sighting, at: float) -> None:
        """Learn from a sighting. Cost: independent of what was seen before."""
        match sighting:
            case Arrived():
                self._arrive(sighting, max(at, self.since))
            case Settled():
                self._settle(sighting, at)
            case Described():
                self._describe(sighting, at)

    @property
    def is_learned(self) -> bool:
        """Whether the cadence is known."""
        return self.cadence.hours >= LEARNED

    def quiet_limit(self, at: float) -> float:
        """Return the number of usual intervals without a file after which the source is quiet."""
        return self.silence.limit(_day(at), least=LEAST_SILENCE) if self.is_learned else inf

    def flood_limit(self, at: float) -> float:
        """Return the number of files in an hour beyond which the source floods."""
        if self.expects.most_files_per_hour is not None:
            return self.expects.most_files_per_hour
        usual = self.volume.limit(_day(at), least=0.0)
        return max(LEAST_FLOOD, FLOOD_FACTOR * usual) if self.is_learned else inf

    def is_quiet(self, at: float) -> bool:
        """Return whether the source is silent for longer than usual, or than was declared."""
        if self.expects.quiet_after_minutes is not None:
            silent = self.expects.active(_moment(self.since), _moment(at))
            return silent.total_seconds() > 60 * self.expects.quiet_after_minutes
        return self.silent_for(at) > self.quiet_limit(at)

    def silent_for(self, at: float) -> float:
        """Return the usual intervals since the last file; if the latest were longer than usual, these are taken."""
        return self._in_intervals(self._expected_since(at))

    def _in_intervals(self, files: float) -> float:
        return files / max(self.mean_gap, 1.0)

    def _expected_since(self, at: float) -> float:
        """Return the files that were usual since the last one."""
        return self.cadence.silence(self.since, at, self._holidays(self.since, at))

    def _holidays(self, start: float, end: float) -> list[Moved]:
        """Return the declared holidays of a time that began at most ``LEARNED_WITHOUT`` hours before its end."""
        region = self.expects.holidays
        if region is None:
            return []
        first = _moment(max(start, end - LEARNED_WITHOUT * HOUR))
        found = holidays_between(region, ZoneInfo(self.expects.timezone), first, _moment(end))
        return [Moved(each.start.timestamp(), each.end.timestamp(), each.to_rest.total_seconds()) for each in found]

    def _arrive(self, arrived: Arrived, at: float) -> None:
        expects = arrived.expects or Expectations()
        if expects.most_files_per_hour != self.expects.most_files_per_hour:
            self.flooded_at = -inf  # a flood by a limit that does not hold any more
        self.expects = expects
        was_quiet = self.is_quiet(at)
        if self.since == self.seen_at:
            self._learn_gap(at)
        self._end_hours(int(at // HOUR), is_usual=not was_quiet)
        self.count += 1
        if self.hour >= self.complete_from:
            self.volume.note(_day(at), self.count)
            self.flooded_at = at if self.count > self.flood_limit(at) else self.flooded_at
        self.repetition.note(arrived.content, at, self.cadence, _day(at))
        self._trait("size", _size(arrived.size, self.expects), at, allowed=_allowed_sizes(self.expects))
        self.days.note(_day(at), files=1)
        if arrived.number:
            self._number(arrived.number, at)
        self.seen_at = self.since = at

    def _learn_gap(self, at: float) -> None:
        limit, gap = MOST_LEARNED * self.quiet_limit(at), self._expected_since(at)
        self.silence.note(_day(at), min(self._in_intervals(gap), limit))
        self.mean_gap += (min(gap, limit) - self.mean_gap) / LEVEL_FILES

    def _settle(self, settled: Settled, at: float) -> None:
        self._trait("outcome", "failed" if settled.failed else "read", at)
        self.days.note(_day(at), failed=settled.failed, copies=settled.copy)
        for each in settled.numbers:
            self._number(each, at)

    def _describe(self, described: Described, at: float) -> None:
        languages = self.expects.languages
        self._trait("format", described.format, at)
        self._trait("language", described.language, at, allowed=frozenset(languages) if languages else None)
        required = self.expects.fields or ()
        for name in ArticleField:
            value = "present" if name in described.fields else "absent"
            self._trait(name, value, at, allowed=frozenset({"present"}) if name in required else None)

    def _trait(self, name: str, value: str, at: float, *, allowed: frozenset[str] | None = None) -> None:
        self.traits.setdefault(name, Trait()).note(value, _day(at), allowed=allowed)

    def _number(self, numbered: Numbered, at: float) -> None:
        known = self.series.get(numbered.series)
        if known:
            known.note(numbered.number, numbered.width, at)
            return
        if len(self.series) >= SERIES:
            del self.series[min(self.series, key=self._worth)]
        self.series[numbered.series] = Sequence(numbered.width, numbered.number, at)

    def _worth(self, series: str) -> tuple[bool, float]:
        """Return the sort key by which series are kept: those that count items, then the latest."""
        return self.series[series].is_proven, self.series[series].seen_at

    def _end_hours(self, hour: int, *, is_usual: bool) -> None:
        """Learn from the hours before this one. Those of a fault are not usual, and are left out."""
        if hour <= self.hour:
            return
        holidays = self._holidays(self.hour * HOUR, hour * HOUR)
        if self.hour >= self.complete_from:
            self.cadence.learn(_usual_hour(self.hour, holidays), self.count)
        first = max(self.hour + 1, self.complete_from)
        if is_usual and hour - first <= LEARNED_WITHOUT:
            for each in range(first, hour):
                self.cadence.learn(_usual_hour(each, holidays), 0)
        self.hour, self.count = hour, 0


def _usual_hour(hour: int, holidays: list[Moved]) -> int:
    """Return the hour of the day of rest as which an hour of a holiday counts; any other hour as it is."""
    at = hour * HOUR
    return next((int((at + each.by) // HOUR) for each in holidays if each.start <= at < each.end), hour)


def _day(at: float) -> int:
    return int(at // DAY)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _size(size: int, expects: Expectations) -> str:
    """Return the power of two below a size, or how it differs from the declared ones."""
    if expects.smallest_bytes is not None and size < expects.smallest_bytes:
        return "too small"
    if expects.largest_bytes is not None and size > expects.largest_bytes:
        return "too large"
    return str(int(log2(size))) if size else "empty"


def _allowed_sizes(expects: Expectations) -> frozenset[str] | None:
    if expects.smallest_bytes is None and expects.largest_bytes is None:
        return None
    return frozenset({"empty", *map(str, range(64))})
