"""``python -m benchmarks.record_dictionary``: makes the dictionary with which the store compresses records.

It is trained on the records of the articles and deliveries that the seeds become: words of news, field names, places of
metadata, evidence of labels. Records in a store need the dictionary with which they were written, so a new one is a new
format: see ``copytaster.store.redis.packing``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import zstandard

from benchmarks.memory import Pipeline
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, Tagging
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.redis import packing
from copytaster.store.redis.article_records import article_record, tagging_record
from copytaster.store.redis.delivery_records import registration_record
from copytaster.store.redis.packing import split

SEEDS = Path(__file__).parent.parent / "seeds"
TARGET = Path(packing.__file__).with_name(packing.DICTIONARY)

SIZE = 32_768
"""Bytes: half of it makes articles 5 of 100 bytes longer, and the seeds have not the words for twice of it."""


MOST = 1_000
"""Deliveries that are read: more than the seeds become."""

LABELS = ("language", "topics", "entities", "keywords")
"""The fields whose provenance the tag stage writes."""


def main() -> None:
    """Write the dictionary, and print its size."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    samples: list[bytes | bytearray | memoryview] = list(_samples())
    TARGET.write_bytes(zstandard.train_dictionary(SIZE, samples).as_bytes())
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes of {len(samples)} records with {sum(map(len, samples))} bytes")


def _samples() -> Iterator[bytes]:
    """Yield the records of the seeds' deliveries and articles, as they are before the compression."""
    clock = ManualClock()
    store = memory_store(clock)
    with (
        tempfile.TemporaryDirectory(prefix="copytaster-dictionary-") as folder,
        closing(Pipeline(store, clock, Path(folder))) as pipeline,
    ):
        pipeline.process((file, f"{file.parent.name}/{file.name}") for file in sorted(SEEDS.glob("*/*")))
    deliveries = store.ledger.find(DeliveryQuery(limit=MOST))
    articles = store.articles.get_many(list(dict.fromkeys(each for found in deliveries for each in found.article_ids)))
    records = [registration_record(each) for each in deliveries]
    records += [record for article in articles for record in _records(article)]
    yield from (split(each)[1] for each in records)


def _records(article: Article) -> Iterator[dict[str, Any]]:
    """Yield the record of the document as it is before the tagging, and that of the tagging."""
    found = {name: getattr(article, name) for name in Tagging.model_fields if name != "provenance"}
    labels = {name: each for name, each in article.provenance.items() if name in LABELS}
    others = {name: each for name, each in article.provenance.items() if name not in LABELS}
    defaults = {name: Article.model_fields[name].default for name in found if name != "language"}
    yield article_record(article.model_copy(update=defaults | {"provenance": others}))
    if article.tagged:
        yield tagging_record(Tagging(**found, provenance=labels), article.text)


if __name__ == "__main__":
    main()
