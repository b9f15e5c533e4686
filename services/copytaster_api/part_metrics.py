"""The metrics that the parts report in their heartbeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from copytaster.monitoring.heartbeat import MEMORY
from copytaster.monitoring.intake_state import IntakeState
from copytaster.monitoring.status import SILENCE
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster_api.metric_families import gauge, labelled

MESSAGES = ("waiting", "dead", "missed")
"""What a watcher counts of the messages to webhooks, as details ``webhooks_…``; all watchers see the same."""


def parts_up(parts: Sequence[Heartbeat], *, now: datetime) -> Metric:
    """Return for each part that was there in the last minute whether it still sends heartbeats."""
    family = GaugeMetricFamily(
        "copytaster_part_up", "Whether a part has sent a heartbeat lately.", labels=["part", "name"]
    )
    for each in parts:
        family.add_metric([each.part, each.name], int(now - each.beat_at <= SILENCE))
    return family


def memory_of_parts(fresh: Sequence[Heartbeat]) -> Metric:
    """Return the memory of each part, by group of processes."""
    family = GaugeMetricFamily(
        "copytaster_process_memory_bytes",
        "Memory of a part: its main process, the pool of a worker, and the processes in the sandbox. Shared pages count"
        " for each process by its share.",
        labels=["part", "name", "process"],
    )
    for each in fresh:
        for name, value in each.details.items():
            if name.startswith(MEMORY):
                family.add_metric([each.part, each.name, name.removeprefix(MEMORY)], float(value or 0))
    return family


def inbox_metrics(state: IntakeState) -> Iterator[Metric]:
    """Yield the metrics of the inbox and of the disks."""
    yield labelled("copytaster_inbox_files", "Files in the inbox that are not taken in.", "state", state.files.items())
    yield gauge(
        "copytaster_intake_behind_seconds",
        "For how long each round of a watcher has left finished files in the inbox, but for those of paused sources; 0"
        " if the last one left none.",
        state.behind_seconds,
    )
    yield labelled(
        "copytaster_disk_free_bytes",
        "Bytes that can be written to the disk that has the inbox (or, where files stay in place, the data) and to the"
        " archive's: the free space, or less if it has few inodes.",
        "disk",
        state.disk_free.items(),
    )
    yield gauge(
        "copytaster_disk_pause_bytes", "Writable bytes of a disk below which the intake pauses.", state.disk_pause
    )


def archive_check_interval(fresh: Sequence[Heartbeat]) -> Metric:
    """Return how often the whole archive is to be checked; an alert compares the last check with it."""
    details = [each.details for each in fresh if each.part is Part.WATCHER]
    return gauge(
        "copytaster_archive_check_interval_seconds",
        "Within what time a watcher is to check the whole archive once; 0 if none does.",
        max((float(each.get("archive_check_seconds") or 0) for each in details), default=0.0),
    )


def webhook_metrics(fresh: Sequence[Heartbeat], *, now: datetime) -> Iterator[Metric]:
    """Yield the metrics of the webhooks."""
    details = [each.details for each in fresh if each.part is Part.WATCHER]
    failing = [str(each["webhooks_failing_since"]) for each in details if each.get("webhooks_failing_since")]
    yield labelled(
        "copytaster_webhook_messages",
        "Messages to webhooks that wait, that were not accepted in all attempts, or that were dropped as too many.",
        "state",
        ((state, max((int(each.get(f"webhooks_{state}") or 0) for each in details), default=0)) for state in MESSAGES),
    )
    yield gauge(
        "copytaster_webhook_failing_seconds",
        "For how long the attempts to send to a webhook have failed, the greatest of all; 0 if none fails.",
        max(((now - datetime.fromisoformat(each)).total_seconds() for each in failing), default=0.0),
    )
