"""Traces: what each stage did with a delivery, under a trace id that every process derives from the delivery's id.

The id of a trace needs no storage and survives every loss of a message: it is the delivery's id with zeros before it,
as the W3C's Trace Context provides for shorter ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from copytaster.model.delivery import DeliveryId

TRACE_DIGITS, SPAN_DIGITS = 32, 16
"""Hexadecimal digits of the ids, by the specification."""

TRACEPARENT = "traceparent"
"""The name of the header, in messages, requests and events."""

ROOT = "intake"
"""The span of the watcher, of which all others are children."""


def trace_id(delivery_id: str) -> str:
    """Return the id of the trace of a delivery."""
    return delivery_id.removeprefix("d").rjust(TRACE_DIGITS, "0")


def span_id(delivery_id: str, name: str) -> str:
    """Return the id of a span; the same in each process."""
    return sha256(f"{delivery_id} {name}".encode()).hexdigest()[:SPAN_DIGITS]


def traceparent(delivery_id: str) -> str:
    """Return the header ``traceparent`` of what follows from a delivery: version, trace, parent, flags (sampled)."""
    return f"00-{trace_id(delivery_id)}-{span_id(delivery_id, ROOT)}-01"


@dataclass(frozen=True, slots=True)
class Span:
    """What a stage did with a delivery. ``facts`` are ids, kinds and numbers, never texts of files."""

    name: str
    delivery_id: DeliveryId
    began_at: datetime
    ended_at: datetime
    facts: Mapping[str, str | int | float] = field(default_factory=dict)


class Tracing(Protocol):
    """Takes finished spans."""

    def record(self, span: Span) -> None:
        """Take a span; returns at once, and raises nothing."""
        ...


class NoTracing:
    """Drops all spans: the default."""

    def record(self, span: Span) -> None:
        """Drop a span."""
