"""The metrics of the sources, of which only the busiest have a value of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from copytaster.model.source_finding import FindingKind, SourceFinding
from copytaster.store.ports.source_statistics import OTHERS
from copytaster.store.store import Store
from copytaster_api.metric_families import labelled

NAMED_SOURCES = 50
"""Most values of the label ``source``; with more, they would be longer than all other metrics together.

A counter must never fall, so the sources that come first have one of their own for good, and not the busiest: if these
changed, the sum of the others would fall.
"""


def source_metrics(store: Store) -> Iterator[Metric]:
    """Yield the metrics of the sources. Raises ``TransientError``. Cost: four round trips."""
    statistics = store.source_statistics
    figures = statistics.figures(named=NAMED_SOURCES)
    yield _counter(
        "copytaster_duplicates",
        f"Copies of existing articles, by source; all but the first {NAMED_SOURCES} sources are one value.",
        {each.source: each.copies for each in figures},
    )
    yield _counter(
        "copytaster_first_articles",
        f"Articles that a source sent before all others; all but the first {NAMED_SOURCES} sources are one value.",
        {each.source: each.first for each in figures},
    )
    activity = statistics.activity([each.source for each in statistics.counts(limit=NAMED_SOURCES)])
    yield labelled(
        "copytaster_source_last_seen_timestamp_seconds",
        f"When a source sent its last item that became an article or a copy, in seconds since 1970; the {NAMED_SOURCES}"
        " busiest sources.",
        "source",
        ((source, each.last_seen_at.timestamp()) for source, each in activity.items() if each.last_seen_at),
    )


def unusual_sources(findings: Sequence[SourceFinding]) -> Metric:
    """Return what is unusual about sources, by name; all but the first of each kind together."""
    family = GaugeMetricFamily(
        "copytaster_unusual_sources",
        f"1 if something is unusual about a source; all but the first {NAMED_SOURCES} of each kind are one value.",
        labels=["source", "finding"],
    )
    for kind in FindingKind:
        sources = [each.source for each in findings if each.kind is kind]
        for each in sources[:NAMED_SOURCES]:
            family.add_metric([each, kind], 1)
        family.add_metric([OTHERS, kind], len(sources[NAMED_SOURCES:]))
    return family


def _counter(name: str, meaning: str, counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=["source"])
    for source, count in counts.items():
        family.add_metric([source], count)
    return family
