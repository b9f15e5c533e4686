"""Deliveries for people: tables, and everything about one of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.table import Table

from copytaster.model.article import Relation
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster_cli.rendering.items import first_ids, items
from copytaster_cli.rendering.next_step import next_step
from copytaster_cli.rendering.output import fields, table


def deliveries_table(deliveries: Iterable[Delivery]) -> Table:
    """Return one row for each delivery."""
    return table(
        "DELIVERY",
        "FILE",
        "DISPOSITION",
        "ARTICLE OR REASON",
        rows=((each.id, each.path, each.disposition or f"({each.state})", outcome(each)) for each in deliveries),
    )


def retries_table(retries: Iterable[tuple[DeliveryId, Delivery | None]]) -> Table:
    """Return one row for each retried delivery: its id, and the new delivery, if there is one."""
    return table(
        "DELIVERY",
        "RETRIED AS",
        "FILE",
        "DISPOSITION",
        "ARTICLE OR REASON",
        rows=(
            (old, new.id, new.path, new.disposition or f"({new.state})", outcome(new)) if new else (old, *[None] * 4)
            for old, new in retries
        ),
    )


def outcome(delivery: Delivery) -> str | None:
    """Return the reason, or the articles with their relation; None if there is neither yet."""
    if delivery.reason:
        return f"{delivery.reason}: {delivery.message}" if delivery.message else delivery.reason.value
    articles = first_ids(delivery.article_ids)
    relation = describe_relation(delivery.relation)
    return f"{articles} ({relation})" if articles and relation else articles or relation or None


def describe_relation(relation: Relation | None) -> str | None:
    """Return a relation's kind, score and other article."""
    return f"{relation.kind} {relation.score:.2f} of {relation.of}" if relation else None


def print_delivery(console: Console, delivery: Delivery, *, now: datetime, is_emptied: bool) -> None:
    """Print a delivery: its fields, what happens next, and its timeline.

    ``is_emptied`` is whether it had articles, none of which is in the store any more.
    """
    console.print(
        fields(
            delivery=delivery.id,
            file=delivery.path,
            source=delivery.source,
            size=f"{delivery.size} bytes",
            sha256=delivery.sha256,
            sidecar=delivery.sidecar,
            received=delivery.received_at,
            state=delivery.state,
            lane=delivery.lane,
            attempts=delivery.attempts,
            faults=delivery.faults or None,
            disposition=delivery.disposition,
            reason=delivery.reason,
            message=delivery.message,
            items=items(delivery),
            articles=first_ids(delivery.article_ids),
            relation=describe_relation(delivery.relation),
            retry_of=delivery.retry_of,
            continues=delivery.continues,
            retried_as=delivery.retried_as,
            next=next_step(delivery, now=now, is_emptied=is_emptied),
        )
    )
    console.print()
    rows = ((each.at, each.stage, each.by, each.what) for each in delivery.timeline)
    console.print(table("WHEN", "STAGE", "BY", "WHAT", rows=rows))
