"""Traces have the same ids in every process, and go to a collector without any text of a file."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from copytaster.bootstrap.store import memory_store
from copytaster.bootstrap.tracing import OpenTelemetryTracing, open_tracing
from copytaster.clock import ManualClock
from copytaster.model.delivery import new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.model.tracing import ROOT, NoTracing, Span, trace_id, traceparent
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.outbound.positions import parse_position
from copytaster.pipeline.tag import tag
from copytaster.settings import Settings
from tests.factories import Desk, a_desk, an_item, prose

if TYPE_CHECKING:
    from pathlib import Path

TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def desk(clock: ManualClock, exporter: InMemorySpanExporter) -> Desk:
    tracing = OpenTelemetryTracing(SimpleSpanProcessor(exporter), part="worker")
    return a_desk(memory_store(clock), clock, tracing=tracing)


def test_the_trace_of_a_delivery_is_its_id_with_zeros_before_it(clock: ManualClock) -> None:
    delivery_id = new_delivery_id(clock.now())

    assert trace_id(delivery_id) == f"0000000000{delivery_id[1:]}"
    assert TRACEPARENT.fullmatch(traceparent(delivery_id))
    assert traceparent(delivery_id).split("-")[1] == trace_id(delivery_id)


def test_the_span_of_the_watcher_is_the_parent_of_all_others(
    clock: ManualClock, exporter: InMemorySpanExporter
) -> None:
    tracing = OpenTelemetryTracing(SimpleSpanProcessor(exporter), part="watcher")
    delivery_id, ends = new_delivery_id(clock.now()), clock.now() + timedelta(seconds=2)

    for name in (ROOT, "ingest", ROOT):
        tracing.record(Span(name, delivery_id, clock.now(), ends, {"lane": "ingest"}))

    root, child, again = exporter.get_finished_spans()
    assert root.context
    assert child.context
    assert again.context
    assert root.parent is None
    assert child.parent
    assert child.parent.span_id == root.context.span_id == again.context.span_id != child.context.span_id
    assert {each.context.trace_id for each in (root, child, again) if each.context} == {int(trace_id(delivery_id), 16)}
    assert (root.end_time or 0) - (root.start_time or 0) == 2_000_000_000
    assert root.attributes == {"copytaster.lane": "ingest", "copytaster.delivery_id": delivery_id}


def test_a_file_has_one_line_and_one_span_for_each_stage_with_one_trace_and_no_text(
    desk: Desk, exporter: InMemorySpanExporter
) -> None:
    words = prose(1)
    delivery = desk.deliver_items(an_item(words))

    with capture_logs() as lines:
        desk.ingest(delivery)
        article_id = desk.settled(delivery).article_ids[0]
        tag([article_id], deps=desk.deps, of={article_id: delivery})

    stages = [each for each in lines if each["event"] in {"delivery.settled", "article.tagged"}]
    spans = exporter.get_finished_spans()
    written = json.dumps([*lines, *(json.loads(each.to_json()) for each in spans)], default=str)
    assert [(each["event"], each["trace_id"]) for each in stages] == [
        ("delivery.settled", trace_id(delivery)),
        ("article.tagged", trace_id(delivery)),
    ]
    assert stages[0]["disposition"] == Disposition.STORED
    assert [each.name for each in spans] == ["ingest", "tag"]
    assert " ".join(words[:5]) not in written


def test_events_about_a_delivery_have_its_trace(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(prose(1)))
    desk.ingest(delivery)

    page = OutgoingEvents(desk.store, desk.deps.clock).after(parse_position("0"))

    traces = {each.type: json.loads(each.document()).get("traceparent") for each in page.events}
    assert traces == {
        "delivery.registered": traceparent(delivery),
        "article.stored": traceparent(delivery),
    }


def test_without_a_collector_nothing_is_traced(tmp_path: Path) -> None:
    assert isinstance(open_tracing(Settings(data=tmp_path), part="worker"), NoTracing)
