"""``python -m benchmarks.memory [--mix wire news] [--articles 1000] [--data FILE] [--json]``: bytes per article.

Puts articles through the intake, the ingest stage and the tag stage of this process, into a server of its own, and
prints what the server stores for each article, by family of keys: every key that a method of ``store/keys.py`` names.
The articles are generated, or are those of a file of JSON Lines with ``title`` and ``text``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from prometheus_client import CollectorRegistry
from redis import Redis

from benchmarks.key_families import FIXED, family_of
from benchmarks.own_server import own_server, used_memory
from benchmarks.pipeline.articles import MIXES, generate
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.intake import open_deposit
from copytaster.bootstrap.pipeline import open_dependencies, open_parsers, open_tagger
from copytaster.bootstrap.store import redis_store
from copytaster.bootstrap.stories import open_story_tending
from copytaster.clock import ManualClock
from copytaster.logging import configure_logs
from copytaster.metrics import PipelineMetrics
from copytaster.model.delivery import DeliveryId
from copytaster.model.work import RecordingPublisher, Work
from copytaster.parsing.reading import ParsingReader
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.tag import tag
from copytaster.settings import PREFIX
from copytaster.store.keys import Keys
from copytaster.store.store import Store

SECONDS_BETWEEN = 30.0
"""Of the benchmark's clock: a day has 2,880 articles."""

BATCH = 10
"""Articles that are tagged together, as in a message to a worker."""

WARM_UP = 10
"""Articles after which the server has loaded the scripts and the client's buffers; they are removed again."""

WINDOW = timedelta(days=30)
"""In which near-duplicates are found: the default of COPYTASTER_NEAR_DAYS."""

OWNER = "worker@newsroom-worker-1:4711"
"""The name of the process in timelines: as long as in a container."""

File = tuple[Path, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Bytes on the server for an article. ``fixed`` is per store.

    ``used`` is what the server's memory shrinks by when all keys are deleted: the tables of keys are in it, and what a
    server takes for its scripts, clients and statistics is not.
    """

    mix: str
    articles: int
    text: float
    families: dict[str, float]
    keys: float
    sum: float
    used: float
    fixed: int


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mix", nargs="+", choices=list(MIXES), default=["wire", "news"], help="what is generated")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, help="JSON Lines with title and text, optionally gzipped")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    configure_logs(load_settings({f"{PREFIX}LOG_LEVEL": "ERROR"}), part="benchmark")
    with tempfile.TemporaryDirectory(prefix="copytaster-memory-") as folder:
        runs = _inputs(options, Path(folder))
        found = [_measured(mix, files, options.articles) for mix, files in runs]
    print(json.dumps([asdict(each) for each in found]) if options.json else "\n\n".join(map(_table, found)))


def measure(client: Redis, files: Iterable[File], mix: str, count: int) -> Figures:
    """Process the files with the server, which is emptied, and return what it stores."""
    clock, rows = ManualClock(), iter(files)
    store = redis_store(client, clock=clock, window=WINDOW)
    with (
        tempfile.TemporaryDirectory(prefix="copytaster-memory-") as folder,
        closing(Pipeline(store, clock, Path(folder))) as pipeline,
    ):
        pipeline.process(islice(rows, WARM_UP))
        client.config_set("lazyfree-lazy-user-flush", "no")  # else the emptied server still holds the memory
        client.flushall()
        sizes = pipeline.process(islice(rows, count))
        return _figures(client, mix, sizes)


class Pipeline:
    """The stages of a worker, in this process, with the real parsers, archive and models; close it after its use."""

    def __init__(self, store: Store, clock: ManualClock, folder: Path) -> None:
        given = {"DATA": str(folder), "REDIS_URL": "redis://unused"}
        settings = load_settings({PREFIX + name: value for name, value in given.items()})
        settings.inbox.mkdir(parents=True)
        self._clock, self._publisher, tagger = clock, RecordingPublisher(), open_tagger(settings)
        metrics = PipelineMetrics(CollectorRegistry())
        opened = open_dependencies(settings, self._publisher, tagger, metrics, clock=clock)
        opened = replace(opened, reader=ParsingReader(open_parsers(settings)), owner=OWNER)
        placing = replace(opened.placing, store=store)
        self._deps = replace(opened, store=store, placing=placing, tagger=tagger.with_frequencies(store.terms))
        self._deposit = open_deposit(settings, store, self._publisher, clock=clock)
        self._tending = open_story_tending(settings, store, clock=clock)

    def close(self) -> None:
        """Release the folder of claimed files."""
        self._deposit.claims.close()

    def process(self, files: Iterable[File]) -> list[int]:
        """Bring every file to its disposition and its tags; return the lengths of the files' texts."""
        sizes = list[int]()
        for file, path in files:
            self._clock.advance(seconds=SECONDS_BETWEEN)
            delivery = self._deposit.copy_in(file, path=path, by=OWNER.replace("worker", "watcher"))
            ingest([delivery.id], deps=self._deps, until=self._clock.now() + timedelta(hours=1))
            sizes.append(self._length(delivery.id))
            if len(sizes) % BATCH == 0:
                self._tag()
        self._tag()
        return sizes

    def _length(self, delivery_id: DeliveryId) -> int:
        delivery = self._deps.store.ledger.get(delivery_id)
        articles = self._deps.store.articles.get_many(delivery.article_ids[:1]) if delivery else []
        return sum(len(each.text.encode()) for each in articles)

    def _tag(self) -> None:
        ids = [each for work, each in self._publisher.published if work is Work.TAG]
        self._publisher.published.clear()
        tag(ids, deps=self._deps)
        self._tending.step()  # as the watcher does: what is to be reported becomes events


def _measured(mix: str, files: Iterable[File], count: int) -> Figures:
    with own_server() as client:
        return measure(client, files, mix, count)


def _figures(client: Redis, mix: str, sizes: list[int]) -> Figures:
    """Return the figures of the server's keys, and delete them."""
    count, names = len(sizes), [name.decode() for name in client.scan_iter(count=1000)]
    families, fixed = dict[str, int](), 0
    for name in names:
        family, size = family_of(Keys(), name), _size(client, name)
        if family in FIXED:
            fixed += size
        else:
            families[family] = families.get(family, 0) + size
    ordered = sorted(families.items(), key=lambda each: -each[1])
    used = used_memory(client)
    client.flushall()
    used -= used_memory(client)
    return Figures(
        mix=mix,
        articles=count,
        text=round(sum(sizes) / count, 1),
        families={family: round(size / count, 1) for family, size in ordered},
        keys=round(len(names) / count, 1),
        sum=round(sum(families.values()) / count, 1),
        used=round((used - fixed) / count, 1),
        fixed=fixed,
    )


def _size(client: Redis, name: str) -> int:
    return int(client.memory_usage(name, samples=0) or 0)


def _inputs(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Iterable[File]]]:
    count = options.articles + WARM_UP
    if options.data:
        yield options.data.name, _data_files(options.data, count, folder)
        return
    for mix in options.mix:
        yield mix, generated_files(mix, count, folder, seed=options.seed)


def generated_files(mix: str, count: int, folder: Path, *, seed: int) -> Iterator[File]:
    """Write generated files, one at a time, and yield each with its path below the inbox."""
    for number, each in enumerate(generate(count, mix, seed=seed, at=ManualClock().now())):
        file = folder / f"{number:06d}{Path(each.path).suffix}"
        file.write_bytes(each.content)
        yield file, each.path


def _data_files(data: Path, count: int, folder: Path) -> Iterator[File]:
    with gzip.open(data, "rt", encoding="utf-8") if data.suffix == ".gz" else data.open(encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, count)):
            record = json.loads(line)
            file = folder / f"story-{number:06d}.txt"
            file.write_text(f"{record['title']}\n\n{record['text']}\n", encoding="utf-8")
            yield file, f"wire/{file.name}"


def _table(found: Figures) -> str:
    head = f"{found.mix}: {found.articles} articles with {found.text:g} bytes of text, {found.keys:g} keys each"
    rows = [f"  {family:24} {size:9.1f}" for family, size in found.families.items()]
    total = [f"  {'sum':24} {found.sum:9.1f}", f"  {'used memory':24} {found.used:9.1f}"]
    return "\n".join([head, *rows, *total, f"  and {found.fixed} bytes for the store"])


if __name__ == "__main__":
    main()
