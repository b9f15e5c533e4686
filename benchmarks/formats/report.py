"""Counts of met expectations by format and kind, and of those out of scope by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.formats.judge import Met, Outside, Verdict
from benchmarks.formats.manifest import Row
from benchmarks.formats.run import Reading


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """Counts of one format."""

    files: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        """The share of checked expectations that are met."""
        return round(self.met.total() / self.checked.total(), 4) if self.checked else None


@dataclass(frozen=True, slots=True)
class Report:
    """The tallies of all formats, and a line for each expectation that is not met."""

    formats: dict[str, DeliveryOutcome] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, row: Row, reading: Reading, verdicts: Iterable[Verdict]) -> None:
        """Count a file's verdicts."""
        tally = self.formats.setdefault(row.format, DeliveryOutcome())
        outcome = reading.original
        tally.files["read" if outcome.drafts else ", ".join(sorted(outcome.reasons)) or "nothing"] += 1
        tally.seconds.append(outcome.seconds)
        for verdict in verdicts:
            match verdict:
                case Outside():
                    tally.outside[verdict.why] += verdict.count
                case Met():
                    tally.checked[verdict.kind] += 1
                    tally.met[verdict.kind] += verdict.met
                    if not verdict.met:
                        self.failures.append(f"{row.file}: {verdict.kind}")


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as one JSON document."""
    feeds = [tally for name, tally in report.formats.items() if "feed" in name]
    checked = sum(tally.checked.total() for tally in feeds)
    met = sum(tally.met.total() for tally in feeds)
    return {
        "formats": {name: _tally(tally) for name, tally in report.formats.items()},
        "feeds": {"checked": checked, "met": met, "share": round(met / checked, 4) if checked else None},
    }


def _tally(tally: DeliveryOutcome) -> dict[str, Any]:
    seconds = sum(tally.seconds)
    return {
        "files": tally.files.total(),
        "ends": dict(tally.files),
        "checked": tally.checked.total(),
        "met": tally.met.total(),
        "share": tally.share,
        "kinds": {kind: {"checked": count, "met": tally.met[kind]} for kind, count in sorted(tally.checked.items())},
        "outside": dict(tally.outside.most_common()),
        "files_per_cpu_second": round(tally.files.total() / seconds) if seconds else None,
    }


def as_text(report: Report) -> str:
    """Return the report as a table, and the expectations out of scope below it."""
    lines = [f"{'format':<11}{'files':>6}{'checked':>9}{'met':>6}{'share':>8}{'outside':>9}{'files/cpu s':>13}"]
    for name, tally in report.formats.items():
        figures = _tally(tally)
        lines.append(
            f"{name:<11}{figures['files']:>6}{figures['checked']:>9}{figures['met']:>6}{figures['share'] or '-':>8}"
            f"{tally.outside.total():>9}{figures['files_per_cpu_second'] or '-':>13}"
        )
    lines += ["", "out of scope (not a field of an article, or not in these files):"]
    everything = sum((tally.outside for tally in report.formats.values()), Counter())
    lines += [f"{count:>6}  {why}" for why, count in everything.most_common()]
    return "\n".join(lines)
