"""What a plain article costs from its claim to its tags, by counts, which are the same on every machine.

The watcher's, the ingest and the tag stage run in this process, over a real server and a real broker; the messages are
taken from the broker by hand, so that what Celery's consumer does to receive and acknowledge a message is not counted.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis

from benchmarks.pipeline.articles import make_story
from benchmarks.pipeline.counters import Counts, ServerCounter
from benchmarks.pipeline.documents import wire_text
from copytaster.articles.removal import remove_articles
from copytaster.bootstrap.archive import open_archive, open_placements
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.intake import open_intake
from copytaster.bootstrap.pipeline import open_parsers, open_policy
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.intake.file_intake import Candidate
from copytaster.intake.metadata_content import answer
from copytaster.intake.rename_claims import RenameClaims
from copytaster.metrics import PipelineMetrics
from copytaster.model.article import Entity, EntityType
from copytaster.model.batches import batched
from copytaster.model.delivery import new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.parsing.original import Original
from copytaster.parsing.reading import START, ParsingReader, Position, Reading
from copytaster.parsing.sandbox.calls import DirectCalls
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.tag import tag
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.settings import Settings
from copytaster.store.keys import Keys
from copytaster.stories.placing import Placing
from copytaster.tagging.keywords.extractor import load_keywords
from copytaster.tagging.language import load_language_detector
from copytaster.tagging.stages import Finding, Passage, finding
from copytaster.tagging.tagger import StageTagger
from copytaster.tagging.topics.classifier import load_topics
from copytaster_broker.app import KEY_PREFIX
from copytaster_broker.publisher import open_publisher
from copytaster_watcher.group_intake import GROUP

if TYPE_CHECKING:
    from tests.conftest import RealServer

ARTICLES = 20
"""One full message of the watcher."""

MOST_ROUND_TRIPS = 2.0
"""The cost of an article is 1.1: a full message takes 3 in the watcher and 10 in each stage. What is counted are reads
of the server: of a request of more than 16 KB there are several, on a busy machine up to half a read an article more.
One more round trip for each article would be 2.1."""

MOST_COMMANDS = 47
"""All that the server executes, inside scripts too: 43.7 with four names."""

MOST_MESSAGES = 0.1
"""One message wakes the ingest stage for all of them, and one the tag stage."""

MOST_ROUND_TRIPS_OF_REMOVAL = 2.3
"""The removal of an old article costs 1.4: ten together take fourteen. As above, a large request is several reads."""

MOST_COMMANDS_OF_REMOVAL = 60
"""All that the server executes for it, inside scripts too: 57.5 with four names."""

NAMES = ("Angela Brandt", "Rotterdam", "Harbour Union", "Lisbon")


class KnownNames:
    """Finds four names in each text, a usual number: each name is an index entry, so it has to be the same here."""

    def entities(self, passages: Sequence[Passage]) -> list[Finding[tuple[Entity, ...] | None]]:
        names = tuple(Entity(name=each, type=EntityType.PERSON, count=1, spans=()) for each in NAMES)
        return [finding(names, how="test", confidence=1) for _ in passages]


@dataclass(slots=True)
class CountingReader:
    """Parses, and counts the files."""

    reader: ParsingReader
    parses: int = 0

    def read(self, original: Original, *, after: Position = START) -> Iterator[Reading]:
        self.parses += 1
        return self.reader.read(original, after=after)

    def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
        self.parses += len(originals)
        return self.reader.read_together(originals)


@dataclass(slots=True)
class Way:
    """The way of files through the stages, with the sums of what each of them has cost the server."""

    settings: Settings
    client: Redis
    deps: Dependencies
    reader: CountingReader
    counter: ServerCounter = field(init=False)
    spent: dict[str, int] = field(default_factory=dict)
    messages: int = 0

    def __post_init__(self) -> None:
        self.counter = ServerCounter(self.client)

    def go(self, contents: Sequence[bytes]) -> None:
        """Put files through, from the claim to the tags."""
        before = self.counter.counts()
        self._take_in(contents)
        self._spend(before)
        for ids in self._received(Work.INGEST):
            before = self.counter.counts()
            ingest(ids, deps=self.deps, until=self.deps.clock.now() + timedelta(minutes=1))
            self._spend(before)
        for ids in self._received(Work.TAG):
            before = self.counter.counts()
            tag(ids, deps=self.deps)
            self._spend(before)

    def _take_in(self, contents: Sequence[bytes]) -> None:
        """Claim files, and archive, register and publish them in groups, as the watcher does."""
        inbox, deps = self.settings.inbox, self.deps
        intake = open_intake(self.settings, deps.store, clock=deps.clock, calls=DirectCalls(answer))
        claims = RenameClaims(inbox, "watcher@test:1")
        for number, content in enumerate(contents):
            (inbox / f"story{number}.txt").write_bytes(content)
            assert claims.take(f"story{number}.txt", new_delivery_id(deps.clock.now()))
        for group in batched(claims.pending(), GROUP):
            lanes = intake.take_many(list(map(Candidate, group)), by="watcher@test:1")
            assert lanes == [Work.INGEST] * len(group)
            deps.publisher.publish(Work.INGEST, [each.delivery_id for each in group])
            for claim in group:
                claims.release(claim)
        claims.close()

    def _received(self, work: Work) -> list[list[str]]:
        """Take all messages from a queue, and return the ids of each."""
        found: Any = self.client.lpop(KEY_PREFIX + work.value, 1_000)
        self.messages += len(found or [])
        return [json.loads(base64.b64decode(json.loads(each)["body"]))[0][0] for each in reversed(found or [])]

    def _spend(self, before: Counts) -> None:
        after = self.counter.counts()
        for each in fields(Counts):
            cost = getattr(after, each.name) - getattr(before, each.name)
            self.spent[each.name] = self.spent.get(each.name, 0) + cost


@pytest.fixture
def way(server: RealServer, tmp_path: Path) -> Iterator[Way]:
    """Give the way of files, with connections that are open and scripts that are loaded."""
    settings = load_settings({"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_REDIS_URL": server.address})
    settings.inbox.mkdir(parents=True)
    clock = SystemClock()
    store = open_store(settings, clock=clock, part="test")
    tagger = StageTagger(load_language_detector(), load_topics(), KnownNames(), load_keywords())
    reader = CountingReader(ParsingReader(open_parsers(settings)))
    deps = Dependencies(
        store=store,
        archive=open_archive(settings),
        quarantine=FolderQuarantine(settings.quarantine),
        publisher=open_publisher(settings),
        reader=reader,
        tagger=tagger.with_frequencies(store.terms),
        placing=Placing(store=store, placements=open_placements(settings), clock=clock),
        clock=clock,
        policy=open_policy(settings),
        metrics=PipelineMetrics(CollectorRegistry()),
        owner="worker@test:2",
    )
    with server.client() as client:
        way = Way(settings, client, deps, reader)
        way.go([wire_text(make_story("wire", 1_000, datetime.now(UTC), random.Random(1_000)))])
        way.spent, way.messages, reader.parses = {}, 0, 0
        yield way


def test_a_plain_article_costs_a_known_number_of_commands_messages_and_parses(way: Way) -> None:
    stories = [make_story("wire", number, datetime.now(UTC), random.Random(number)) for number in range(ARTICLES)]

    way.go([wire_text(each) for each in stories])

    ends = way.deps.store.ledger.balance().dispositions
    per_article = {name: count / ARTICLES for name, count in way.spent.items()}
    assert (ends[Disposition.STORED], sum(ends.values())) == (ARTICLES + 1, ARTICLES + 1)
    assert way.deps.store.ledger.waiting(Work.TAG) == 0
    assert per_article["round_trips"] <= MOST_ROUND_TRIPS
    assert per_article["commands"] <= MOST_COMMANDS
    assert way.messages / ARTICLES <= MOST_MESSAGES
    assert way.reader.parses == ARTICLES


def test_an_old_article_is_removed_by_a_known_number_of_commands(way: Way) -> None:
    stories = [make_story("wire", number, datetime.now(UTC), random.Random(number)) for number in range(ARTICLES)]
    way.go([wire_text(each) for each in stories])
    store = way.deps.store
    _, ids = store.articles.ids(0)
    windows = way.client.keys(Keys().near_window(0).removesuffix("0") + "*")
    way.client.delete(*windows)  # they have ended when articles are old
    remove_articles(ids[:1], store, before=None)  # loads the scripts
    way.spent, before = {}, way.counter.counts()

    removed = remove_articles(ids[1:], store, before=None)

    way._spend(before)
    per_article = {name: count / ARTICLES for name, count in way.spent.items()}
    assert (len(removed), store.articles.ids(0)) == (ARTICLES, (0, []))
    assert per_article["round_trips"] <= MOST_ROUND_TRIPS_OF_REMOVAL
    assert per_article["commands"] <= MOST_COMMANDS_OF_REMOVAL
