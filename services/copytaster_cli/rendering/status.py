"""The state of the system for people, on one screen."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from copytaster.model.printable_text import escape
from copytaster.monitoring.status import Status
from copytaster_cli.rendering.output import fields, table
from copytaster_cli.rendering.versions import sources_table


def status_page(status: Status) -> RenderableType:
    """Return the state of the system, problems first."""
    balance = status.balance
    sources: list[RenderableType] = [Text(), sources_table(status.sources)] if status.sources else []
    dispositions = ", ".join(f"{count} {name}" for name, count in balance.dispositions.items() if count)
    return Group(
        Text("ready" if status.ready else "NOT READY", style="bold green" if status.ready else "bold red"),
        *(Text(f"  {escape(each.message)}") for each in (*status.problems, *status.notices)),
        Text(),
        fields(
            deliveries=f"{balance.seen} seen = {balance.in_flight} in flight"
            f" + settled ({dispositions or 'none settled'})",
            failed=_failed(status),
            articles=status.articles,
            open_stories=status.open_stories,
            incomplete=_incomplete(status),
            refused=_refused(status),
            archive=_archive(status),
            retention=_retention(status),
            search=_search(status),
        ),
        Text(),
        _queues(status),
        Text(),
        _parts(status),
        *sources,
    )


def _failed(status: Status) -> str | None:
    """Return how many files failed, by reason."""
    reasons = ", ".join(f"{each.files} {each.reason}" for each in status.failed.reasons)
    return f"{status.failed.files} files ({reasons})" if status.failed.files else None


def _archive(status: Status) -> str | None:
    """Return when the archive was checked, and the progress of a running check."""
    state = status.archive
    checked = f"checked at {state.checked_at:%Y-%m-%d %H:%M}Z" if state.checked_at else None
    return ", ".join(filter(None, [checked, state.checking and f"being checked: {state.checking}"])) or None


def _retention(status: Status) -> str | None:
    """Return the times of the oldest article and delivery, and what was removed."""
    state = status.retention
    if state.oldest_article_at is None and state.oldest_delivery_at is None and state.last_run_at is None:
        return None
    oldest = (("article", state.oldest_article_at), ("delivery", state.oldest_delivery_at))
    parts = [f"oldest {kind} {at:%Y-%m-%d %H:%M}Z" for kind, at in oldest if at]
    counts = f"{state.articles_removed} articles, {state.deliveries_removed} deliveries"
    parts.append(f"{counts} and {state.originals_removed} originals removed")
    parts.append(f"last run {state.last_run_at:%Y-%m-%d %H:%M}Z" if state.last_run_at else "not run yet")
    return ", ".join(parts)


def _search(status: Status) -> str | None:
    """Return how far the search indexes are."""
    state = status.search
    complete = (
        f"{state.articles} articles, {state.lag_seconds or 0:.0f} s behind" if state.articles is not None else None
    )
    building = f"being built: {state.building} articles" if state.building is not None else None
    return ", ".join(filter(None, [complete, building])) or None


def _queues(status: Status) -> RenderableType:
    rows = (
        (each.name, each.length, each.unacknowledged, _seconds(each.oldest_seconds), status.waiting[each.name])
        for each in status.queues
    )
    return table("QUEUE", "WAITING", "IN WORK", "OLDEST", "DUE", rows=rows)


def _parts(status: Status) -> RenderableType:
    rows = ((each.part, each.name, f"{each.host}:{each.pid}", each.beat_at, each.progress_at) for each in status.parts)
    return table("PART", "NAME", "PROCESS", "LAST BEAT", "LAST PROGRESS", rows=rows)


def _refused(status: Status) -> str | None:
    """Return the changes that the ledger refused: conflicts by name, and the sum of those caused by redelivery."""
    conflicts = [f"{count} {name}" for name, count in status.refused.conflict.items()]
    redelivered = sum(status.refused.redelivery.values())
    parts = [*conflicts, f"{redelivered} by redelivery, which is normal"] if redelivered else conflicts
    return ", ".join(parts) or None


def _incomplete(status: Status) -> str | None:
    """Return the number of incomplete files; all watchers of one inbox count the same files."""
    counts = (each.details.get("incomplete") for each in status.parts)
    most = max((each for each in counts if isinstance(each, int)), default=0)
    return f"{most} in the inbox, waiting to be completed by their writers" if most else None


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f} s"
