"""What people see of deliveries, articles, the state of the system and a dry run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from copytaster.model.article import Article, Relation
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.monitoring.status import Status
from copytaster_cli.rendering.items import items, some
from copytaster_cli.rendering.next_step import next_step
from copytaster_cli.rendering.output import cell, safe, table
from copytaster_cli.rendering.versions import sources_table

if TYPE_CHECKING:  # a listing need not wait for the models that an explanation takes
    from copytaster.explain import Decision

SUMMARY_NAMES = 5
"""Entities and topics of one article that a listing has room for."""


def deliveries_table(deliveries: Iterable[Delivery]) -> Table:
    """Return one line per delivery."""
    return table(
        "DELIVERY",
        "FILE",
        "DISPOSITION",
        "ARTICLE OR REASON",
        rows=((each.id, each.path, each.disposition or f"({each.state})", outcome(each)) for each in deliveries),
    )


def retries_table(retries: Iterable[tuple[DeliveryId, Delivery | None]]) -> Table:
    """Return one line per retried delivery: its id, then the new delivery that came of it, if one did."""
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
    """Return in a few words what came of the delivery beyond its disposition; None when nothing did yet."""
    if delivery.reason:
        return f"{delivery.reason}: {delivery.message}" if delivery.message else delivery.reason.value
    articles = some(delivery.article_ids)
    related = related_to(delivery.relation)
    return f"{articles} ({related})" if articles and related else articles or related or None


def related_to(relation: Relation | None) -> str | None:
    """Return the relation as words."""
    return f"{relation.kind} {relation.score:.2f} of {relation.of}" if relation else None


def print_delivery(console: Console, delivery: Delivery, *, now: datetime) -> None:
    """Write everything about one delivery: what, where, its timeline, and what happens next."""
    console.print(
        _fields(
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
            articles=some(delivery.article_ids),
            relation=related_to(delivery.relation),
            retry_of=delivery.retry_of,
            retried_as=delivery.retried_as,
            next=next_step(delivery, now=now),
        )
    )
    console.print()
    rows = ((each.at, each.stage, each.by, each.what) for each in delivery.timeline)
    console.print(table("WHEN", "STAGE", "BY", "WHAT", rows=rows))


def articles_table(articles: Iterable[Article]) -> Table:
    """Return one line per article."""
    return table(
        "ARTICLE",
        "PUBLISHED OR RECEIVED",
        "SOURCE",
        "STATUS",
        "TITLE",
        "TOPICS",
        rows=(
            (
                each.id,
                each.published_at or each.received_at,
                each.source,
                _standing(each),
                each.title,
                _topic_names(each),
            )
            for each in articles
        ),
    )


def article_page(article: Article, *, versions: int | None = None) -> RenderableType:
    """Return a readable page: fields with where they come from, tags with why, and the text."""
    return Group(
        Text(safe(article.title), style="bold"),
        Text(),
        _sourced_fields(article, versions),
        Text(),
        *_tags(article),
        Text(safe(article.text)),
    )


def decisions_table(decisions: Sequence[Decision]) -> Table:
    """Return what was decided at each stage, and why."""
    return table("STAGE", "DECISION", "WHY", rows=((each.stage, each.what, each.why) for each in decisions))


def status_page(status: Status) -> RenderableType:
    """Return the state of the system on one screen: what is wrong first."""
    balance = status.balance
    ends = ", ".join(f"{count} {name}" for name, count in balance.dispositions.items() if count) or "none settled"
    return Group(
        Text("ready" if status.ready else "NOT READY", style="bold green" if status.ready else "bold red"),
        *(Text(f"  {safe(each.message)}") for each in (*status.problems, *status.notices)),
        Text(),
        _fields(
            deliveries=f"{balance.seen} seen = {balance.in_flight} in flight + settled ({ends})",
            articles=status.articles,
            incomplete=_incomplete(status),
            refused=_refused(status),
        ),
        Text(),
        table(
            "QUEUE",
            "WAITING",
            "IN WORK",
            "OLDEST",
            "DUE",
            rows=(
                (each.name, each.length, each.unacknowledged, _seconds(each.oldest_seconds), status.waiting[each.name])
                for each in status.queues
            ),
        ),
        Text(),
        table(
            "PART",
            "NAME",
            "PROCESS",
            "LAST BEAT",
            "LAST PROGRESS",
            rows=(
                (each.part, each.name, f"{each.host}:{each.pid}", each.beat_at, each.progress_at)
                for each in status.parts
            ),
        ),
        *_sources(status),
    )


def _sources(status: Status) -> list[RenderableType]:
    return [Text(), sources_table(status.sources)] if status.sources else []


def _refused(status: Status) -> str | None:
    """Return what the ledger refused: what is worth a look by name, what redelivery does as a sum."""
    named = [f"{count} {name}" for name, count in status.refused.conflict.items()]
    repeated = sum(status.refused.redelivery.values())
    parts = [*named, f"{repeated} by redelivery, which is normal"] if repeated else named
    return ", ".join(parts) or None


def _incomplete(status: Status) -> str | None:
    """Return how many files wait for the rest of them; watchers of one inbox all count the same ones."""
    counts = (each.details.get("incomplete") for each in status.parts)
    most = max((each for each in counts if isinstance(each, int)), default=0)
    return f"{most} in the inbox, waiting for the rest of them" if most else None


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f} s"


def _fields(**fields: object) -> Table:
    """Return names and values; absent values are left out."""
    made = Table.grid(padding=(0, 2))
    for name, value in fields.items():
        if value not in {None, ""}:
            made.add_row(Text(name, style="dim"), Text(cell(value)))
    return made


def _sourced_fields(article: Article, versions: int | None) -> Table:
    made = Table.grid(padding=(0, 2))
    for name, value in _plain_fields(article, versions).items():
        found = article.provenance.get(name)
        origin = f"{found.from_} ({found.confidence:.2f})" if found else ""
        if value not in {None, ""}:
            made.add_row(Text(name, style="dim"), Text(cell(value)), Text(safe(origin), style="dim"))
    return made


def _plain_fields(article: Article, versions: int | None) -> dict[str, object]:
    """Return the fields that are one value, under the names of the article document, in reading order."""
    return {
        "id": article.id,
        "version": f"{article.version} of {versions}" if versions else article.version,
        "status": _standing(article),
        "ruling": _ruled(article),
        "source": article.source,
        "byline": article.byline,
        "authors": ", ".join(article.authors),
        "dateline": article.dateline,
        "summary": article.summary,
        "url": article.url,
        "guid": article.guid,
        "language": article.language,
        "published_at": article.published_at,
        "modified_at": article.modified_at,
        "received_at": article.received_at,
        "embargoed_until": article.embargoed_until,
        "word_count": article.word_count,
        "format": article.format,
        "sha256": article.sha256,
        "story_id": article.story_id,
        "relation": related_to(article.relation),
        "title": article.title,
        "text": f"{len(article.text)} characters",
    }


def _tags(article: Article) -> list[RenderableType]:
    sections = (
        table(
            "TOPIC",
            "CODE",
            "SCORE",
            "WHY",
            rows=((t.name, t.code, f"{t.score:.2f}", t.why) for t in article.topics or ()),
        ),
        table("ENTITY", "TYPE", "MENTIONS", rows=((e.name, e.type, e.count) for e in article.entities or ())),
        table("KEYWORD", "SCORE", rows=((k.term, f"{k.score:.2f}") for k in article.keywords or ())),
        table("TAG", "RULE", "VERSION", "WHY", rows=((t.name, t.rule, t.version, t.why) for t in article.tags)),
        table(
            "DUPLICATE",
            "KIND",
            "FILE",
            "RECEIVED",
            rows=((d.delivery_id, f"{d.kind} {d.score:.2f}", d.name, d.received_at) for d in article.duplicates),
        ),
    )
    return [part for section in sections if section.row_count for part in (section, Text())]


def _standing(article: Article) -> str:
    """Return the status, and what the provider wants done with earlier versions."""
    return ", ".join(filter(None, [article.status, article.signal]))


def _ruled(article: Article) -> str | None:
    """Return what a user's rule did to the status."""
    ruling = article.ruling
    return f"{ruling.status} by rule {ruling.rule} ({ruling.version}): {ruling.why}" if ruling else None


def _topic_names(article: Article) -> str | None:
    if article.topics is None:
        return "(not tagged yet)"
    return ", ".join(each.name for each in article.topics[:SUMMARY_NAMES]) or None
