"""Builders for tests: records with sensible fields, and a pipeline over any store, with fast fakes of other parts."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from copytaster.archive.decisions import Decisions, MemoryDecisions
from copytaster.archive.journal import Journal, MemoryJournal
from copytaster.archive.originals import Archive, MemoryArchive
from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.deletion import ArticleDeletion
from copytaster.articles.original_deletion import OriginalDeletion
from copytaster.clock import Clock, ManualClock
from copytaster.dedup.signature import Signature
from copytaster.dedup.signing import sign
from copytaster.intake.metadata_content import answer
from copytaster.intake.metadata_reader import MetadataReader
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.metrics import PipelineMetrics
from copytaster.model.article import Article, ArticleId, Duplicate, Provenance, RelationKind
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Disposition
from copytaster.model.limits import Limits
from copytaster.model.retry_policy import Backoff
from copytaster.model.work import RecordingPublisher, Work
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.reading import ParsingReader, Reading
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.calls import DirectCalls
from copytaster.pipeline.dependencies import Dependencies, Policy
from copytaster.pipeline.ingest import ingest
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.search.memory_index import MemoryIndex
from copytaster.search.projector import Projector
from copytaster.search.search import Search
from copytaster.store.ports.layout import LAYOUT
from copytaster.store.ports.stories import Placed, StoryChange, StoryEntry, StoryId, founded_story
from copytaster.store.store import Store
from copytaster.stories.evidence import Evidence
from copytaster.stories.placing import Placing
from copytaster.stories.recording import evidence_bytes
from copytaster.stories.records import new_record, with_article, with_copy
from copytaster.tagging.tagger import PlainTagger
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.readiness.completeness.judging import DirectJudge
from copytaster_watcher.readiness.completeness.patience import Patience, Waits
from copytaster_watcher.readiness.finished import FinishedFiles
from copytaster_watcher.readiness.pairing import Pairing, PairingWaits
from copytaster_watcher.readiness.writers import Writers

START = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "ab" * 32
METADATA_READER = MetadataReader(DirectCalls(answer))
FROM_TEST = Provenance.model_validate({"from": "test", "confidence": 1.0})

POLICY = Policy(
    limits=Limits(file_bytes=100_000),
    lease=timedelta(seconds=20),
    max_attempts=3,
    longest_outage=timedelta(hours=72),
    backoff=Backoff(first=timedelta(seconds=5), jitter=lambda: 0.0),
    near_threshold=0.8,
)


def delivery_id(number: int) -> DeliveryId:
    """Return the id of the delivery that arrived as the ``number``-th."""
    return DeliveryId(f"d{number:022x}")


def a_delivery(number: int = 1, **fields: Any) -> Delivery:
    """Return a delivery as the watcher would register it."""
    given = {"path": "wire/story.txt", "size": 9, "sha256": SHA, "received_at": START} | fields
    path = str(given["path"])
    known = {"id": delivery_id(number), "name": path.rsplit("/", 1)[-1], "source": path.split("/", 1)[0]}
    return Delivery.model_validate(known | given)


def an_article(article_id: str = "a1", **fields: Any) -> Article:
    """Return an article that has not been tagged."""
    given = {
        "id": ArticleId(article_id),
        "version": 1,
        "title": "Harbour reopens",
        "text": "The harbour reopened on Monday.",
        "received_at": START,
        "word_count": 5,
        "format": "text",
        "provenance": {"title": FROM_TEST},
        "sha256": SHA,
    }
    return Article.model_validate(given | fields)


def a_link(delivery: DeliveryId, article_id: ArticleId, **fields: Any) -> Duplicate:
    """Return the link to a copy that this delivery has brought."""
    given = {
        "delivery_id": delivery,
        "article_id": article_id,
        "kind": RelationKind.NEAR,
        "score": 0.9,
        "name": "copy.txt",
        "source": "wire",
        "received_at": START,
    }
    return Duplicate.model_validate(given | fields)


def prose(seed: int, *, count: int = 120) -> list[str]:
    """Return invented words: the same for the same seed, and different ones for other seeds."""
    chance = random.Random(seed)  # made-up words, no secret
    return ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(count)]


def a_signature(words: Iterable[str]) -> Signature:
    """Return the signature of a text of these words."""
    return sign("", " ".join(words))


def memory_search(store: Store, *, clock: Clock) -> Search:
    """Return a search on an index in memory with the articles that the store has now."""
    index = MemoryIndex()
    projector = Projector(index, store, clock)
    projector.begin()
    while projector.fill():
        pass
    return Search(index, store)


class JsonParser:
    """Reads a list of drafts from JSON, so that a test can define exactly what a file contains."""

    format = "json"

    def score(self, original: Original) -> float:
        """Return full confidence for every file."""
        del original
        return 1.0

    def parse(self, original: Original) -> list[Draft]:
        """Return the drafts."""
        return [_draft(item) for item in json.loads(original.content)]


class LoneReader:
    """The part of a reader that leaves every file to be read alone, as after a death of the parser's process."""

    def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
        """Read nothing."""
        return [None] * len(originals)


TIMES = ("published_at", "modified_at", "captured_at", "embargoed_until")


def _draft(item: dict[str, Any]) -> Draft:
    times = {name: datetime.fromisoformat(item[name]) for name in TIMES if item.get(name)}
    return Draft(**{"format": "json", "charset": "utf-8", "provenance": {"title": FROM_TEST}} | item | times)


@dataclass(slots=True)
class Desk:
    """A pipeline over a store, with everything else in memory."""

    deps: Dependencies
    count: int = 0
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)

    @property
    def store(self) -> Store:
        """The store behind the pipeline."""
        return self.deps.store

    @property
    def clock(self) -> ManualClock:
        """The clock, which only moves when it is advanced."""
        assert isinstance(self.deps.clock, ManualClock)
        return self.deps.clock

    @property
    def quarantine(self) -> MemoryQuarantine:
        """The quarantine."""
        assert isinstance(self.deps.quarantine, MemoryQuarantine)
        return self.deps.quarantine

    def deliver(
        self,
        content: bytes,
        *,
        path: str = "wire/story.json",
        due_in: int = 10,
        lane: Work = Work.INGEST,
        continues: str | None = None,
    ) -> DeliveryId:
        """Archive and register a file as the watcher does, and return its delivery's id."""
        self.count += 1
        sha256 = self.deps.archive.put(io.BytesIO(content))
        now = self.deps.clock.now()
        fields = {"path": path, "size": len(content), "sha256": sha256, "lane": lane, "continues": continues}
        delivery = a_delivery(self.count, received_at=now, **fields)
        self.store.ledger.register(delivery, due_in=timedelta(seconds=due_in), by="watcher@test:1")
        return delivery.id

    def deliver_items(self, *items: dict[str, Any], lane: Work = Work.INGEST) -> DeliveryId:
        """Deliver a file with these drafts."""
        return self.deliver(json.dumps(items).encode(), lane=lane)

    def ingest(self, *ids: str, deps: Dependencies | None = None, lane: Work = Work.INGEST) -> list[str]:
        """Run the ingest stage over the ids, without a time limit that matters."""
        until = self.deps.clock.now() + timedelta(hours=1)
        return ingest(ids, deps=deps or self.deps, until=until, lane=lane)

    def settled(self, delivery: DeliveryId) -> Delivery:
        """Return the record of a settled delivery."""
        record = self.record(delivery)
        assert record.disposition is not None, f"{delivery} is still {record.state}: {record.timeline[-1].what}"
        return record

    def record(self, delivery: DeliveryId) -> Delivery:
        """Return the record."""
        record = self.store.ledger.get(delivery)
        assert record is not None
        return record

    def dispositions(self, ids: Sequence[DeliveryId]) -> list[Disposition | None]:
        """Return how each delivery ended, None for those in flight."""
        return [self.record(each).disposition for each in ids]


def an_item(words: Sequence[str], **fields: Any) -> dict[str, Any]:
    """Return a draft of these words, as ``JsonParser`` reads it."""
    return {"title": "A made-up story", "text": " ".join(words)} | fields


def a_desk(store: Store, clock: ManualClock, *, archive: Archive | None = None, **changed: Any) -> Desk:
    """Return a pipeline over ``store``."""
    publisher = RecordingPublisher()
    deps = Dependencies(
        store=store,
        archive=archive or MemoryArchive(),
        quarantine=MemoryQuarantine(),
        publisher=publisher,
        reader=ParsingReader(ParserRegistry([JsonParser()])),
        tagger=PlainTagger(),
        placing=Placing(store=store, placements=MemoryPlacements(), clock=clock),
        clock=clock,
        policy=POLICY,
        metrics=PipelineMetrics(CollectorRegistry()),
        owner="worker@test:2",
    )
    return Desk(replace(deps, **changed), publisher=publisher)


def put_into_one_story(store: Store, founder: Article, *others: Article) -> StoryId:
    """Put articles into the story that the first one founds, those with a relation as copies; return its id."""
    record = with_article(new_record(founded_story(founder.id), founder.received_at), founder, founder.received_at)
    store.stories.commit([StoryChange(records=(record,), placed=(Placed(record.id, _entry(founder)),))])
    for each in others:
        record = store.stories.records([record.id])[record.id]
        add = with_copy(record, each.source, each.received_at)
        grown = add if each.relation else with_article(record, each, each.received_at)
        store.stories.commit([StoryChange(records=(grown,), placed=(Placed(record.id, _entry(each)),))])
    return record.id


def _entry(article: Article) -> StoryEntry:
    evidence = b""
    if article.relation:
        evidence = evidence_bytes(Evidence(score=article.relation.score, relation=article.relation))
    return StoryEntry(article.id, article.received_at, is_copy=article.relation is not None, evidence=evidence)


def complete_data_of(store: Store, clock: Clock) -> None:
    """Mark the store as compared with the journal, and in the present layout."""
    store.layout.record(LAYOUT)
    store.epoch.acquire("test", lease=timedelta(minutes=1))
    store.epoch.mark_complete("e1", owner="test", run=store.epoch.read().run, until=clock.now())


def an_article_deletion(
    store: Store,
    clock: Clock,
    *,
    decisions: Decisions | None = None,
    journal: Journal | None = None,
    archive: MemoryArchive | None = None,
) -> ArticleDeletion:
    """Return the deletion of articles over ``store``, with everything else in memory."""
    originals = OriginalDeletion(store=store, journal=journal or MemoryJournal(), originals=archive or MemoryArchive())
    return ArticleDeletion(store=store, decisions=decisions or MemoryDecisions(), originals=originals, clock=clock)


def finished_files(  # noqa: PLR0913  # half of them have a default
    inbox: Path,
    waits: Waits,
    clock: Clock,
    *,
    max_file_bytes: int = 1_000,
    sidecar: float = 0,
    markers: bool = False,
    arrivals: Arrivals | None = None,
) -> FinishedFiles:
    """Return the selection of finished files; a file waits ``sidecar`` seconds for its sidecar."""
    arrivals = arrivals or Arrivals(clock)
    patience = Patience(inbox, waits, DirectJudge(), max_file_bytes=max_file_bytes)
    pairing = PairingWaits(settle=waits.settle, sidecar=timedelta(seconds=sidecar), orphan=waits.incomplete)
    return FinishedFiles(
        patience,
        Pairing(inbox, pairing, patience, clock, arrivals),
        SourceDefaults(inbox, METADATA_READER),
        Writers(inbox, waits, arrivals),
        markers_in=inbox if markers else None,
    )
