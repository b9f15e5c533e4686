"""A busy newsroom for the pages: articles, copies, failed files, sources, processes, and a day of samples."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import NamedTuple

from copytaster.bootstrap.store import memory_store
from copytaster.clock import Clock
from copytaster.model.article import (
    Article,
    ArticleId,
    Duplicate,
    Entity,
    EntityType,
    FieldSpan,
    Keyword,
    Relation,
    RelationKind,
    Signal,
    Span,
    Tag,
    Topic,
)
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import EmptyQueues, QueueDepth, Work
from copytaster.store.ports.history import Ring, Sample
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store
from tests.factories import FROM_TEST, an_article


class Report(NamedTuple):
    """What an article of the newsroom reports."""

    title: str
    source: str
    names: tuple[str, ...]
    topic: tuple[str, str]
    """Code and name of a Media Topic."""
    keyword: str


ARTICLES = (
    Report(
        "Ferry with 214 aboard is towed to Port Hadley after an engine fire",
        "Kestrel",
        ("Port Hadley", "Mara Quill"),
        ("medtop:20000143", "transportation accident and incident"),
        "ferry",
    ),
    Report(
        "Central bank leaves its rate unchanged",
        "Harbour Wire",
        ("Elin Marsh", "Lisbon"),
        ("medtop:20000345", "economic policy"),
        "central bank",
    ),
    Report(
        "Dockers of Rotterdam end their strike",
        "Quay",
        ("Rotterdam", "Tomas Reuter"),
        ("medtop:20000529", "labour dispute"),
        "dockers",
    ),
    Report(
        "Storm closes the northern passes",
        "Littoral",
        ("Askrigg",),
        ("medtop:20001129", "weather phenomena"),
        "passes",
    ),
    Report(
        "Museum returns the bronze figures",
        "Bay Times",
        ("Ada Fontaine", "Benin City"),
        ("medtop:20000043", "library and museum"),
        "bronze",
    ),
    Report("Harvest of olives falls by a third", "Kestrel", ("Jaén",), ("medtop:20000210", "agriculture"), "olives"),
    Report("Kaksi loukkaantui junaonnettomuudessa", "Pohjola", (), ("", ""), ""),
    Report(
        "Court hears the appeal of the ferry company",
        "Quay",
        ("Port Hadley",),
        ("medtop:20000107", "court"),
        "ferry company",
    ),
)
TITLES = tuple(each.title for each in ARTICLES)
PERSONS = frozenset({"Mara Quill", "Elin Marsh", "Tomas Reuter", "Ada Fontaine"})
FAILURES = (
    ("wire/slow.pdf", Disposition.QUARANTINED, Reason.PARSER_TIMEOUT, "reading slow.pdf took more than 60 s"),
    ("desk/empty.txt", Disposition.REJECTED, Reason.EMPTY, "empty.txt has no bytes"),
    ("wire/link.txt", Disposition.REJECTED, Reason.NOT_A_FILE, "link.txt is a symbolic link"),
)


class BusyQueues(EmptyQueues):
    """Queues in which a few messages wait for a second or two."""

    def depth(self, work: Work) -> QueueDepth:
        """Return the depth: four messages for the live queues, none for the others."""
        if work not in (Work.INGEST, Work.TAG):
            return QueueDepth(name=work, length=0, unacknowledged=0, oldest_seconds=None)
        return QueueDepth(name=work, length=3, unacknowledged=1, oldest_seconds=1.6)


def busy_newsroom(clock: Clock, *, watched: bool = True) -> Store:
    """Return a store with all that the pages show; without ``watched``, no watcher runs."""
    store, now = memory_store(clock), clock.now()
    for place, report in enumerate(ARTICLES):
        store.articles.create(_article(place, report, at=now - timedelta(minutes=9 * place)), owner=DeliveryId("d"))
        store.source_statistics.count_first(f"first {place}", report.source)
    _change(store, _article(0, ARTICLES[0], at=now), now)
    for number, source in enumerate(("Quay", "Quay", "Littoral", "Kestrel")):
        store.source_statistics.count_copy(f"copy {number}", source, of="Harbour Wire", lead=timedelta(minutes=4))
    for path, disposition, reason, message in FAILURES:
        deliver(store, path, now, Outcome(disposition=disposition, reason=reason, message=message))
    deliver(store, "desk/ferry.html", now, Outcome(disposition=Disposition.STORED, article_ids=(ArticleId("a0"),)))
    _beat(store, now, watched=watched)
    for ring in Ring:
        for back in range(ring.length):
            store.history.add(ring, _sample(now - ring.step * back, ring))
    return store


def deliver(store: Store, path: str, now: datetime, outcome: Outcome | None = None) -> DeliveryId:
    """Register a delivery, and settle it if it has an outcome."""
    source, _, name = path.rpartition("/")
    delivery = Delivery(
        id=new_delivery_id(now), name=name, path=path, source=source or None, size=9, sha256=None, received_at=now
    )
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher@desk:11")
    if outcome:
        store.ledger.settle(delivery.id, outcome, by="worker@desk:12")
    return delivery.id


def _article(place: int, report: Report, *, at: datetime) -> Article:
    text = f"{report.title}. {' and '.join(report.names) or 'Nobody'} will say more.\n\nMore follows."
    article = an_article(f"a{place}", title=report.title, text=text, source=report.source, received_at=at)
    if not report.names:
        return article.model_copy(update={"language": "fi", "topics": (), "keywords": ()})
    entities = tuple(
        Entity(name=each, type=_type_of(each), count=1, spans=(_span(text, each),)) for each in report.names
    )
    subject, (code, name) = report.title.split(maxsplit=1)[0], report.topic
    topics = (Topic(code=code, name=name, score=0.8, why=subject, spans=(_span(text, subject),)),)
    tag = Tag(name="coast", rule="coast", why=subject, spans=(FieldSpan(field="title", start=0, end=len(subject)),))
    labels = {
        "entities": entities,
        "topics": topics,
        "keywords": (Keyword(term=report.keyword, score=1.5),),
        "tags": (tag,) if "ferry" in report.keyword else (),
    }
    facts = {"byline": "By Ann Quay", "provenance": {**article.provenance, "byline": FROM_TEST}}
    return article.model_copy(update={"language": "en", **labels, **facts})


def _type_of(name: str) -> EntityType:
    return EntityType.PERSON if name in PERSONS else EntityType.PLACE


def _span(text: str, words: str) -> Span:
    start = text.rindex(words)
    return Span(start=start, end=start + len(words))


def _change(store: Store, article: Article, now: datetime) -> None:
    """Let an article have a second version and a copy."""
    changed = {"text": article.text.replace("More follows", "The tug has arrived"), "signal": Signal.CORRECTION}
    store.articles.add_version(article.model_copy(update=changed), owner=DeliveryId("d2"))
    copy = Duplicate(
        delivery_id="d3",
        kind=RelationKind.NEAR,
        score=0.94,
        name="ferry.txt",
        source="Quay",
        article_id=ArticleId("a91"),
        received_at=now,
    )
    relation = Relation(kind=RelationKind.NEAR, of=article.id, score=0.94)
    copied = an_article("a91", title="Ferry towed", source="Quay", relation=relation)
    store.articles.create(copied, owner=DeliveryId("d3"))
    store.articles.add_duplicate(article.id, copy)


def _beat(store: Store, now: datetime, *, watched: bool) -> None:
    started = now - timedelta(hours=5)
    parts: list[tuple[Part, str, dict[str, str | int | float | None]]] = [
        (Part.WORKER, "worker@desk:12", {"queues": "ingest,retag,tag", "processes": 2, "active": 1}),
        (Part.WORKER, "worker@desk:13", {"queues": "backfill,suspect", "processes": 1, "active": 0}),
        (Part.API, "api@desk:14", {"search_articles": 8, "search_lag_seconds": 0.2}),
        (Part.SUPERVISOR, "supervisor@desk:10", {}),
    ]
    if watched:
        parts.append((Part.WATCHER, "watcher@desk:11", {"backlog": 0, "waiting": 2, "incomplete": 1}))
    for part, name, details in parts:
        pid = int(name.partition(":")[2])
        store.presence.beat(
            Heartbeat(
                part=part,
                name=name,
                host="desk",
                pid=pid,
                started_at=started,
                beat_at=now,
                progress_at=now - timedelta(seconds=3),
                details={"version": "1", **details},
            )
        )


def _sample(at: datetime, ring: Ring) -> Sample:
    """Return a sample of a day with a busy noon, whose totals rise from one to the next."""
    hours = at.timestamp() / 3600
    pace = 1.2 + math.sin((hours - 6) / 24 * 2 * math.pi) + 0.3 * math.sin(hours * 9)
    total = int(at.timestamp() / 60 % 1_000_000) * 10 + int(pace * ring.step.total_seconds())
    return Sample(
        at=at,
        seen=total,
        in_flight=3,
        dispositions={
            Disposition.STORED: total // 2,
            Disposition.DUPLICATE: total // 4,
            Disposition.REJECTED: total // 80,
        },
        oldest_seconds=max(pace, 0.1),
        latency_p50_seconds=0.6 + pace / 3,
        latency_p95_seconds=1.2 + pace,
    )
