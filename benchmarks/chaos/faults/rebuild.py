"""A store of 20,000 deliveries is rebuilt."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from redis import Redis

from benchmarks.chaos.articles import make_article
from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Setup, Tree
from benchmarks.chaos.verdict import Verdict, deliveries_of, find_stuck
from copytaster.archive.journal import FilesystemJournal, journal_entry
from copytaster.bootstrap.store import redis_address
from copytaster.model.delivery import Delivery, new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work

LEAST = 20_000
"""Three times as many deliveries as once fitted before the horizon of due times."""

COPY_OF = 10
"""Each tenth file is a copy of the file that was received this many files before: a worker may get both at once."""

DAYS = 2

WRITERS = 16
"""Threads that write the files: each write waits for the disk, which does several at once."""


def _make(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return texts of which each tenth is a copy of an earlier one that differs in its bytes."""
    files = dict[str, ExpectedFile]()
    for number in range(max(count, LEAST)):
        if number % COPY_OF == COPY_OF - 1:
            first = files[f"{prefix}-{number - COPY_OF + 1}.txt"]
            files[f"{prefix}-{number}.txt"] = ExpectedFile(first.title, first.content + b"\n\n")
        else:
            article = make_article(f"{key}/{number}")
            files[f"{prefix}-{number}.txt"] = ExpectedFile(article.title, article.content)
    return files


def _play(scene: Scene) -> None:
    """Write the files to the archive and the journal as a watcher does, and empty the server."""
    start = datetime.now(UTC) - timedelta(days=DAYS)
    files = [(name, file, start + timedelta(seconds=number)) for number, (name, file) in enumerate(scene.files.items())]
    with ThreadPoolExecutor(WRITERS) as writers:
        done = [writers.submit(_write, scene.tree, files[first::WRITERS]) for first in range(WRITERS)]
    for each in done:
        each.result()
    with scene.fault(), Redis.from_url(redis_address(scene.tree.settings)) as client:
        client.flushall()


def _write(tree: Tree, files: Sequence[tuple[str, ExpectedFile, datetime]]) -> None:
    journal = FilesystemJournal(tree.settings.archive_address)
    for name, file, received_at in files:
        delivery = Delivery(
            id=new_delivery_id(received_at),
            name=name,
            path=name,
            source=None,
            size=len(file.content),
            sha256=tree.archive.put(io.BytesIO(file.content)),
            received_at=received_at,
        )
        journal.append(journal_entry(delivery, None))


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict on files of which the first of two copies must be the original."""
    del stored
    found = {name: deliveries_of(tree, name) for name in files}
    copies = set(itertools.islice(files, COPY_OF - 1, None, COPY_OF))
    expected = {name: Disposition.DUPLICATE if name in copies else Disposition.STORED for name in files}
    return Verdict(
        lost=tuple(name for name in files if not found[name]),
        doubled=tuple(name for name in files if len(found[name]) > 1),
        stuck=find_stuck(tree, found, {}),
        balanced=tree.store.ledger.balance().closed,
        wrong=tuple(
            f"{name} ended as {each.disposition} instead of {expected[name]}"
            for name, deliveries in found.items()
            for each in deliveries
            if each.disposition not in {None, expected[name]}
        ),
    )


FAULT = Fault(
    name="rebuild-20k",
    sentence=f"a server with {LEAST:,} deliveries is emptied, and rebuilt in order while the reconciler runs",
    play=_play,
    # Tagging takes most of the time and is not what is measured: no worker serves its queue.
    setup=Setup(queues=(Work.INGEST,)),
    make=_make,
    judge=_judge,
)
