"""``python -m benchmarks.pipeline.bound FOLDER [--entities off]``: the same files through the core alone.

One process reads the files, converts them to drafts, finds copies with the store in memory, tags the articles in
batches and places them into stories: no queue, no sandbox, no watcher, no server and no ledger. What a system can reach
at best for each processor second. Prints a JSON document; loading the models is not counted.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Like in a worker. NumPy reads the variable when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from prometheus_client import CollectorRegistry

from benchmarks.pipeline.worker_without_entities import switch_entities_off
from copytaster.archive.originals import MemoryArchive
from copytaster.archive.placements import MemoryPlacements
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.pipeline import open_parsers, open_policy, open_tagger
from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.errors import PermanentError
from copytaster.metrics import PipelineMetrics
from copytaster.model.article import Article, ArticleId
from copytaster.model.article_labels import annotated
from copytaster.model.delivery import Delivery, new_delivery_id
from copytaster.model.work import RecordingPublisher
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.resolve import Owned, resolve_draft
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.stories.placing import Placing

if TYPE_CHECKING:
    from copytaster.settings import Settings

STEPS = ("parse", "dedupe and store", "tag", "place")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--entities", choices=("on", "off"), default="on")
    options = parser.parse_args()
    if options.entities == "off":
        switch_entities_off()
    print(json.dumps(measure(options.folder)))


def measure(folder: Path) -> dict[str, Any]:
    """Return the number of files and articles, and the processor seconds by step."""
    settings = load_settings({})
    deps, files = _dependencies(settings), sorted(each for each in folder.rglob("*") if each.is_file())
    _process(deps, files[:1], folder, settings.batch_size)  # modules and caches are loaded before the measurement
    deps = _dependencies(settings, tagger=deps.tagger)
    articles, seconds = _process(deps, files, folder, settings.batch_size)
    total = sum(seconds.values())
    return {
        "files": len(files),
        "articles_tagged": articles,
        "cpu_seconds": round(total, 3),
        "articles_per_cpu_second": round(len(files) / total, 2),
        "share_by_step": {step: round(value / total, 3) for step, value in seconds.items()},
    }


def _process(deps: Dependencies, files: Sequence[Path], folder: Path, batch: int) -> tuple[int, dict[str, float]]:
    """Put the files through; return the number of tagged articles, and processor seconds by step."""
    seconds = dict.fromkeys(STEPS, 0.0)
    to_tag, tagged = list[ArticleId](), 0
    for file in files:
        began = time.process_time()
        delivery, drafts = _read(deps, file, folder)
        parsed = time.process_time()
        for draft in drafts:
            owned = Owned(delivery, str(delivery.sha256), delivery.id)
            to_tag += resolve_draft(draft, owned, deps).to_tag
        resolved = time.process_time()
        group = list[Article]()
        if len(to_tag) >= batch or file is files[-1]:
            stored = deps.store.articles.get_many(to_tag)
            group = list(map(annotated, stored, deps.tagger.tag(stored)))
            to_tag = []
        labelled = time.process_time()
        tagged += len(deps.placing.place(group))
        times = (parsed - began, resolved - parsed, labelled - resolved, time.process_time() - labelled)
        for step, value in zip(STEPS, times, strict=True):
            seconds[step] += value
    return tagged, seconds


def _read(deps: Dependencies, file: Path, folder: Path) -> tuple[Delivery, list[Draft]]:
    content, now = file.read_bytes(), deps.clock.now()
    path = str(file.relative_to(folder))
    delivery = Delivery(
        id=new_delivery_id(now),
        name=file.name,
        path=path,
        source=path.partition("/")[0],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        received_at=now,
    )
    frame = Frame(limits=deps.policy.limits)
    return delivery, list(_drafts(deps, Original(file=io.BytesIO(content), name=path, now=now, frame=frame)))


def _drafts(deps: Dependencies, original: Original) -> Iterator[Draft]:
    try:
        yield from (each.item for each in deps.reader.read(original) if isinstance(each.item, Draft))
    except PermanentError:
        return


def _dependencies(settings: Settings, tagger: Any = None) -> Dependencies:
    clock = SystemClock()
    store = memory_store(clock)
    return Dependencies(
        store=store,
        archive=MemoryArchive(),
        quarantine=MemoryQuarantine(),
        publisher=RecordingPublisher(),
        reader=ParsingReader(open_parsers(settings)),
        tagger=tagger or open_tagger(settings).with_frequencies(store.terms),
        placing=Placing(store=store, placements=MemoryPlacements(), clock=clock),
        clock=clock,
        policy=open_policy(settings),
        metrics=PipelineMetrics(CollectorRegistry()),
        owner="bound",
    )


if __name__ == "__main__":
    main()
