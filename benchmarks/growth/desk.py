"""The core over a real server, in one process: registration, ingest and light tagging, in batches, on a clock."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry
from redis import Redis

from benchmarks.own_server import server_seconds
from benchmarks.pipeline.articles import InputFile
from benchmarks.pipeline.counters import ServerCounter
from benchmarks.pipeline.worker_without_entities import NoEntities
from copytaster.archive.originals import MemoryArchive
from copytaster.archive.placements import MemoryPlacements
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.pipeline import open_parsers, open_policy
from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.metrics import PipelineMetrics, Stage
from copytaster.model.delivery import Delivery, new_delivery_id
from copytaster.model.work import FIRST_DUE, RecordingPublisher
from copytaster.parsing.reading import ParsingReader
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.tag import tag
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.store.store import Store
from copytaster.stories.placing import Placing
from copytaster.tagging.keywords.extractor import load_keywords
from copytaster.tagging.language import load_language_detector
from copytaster.tagging.tagger import StageTagger
from copytaster.tagging.topics.classifier import load_topics

LEDGER = "ledger"
"""What is left of the processor time beside the stages: registration, lease, disposition."""

STAGES = (LEDGER, Stage.PARSE.value, Stage.DEDUPE.value, Stage.STORE.value, Stage.TAG.value, Stage.PLACE.value)


def log_warnings_only() -> None:
    """Leave out the line of each article: it would be most of the output, and part of the figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


class StageTimes(PipelineMetrics):
    """Adds up this process's processor time by stage: on a busy machine the time on the clock says little."""

    def __init__(self) -> None:
        super().__init__(CollectorRegistry())
        self.seconds = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def time(self, stage: Stage) -> Iterator[None]:
        """Measure the processor time of the block."""
        began = time.process_time()
        yield
        self.seconds[stage.value] += time.process_time() - began


@dataclass(frozen=True, slots=True)
class Cost:
    """What files have cost: seconds of this process, of the server, and on the clock; by stage; and server counts."""

    articles: int
    client: float
    server: float
    clock: float
    stages: dict[str, float]
    commands: int
    round_trips: int


class Desk:
    """Puts files through the stages, over a server."""

    def __init__(self, client: Redis, clock: ManualClock) -> None:
        settings = load_settings({})
        self._client = client
        self._counter = ServerCounter(client)
        self._clock = clock
        self._batch = settings.batch_size
        self._times = StageTimes()
        self._publisher = RecordingPublisher()
        self.store: Store = redis_store(client, clock=clock, window=timedelta(days=settings.near_days))
        tagger = StageTagger(load_language_detector(), load_topics(), NoEntities(), load_keywords())
        self._deps = Dependencies(
            store=self.store,
            archive=MemoryArchive(),
            quarantine=MemoryQuarantine(),
            publisher=self._publisher,
            reader=ParsingReader(open_parsers(settings)),
            tagger=tagger.with_frequencies(self.store.terms),
            placing=Placing(store=self.store, placements=MemoryPlacements(), clock=clock),
            clock=clock,
            policy=open_policy(settings),
            metrics=self._times,
            owner="benchmark",
        )

    def process(self, files: Sequence[InputFile], *, interval: timedelta) -> Cost:
        """Put files through in full messages; the clock advances by ``interval`` with each file."""
        before = dict(self._times.seconds)
        server, counts = server_seconds(self._client), self._counter.counts()
        client, clock = time.process_time(), time.perf_counter()
        for start in range(0, len(files), self._batch):
            self._process_batch(files[start : start + self._batch], interval)
        client, clock = time.process_time() - client, time.perf_counter() - clock
        stages = {name: self._times.seconds[name] - seconds for name, seconds in before.items()}
        stages[LEDGER] = client - sum(stages.values())
        later = self._counter.counts()
        return Cost(
            articles=len(files),
            client=client,
            server=server_seconds(self._client) - server,
            clock=clock,
            stages=stages,
            commands=later.commands - counts.commands,
            round_trips=later.round_trips - counts.round_trips,
        )

    def _process_batch(self, files: Sequence[InputFile], interval: timedelta) -> None:
        # A new archive for each batch: what is in memory must not grow with the number of articles.
        deps = replace(self._deps, archive=MemoryArchive())
        ids = []
        for each in files:
            self._clock.advance(seconds=interval.total_seconds())
            ids.append(self._register(each, deps))
        ingest(ids, deps=deps, until=self._clock.now() + timedelta(minutes=1))
        published, self._publisher.published = self._publisher.published, []
        tag([article for _, article in published], deps=deps)

    def _register(self, file: InputFile, deps: Dependencies) -> str:
        now = self._clock.now()
        delivery = Delivery(
            id=new_delivery_id(now),
            name=file.path.rpartition("/")[2],
            path=file.path,
            source=file.path.partition("/")[0],
            size=len(file.content),
            sha256=deps.archive.put(io.BytesIO(file.content)),
            received_at=now,
        )
        self.store.ledger.register(delivery, due_in=FIRST_DUE, by="benchmark")
        return delivery.id
