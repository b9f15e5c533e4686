"""A store of many articles, made in minutes: some go through all stages, and the others are variants of them.

A variant has the text and the labels of its model, another headline, other times, and a delivery and a place in a story
of its own. What a reading request touches is there: articles, listings, deliveries, stories, events and the search
index. The index of near-duplicates and the keys of stories, which only the stages read, have the models alone.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from multiprocessing import get_context

from redis import Redis

from benchmarks.growth.desk import Desk
from benchmarks.pipeline.articles import InputFile, generate, make_name
from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId
from copytaster.model.article_labels import tagging_of
from copytaster.model.batches import batched
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.model.work import FIRST_DUE
from copytaster.store.matching import is_listed
from copytaster.store.ports.articles import Annotation
from copytaster.store.ports.stories import Placed, StoryChange, StoryEntry, StoryId, StoryRecord, founded_story
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from copytaster.stories.records import new_record, with_article
from copytaster_cli.processes.embedded_server import HOST

MODELS = 1_000
"""Files that go through all stages: some ten seconds; each further article takes a fifth of their time."""

INTERVAL = timedelta(seconds=20)
"""Between two articles: 4,300 a day, so that 100,000 are three weeks."""

WRITERS = 3
"""Processes that write variants: one keeps the server busy for a third of the time."""

BATCH = 200
"""Articles that are written together: one round trip for each part of them."""

STEP = 1_000
"""Files that go through the stages at once."""

BY = "benchmark"

LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Variant:
    """An article that is to be written, the tagged article whose text it has, and the story of that one."""

    article: Article
    model: Article
    story: StoryId | None
    delivery_id: DeliveryId


def fill(client: Redis, *, articles: int, copies: int, seed: int, models: int = MODELS) -> None:
    """Write articles, one of them with many copies; the newest was received just now.

    ``models`` of them go through all stages, and a sixth of these are copies of others.
    """
    clock = ManualClock(datetime.now(UTC) - (articles + copies) * INTERVAL)
    desk = Desk(client, clock)
    desk.store.articles.sweep(0)  # of an empty store: its listings are complete from the first article on
    _process(desk, min(articles, models), copies, clock, seed)
    names = [each.id for each in _models(desk.store)]
    size = len(names)
    rounds = [
        Round(start, min(size, articles - start), clock.now() + (start - models) * INTERVAL, seed)
        for start in range(models, articles, size)
    ]
    port = client.get_connection_kwargs()["port"]
    context = get_context("spawn")
    with ProcessPoolExecutor(WRITERS, context, initializer=_connect, initargs=(port, names)) as pool:
        for each in pool.map(_write_round, rounds):
            print(f"{each} of {articles} articles are written", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Round:
    """The numbers of articles of which each is a variant of another model; the first is received at ``at``."""

    start: int
    count: int
    at: datetime
    seed: int


@dataclass(slots=True)
class Writer:
    """What a process needs that writes variants."""

    client: Redis
    models: Sequence[Article]
    stories: Mapping[ArticleId, StoryId]


_writers: list[Writer] = []
"""The one of this process."""


def _connect(port: int, names: Sequence[ArticleId]) -> None:
    client = connect(f"redis://{HOST}:{port}/0", name="benchmark")
    store = redis_store(client, clock=ManualClock(datetime.now(UTC)), window=timedelta(days=1))
    models = [each for part in batched(names, BATCH) for each in store.articles.get_many(part)]
    _writers.append(Writer(client, models, store.stories.ids(names)))


def _write_round(of: Round) -> int:
    """Write variants, whose stories are their own: each round repeats the models' stories. Return the last number."""
    writer, written = _writers[0], dict[StoryId, StoryRecord]()
    clock, chance = ManualClock(of.at), random.Random(f"{of.seed} {of.start}")
    store = redis_store(writer.client, clock=clock, window=timedelta(days=1))
    numbers = range(of.start, of.start + of.count)
    for part in batched(zip(numbers, writer.models, strict=False), BATCH):
        variants = [_variant(number, model, writer.stories.get(model.id), clock, chance) for number, model in part]
        _write(variants, store, written)
    return numbers.stop


def _process(desk: Desk, count: int, copies: int, clock: ManualClock, seed: int) -> None:
    files = generate(count, "mixed", seed=seed, at=clock.now(), interval=INTERVAL)
    copied: InputFile | None = None
    while step := list(islice(files, STEP)):
        copied = copied or step[0]
        desk.process(step, interval=INTERVAL)
    if copied:
        folder, _, name = copied.path.rpartition("/")
        again = [replace(copied, path=f"{folder}/{number}-{name}") for number in range(copies)]
        desk.process(again, interval=INTERVAL)


def _models(store: Store) -> Sequence[Article]:
    """Return the listed and tagged articles that went through the stages, in the order of receipt."""
    found = (each for each in _all(store) if is_listed(each) and each.tagged)
    return sorted(found, key=lambda each: each.received_at)


def _all(store: Store) -> Iterator[Article]:
    position, ids = store.articles.ids(0)
    yield from store.articles.get_many(ids)
    while position:
        position, ids = store.articles.ids(position)
        yield from store.articles.get_many(ids)


def _variant(number: int, model: Article, story: StoryId | None, clock: ManualClock, chance: random.Random) -> Variant:
    clock.advance(seconds=INTERVAL.total_seconds())
    now, digest = clock.now(), hashlib.sha256(f"variant {number}".encode()).hexdigest()
    later = now - model.received_at
    guid = f"urn:benchmark:{number}"
    changes = {
        "id": ArticleId(f"a{digest[:20]}"),
        "identity": f"guid:{guid}",
        "guid": guid,
        "sha256": digest,
        "title": f"{make_name(chance)}: {model.title.partition(': ')[2] or model.title}",
        "received_at": now,
        "published_at": model.published_at and model.published_at + later,
        "published_local": model.published_local and model.published_local + later,
        "modified_at": model.modified_at and model.modified_at + later,
        "version": 1,
        "duplicates": (),
        "duplicate_count": 0,
        "topics": None,
        "entities": None,
        "keywords": None,
        "tagged_by": None,
    }
    return Variant(model.model_copy(update=changes), model, story, new_delivery_id(now))


def _write(variants: Sequence[Variant], store: Store, stories: dict[StoryId, StoryRecord]) -> None:
    ids = [each.delivery_id for each in variants]
    names = [each.article.id for each in variants]
    store.ledger.register_many([_delivery(each) for each in variants], due_in=FIRST_DUE, by=BY)
    store.ledger.begin_together(ids, owner=BY, lease=LEASE)
    store.articles.create_many([(each.article, each.delivery_id) for each in variants])
    ends = {
        each.delivery_id: Outcome(
            disposition=Disposition.STORED, article_ids=(each.article.id,), to_tag=(each.article.id,)
        )
        for each in variants
    }
    store.ledger.settle_together(ends, owner=BY)
    store.ledger.begin_tagging(names, owner=BY, lease=LEASE)
    store.articles.annotate_many(
        [Annotation(each.article.id, 1, each.article.text, tagging_of(each.model)) for each in variants]
    )
    store.stories.commit([_placing(each, stories) for each in variants])
    store.ledger.settle_tagging(names, owner=BY)


def _delivery(variant: Variant) -> Delivery:
    article = variant.article
    name = f"{article.sha256[:12]}.txt"
    return Delivery(
        id=variant.delivery_id,
        name=name,
        path=f"{article.source}/{name}",
        source=article.source,
        size=len(article.text),
        sha256=article.sha256,
        received_at=article.received_at,
    )


def _placing(variant: Variant, stories: dict[StoryId, StoryRecord]) -> StoryChange:
    """Return the change that puts the variant into its round's variant of the model's story."""
    article = variant.article
    origin = variant.story or founded_story(article.id)
    known = stories.get(origin) or new_record(founded_story(article.id), article.received_at)
    record = with_article(known, article, article.received_at)
    placed = Placed(record.id, StoryEntry(article.id, article.received_at))
    change = StoryChange(records=(record,), placed=(placed,))
    stories[origin] = replace(record, revision=change.revision)
    return change
