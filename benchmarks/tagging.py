"""``python -m benchmarks.tagging --data FILE.jsonl[.gz] [--articles 300] [--batch 10] [--peers] [--json]``.

Measures the speed and the memory of the tag stage. Each line of the file is an article with ``title`` and ``text``; the
default title is the first line of the text. Like in a worker, the stage is loaded once and runs in a child that is
forked afterwards, in batches of the size of a message. ``--peers`` runs the stage once more, with the names found by
spaCy's own pipeline.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.ner import pipeline_stage
from copytaster.model.article import Article, ArticleId

if TYPE_CHECKING:
    from copytaster.tagging.tagger import Tagger

# Like in a worker. NumPy reads the variable when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="JSON Lines of articles, optionally gzipped")
    options.add_argument("--articles", type=int, default=300, help="number of articles")
    options.add_argument("--batch", type=int, default=10, help="articles per message")
    options.add_argument("--peers", action="store_true", help="also run spaCy's own pipeline for the names")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = options.parse_args()
    articles = load(arguments.data, arguments.articles)
    figures = measure(articles, arguments.batch)
    if arguments.peers:
        rate = "articles_per_cpu_second"
        figures["with_pipeline"] = measure(articles, arguments.batch, by_pipeline=True)[rate]
        figures["times_as_fast"] = round(figures[rate] / figures["with_pipeline"], 2)
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:28} {value}")


def load(file: Path, most: int) -> list[Article]:
    """Return the first articles of a file."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        return [_article(number, json.loads(line)) for number, line in enumerate(islice(lines, most))]


def measure(articles: Sequence[Article], batch: int, *, by_pipeline: bool = False) -> dict[str, Any]:
    """Return articles per CPU second, and the memory of a worker and of its child, in megabytes."""
    from copytaster.tagging.tagger import StageTagger, load_tagger  # noqa: PLC0415  # after the environment is set

    began = time.process_time()
    tagger = load_tagger()  # without frequencies: a worker's are on the server, not in its memory
    loading = time.process_time() - began
    if by_pipeline and isinstance(tagger, StageTagger):
        tagger = replace(tagger, entities=pipeline_stage())
    gc.collect()
    gc.freeze()
    worker = memory()
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_tag, args=(tagger, articles, batch, sender))
    child.start()
    sender.close()  # the child's end is then the last one, so its death ends the wait
    child_figures: dict[str, Any] = receiver.recv()
    child.join()
    return {"articles": len(articles), "seconds_to_load": round(loading, 2), "worker_mb": worker["Rss"]} | child_figures


def memory() -> dict[str, float]:
    """Return this process's memory in megabytes, by the kernel's names (``Rss``, ``Private_Dirty``)."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    return {line.split(":")[0]: round(int(line.split()[1]) / 1024, 1) for line in lines}


def _tag(tagger: Tagger, articles: Sequence[Article], batch: int, sender: Connection) -> None:
    began = time.process_time()
    most = 0.0
    for start in range(0, len(articles), batch):
        tagger.tag(articles[start : start + batch])
        most = max(most, memory()["Private_Dirty"])
    seconds = time.process_time() - began
    size = sum(len(each.text) for each in articles) / len(articles)
    sender.send(
        {
            "characters_per_article": round(size),
            "articles_per_cpu_second": round(len(articles) / seconds, 1),
            "child_own_mb_at_most": most,
            "child_own_mb_at_end": memory()["Private_Dirty"],
        }
    )
    sender.close()
    os._exit(0)


def _article(number: int, line: dict[str, Any]) -> Article:
    text = str(line["text"]).strip()
    title = str(line.get("title") or text.partition("\n")[0])[:300]
    return Article(
        id=ArticleId(f"b{number}"),
        version=1,
        title=title,
        text=text,
        received_at=RECEIVED,
        word_count=len(text.split()),
        format="benchmark",
        provenance={},
        sha256="0" * 64,
    )


if __name__ == "__main__":
    main()
