"""Source and publisher of articles: from ``_source.yml`` to the article, and the same after a rebuild."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.expired_days import MemoryExpiredDays
from copytaster.archive.journal import FilesystemJournal, journal_entry
from copytaster.archive.old_files import MemoryOldFilesList
from copytaster.archive.originals import MemoryArchive
from copytaster.archive.placements import MemoryPlacements
from copytaster.archive.retention_limit import MemoryRetentionLimits
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.article import Article
from copytaster.model.delivery import Delivery
from copytaster.recovery.age_limits import AgeLimits
from copytaster.recovery.replay import Replay
from copytaster.stories.decisions import StoryDesk
from tests.factories import METADATA_READER, Desk, a_delivery, a_desk, an_item, prose

ALIASES = """
source: Quay Wire
aliases:
  Harbour Post Online: The Harbour Post
  "Post: Harbour": The Harbour Post
"""


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


def delivery_of(desk: Desk, inbox: Path, path: str, publisher: str | None) -> Delivery:
    """Register a file of one article with the defaults of its folder, as the watcher does."""
    desk.count += 1
    content = json.dumps([an_item(prose(desk.count), publisher=publisher)]).encode()
    delivery = a_delivery(
        desk.count,
        path=path,
        source=path.rpartition("/")[0].partition("/")[0] or None,
        size=len(content),
        sha256=desk.deps.archive.put(io.BytesIO(content)),
        folder_defaults=SourceDefaults(inbox, METADATA_READER).about(path),
        received_at=desk.clock.now(),
    )
    desk.store.ledger.register(delivery, due_in=timedelta(seconds=10), by="watcher@test:1")
    return delivery


def article(desk: Desk, delivery: Delivery) -> Article:
    (found,) = desk.store.articles.get_many(list(desk.settled(delivery.id).article_ids))
    return found


@pytest.mark.parametrize("printed", ["Harbour Post Online", "HARBOUR POST ONLINE", "Post: Harbour", "Harbour Post"])
def test_aliases_of_a_source_file_name_the_publisher_of_the_article(desk: Desk, tmp_path: Path, printed: str) -> None:
    (tmp_path / "_source.yml").write_text(ALIASES)

    delivery = delivery_of(desk, tmp_path, "wire/story.json", printed)
    desk.ingest(delivery.id)

    assert (article(desk, delivery).source, article(desk, delivery).publisher) == ("Quay Wire", "The Harbour Post")


def test_aliases_of_a_folder_hold_for_its_files_only(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / "_source.yml").write_text(ALIASES)

    delivery = delivery_of(desk, tmp_path, "other/story.json", "Harbour Post Online")
    desk.ingest(delivery.id)

    assert (article(desk, delivery).source, article(desk, delivery).publisher) == ("other", "Harbour Post Online")


def test_a_rebuilt_store_has_the_same_sources_and_publishers(desk: Desk, tmp_path: Path) -> None:
    journal, inbox = FilesystemJournal(f"file://{tmp_path}/archive"), tmp_path / "inbox"
    (inbox / "wire").mkdir(parents=True)
    (inbox / "wire" / "_source.yml").write_text(ALIASES)
    files = [
        ("wire/one.json", "Harbour Post Online"), ("wire/two.json", None), ("pier/one.json", "Kestrel: News"),
        ("one.json", "HARBOUR POST"), ("two.json", None),
    ]  # fmt: skip
    deliveries = [delivery_of(desk, inbox, *file) for file in files]
    desk.ingest(*(each.id for each in deliveries))
    for each in deliveries:
        journal.append(journal_entry(each, None))
    before = [(found.source, found.publisher) for found in (article(desk, each) for each in deliveries)]
    # What the folder says now does not matter: the delivery keeps what it said then.
    (inbox / "wire" / "_source.yml").unlink()

    rebuilt = Desk(replace(desk.deps, store=memory_store(desk.clock)))

    def work(seconds: float) -> None:
        rebuilt.clock.advance(seconds=seconds)
        rebuilt.ingest(*(each.id for each in deliveries))

    replay = Replay(
        journal=journal,
        decisions=MemoryDecisions(),
        placements=MemoryPlacements(),
        ledger=rebuilt.store.ledger,
        articles=rebuilt.store.articles,
        stories=rebuilt.store.stories,
        story_desk=StoryDesk(store=rebuilt.store, decisions=MemoryDecisions(), clock=rebuilt.clock),
        files=rebuilt.store.files,
        publisher=rebuilt.publisher,
        clock=rebuilt.clock,
        by="replay",
        at_once=len(deliveries),
        age_limits=AgeLimits(
            articles=None,
            deliveries=None,
            limits=MemoryRetentionLimits(),
            expired=MemoryExpiredDays(),
            originals=MemoryArchive(),
            old_files=MemoryOldFilesList(),
        ),
        pause=work,
        report=lambda *_: None,
    )
    replay.run(since=None, in_order=True)

    assert [(found.source, found.publisher) for found in (article(rebuilt, each) for each in deliveries)] == before
    assert before[0] == ("Quay Wire", "The Harbour Post")
    assert before[-1] == (None, None)
