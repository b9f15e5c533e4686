"""What the contracts say about sources, for lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from copytaster.model.article import Document
from copytaster.model.source_finding import SourceFinding
from copytaster.monitoring.sources.contract import DAY, Contract
from copytaster.monitoring.sources.record import unpack_contract
from copytaster.monitoring.sources.weekly_profile import HOUR
from copytaster.store.ports.source_statistics import HOURS, SourceActivity, SourceCounts
from copytaster.store.ports.source_watch import SourceWatch
from copytaster.store.store import Store


class SourceShares(Document):
    """The files of a source in the last 14 days, and how many of them have failed or were copies."""

    files: int = 0
    failed_files: int = 0
    copied_files: int = 0


class SourceReport(SourceCounts, SourceActivity, SourceShares):
    """What is known about a source: its counts, when it was active, its shares, and what is unusual about it now.

    ``usual_hourly`` are the files that are usual in each of the last 24 hours, the oldest first; null until the cadence
    is known, after two weeks.
    """

    usual_hourly: tuple[float, ...] | None = None
    findings: tuple[SourceFinding, ...] = ()


class SourceSummary(SourceCounts, SourceShares):
    """The counts of a source, of its items and of its files."""


def read_summaries(counts: Sequence[SourceCounts], watch: SourceWatch, *, now: datetime) -> tuple[SourceSummary, ...]:
    """Return the summaries of sources with these counts. Raises ``TransientError``. Cost: one round trip."""
    contracts = _contracts([each.source for each in counts], watch)
    shares = ((each, _shares(contracts.get(each.source), now)) for each in counts)
    return tuple(SourceSummary(**dict(each), **share) for each, share in shares)


def read_reports(counts: Sequence[SourceCounts], store: Store, *, now: datetime) -> tuple[SourceReport, ...]:
    """Return the reports of sources with these counts. Raises ``TransientError``. Cost: three round trips."""
    names = [each.source for each in counts]
    activity, contracts = store.source_statistics.activity(names), _contracts(names, store.source_watch)
    findings = store.source_watch.findings()
    return tuple(
        SourceReport(
            **dict(each),
            **dict(activity[each.source]),
            **_shares(contracts.get(each.source), now),
            usual_hourly=_usual(contracts.get(each.source), now),
            findings=tuple(found for found in findings if found.source == each.source),
        )
        for each in counts
    )


def _contracts(sources: Sequence[str], watch: SourceWatch) -> dict[str, Contract]:
    return {name: unpack_contract(name, record) for name, record in watch.contracts(sources).items()}


def _shares(contract: Contract | None, now: datetime) -> dict[str, int]:
    if contract is None:
        return {}
    totals = contract.days.totals(int(now.timestamp() // DAY))
    return dict(zip(SourceShares.model_fields, totals, strict=True))


def _usual(contract: Contract | None, now: datetime) -> tuple[float, ...] | None:
    if contract is None or not contract.is_learned:
        return None
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    starts = [first.timestamp() + each * HOUR for each in range(HOURS)]
    return tuple(round(contract.cadence.expected(each, each + HOUR), 2) for each in starts)
