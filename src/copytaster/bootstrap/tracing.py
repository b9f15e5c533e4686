"""From settings to traces: spans go to an OpenTelemetry collector, if one is configured."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from copytaster.errors import ConfigurationError
from copytaster.model.tracing import ROOT, NoTracing, Span, Tracing, span_id, trace_id
from copytaster.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

HEXADECIMAL = 16


def open_tracing(settings: Settings, *, part: str) -> Tracing:
    """Return where the spans of this process go; to be called after a fork, since a thread sends them.

    Raises ``ConfigurationError`` if a collector is configured and the extra ``otel`` is not installed.
    """
    if settings.otlp_url is None:
        return NoTracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            "COPYTASTER_OTLP_URL needs the extra otel: pip install 'copytaster[otel]', or remove the setting"
        ) from error
    return OpenTelemetryTracing(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_url)), part=part)


class OpenTelemetryTracing:
    """Gives spans to a processor of OpenTelemetry, with the ids that ``copytaster.model.tracing`` derives."""

    def __init__(self, processor: SpanProcessor, *, part: str) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # an extra, which takes a while to import
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

        class DerivedIds(RandomIdGenerator):
            """Gives the root of a trace its derived ids, and random ones to all other spans."""

            root: Span | None = None

            def generate_span_id(self) -> int:
                root = self.root
                return int(span_id(root.delivery_id, ROOT), HEXADECIMAL) if root else super().generate_span_id()

            def generate_trace_id(self) -> int:
                root = self.root
                return int(trace_id(root.delivery_id), HEXADECIMAL) if root else super().generate_trace_id()

        self._ids = DerivedIds()
        resource = Resource.create({"service.name": f"copytaster-{part}"})
        provider = TracerProvider(resource=resource, id_generator=self._ids)
        provider.add_span_processor(processor)
        self._tracer = provider.get_tracer("copytaster")
        self._lock = threading.Lock()

    def record(self, span: Span) -> None:
        """Take a span; see ``Tracing.record``."""
        from opentelemetry import trace  # noqa: PLC0415

        facts = {f"copytaster.{name}": value for name, value in span.facts.items()}
        facts["copytaster.delivery_id"] = span.delivery_id
        parent = trace.SpanContext(
            int(trace_id(span.delivery_id), HEXADECIMAL),
            int(span_id(span.delivery_id, ROOT), HEXADECIMAL),
            is_remote=True,
            trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
        )
        is_root = span.name == ROOT
        context = None if is_root else trace.set_span_in_context(trace.NonRecordingSpan(parent))
        with self._lock:
            self._ids.root = span if is_root else None
            made = self._tracer.start_span(
                span.name, context=context, attributes=facts, start_time=_nanoseconds(span.began_at)
            )
            self._ids.root = None
        made.end(_nanoseconds(span.ended_at))


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000
