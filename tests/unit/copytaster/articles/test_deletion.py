from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.archive.check import ArchiveCheck
from copytaster.archive.check_position import MemoryCheckPositions
from copytaster.archive.damage import MemoryDamages
from copytaster.archive.decisions import MemoryDecisions, deleted_originals
from copytaster.archive.expired_days import MemoryExpiredDays
from copytaster.archive.journal import MemoryJournal, journal_entry
from copytaster.archive.originals import MemoryArchive
from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.deletion import ArticleDeletion
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId, Relation, RelationKind
from copytaster.model.delivery import Delivery, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import EventKind
from copytaster.store.ports.articles import NEWEST_DUPLICATES, ArticleQuery
from copytaster.store.store import Store
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import (
    START,
    a_delivery,
    a_desk,
    a_link,
    an_article,
    an_article_deletion,
    an_item,
    complete_data_of,
    delivery_id,
    prose,
)

if TYPE_CHECKING:
    from tests.conftest import MakeStore

A1 = ArticleId("a1")


@pytest.fixture
def store(clock: ManualClock) -> Store:
    store = memory_store(clock)
    store.articles.create(an_article(), owner=delivery_id(1))
    return store


def test_a_deleted_article_is_gone_and_its_tombstone_says_who_when_and_why(store: Store, clock: ManualClock) -> None:
    decisions = MemoryDecisions()
    service = an_article_deletion(store, clock, decisions=decisions)

    deletion = service.delete(A1, by="legal desk", reason="takedown")
    clock.advance(seconds=1)
    again = service.delete(A1, by="somebody", reason=None)

    assert store.articles.find(ArticleQuery()).articles == ()
    assert (deletion.by, deletion.reason, again) == ("legal desk", "takedown", deletion)
    assert [each.deletion for each in decisions.all()] == [deletion]
    assert store.articles.deletion(A1) == deletion
    events = store.events.read(after=None, limit=10)
    assert [(each.kind, each.article_ids) for each in events] == [(EventKind.ARTICLE_DELETED, (A1,))]


def test_an_unknown_article_is_not_deleted(store: Store, clock: ManualClock) -> None:
    decisions = MemoryDecisions()

    with pytest.raises(UnknownArticleError):
        an_article_deletion(store, clock, decisions=decisions).delete(ArticleId("a9"), by="x", reason=None)

    assert decisions.all() == []


def test_the_command_deletes_and_names_the_actor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    dependencies.store().articles.create(an_article(), owner=delivery_id(1))

    status = run(["delete", "a1", "--by", "legal desk"], dependencies)

    assert status == 0
    assert "deleted by legal desk: a1" in capsys.readouterr().out
    assert dependencies.store().articles.get(A1) is None


def test_later_deliveries_of_a_deleted_article_are_rejected(make_store: MakeStore, clock: ManualClock) -> None:
    desk = a_desk(make_store(clock), clock)
    guid = "urn:newsml:example.org:20260101:1"
    first = desk.deliver_items(an_item(prose(1), guid=guid))
    desk.ingest(first)
    (article_id,) = desk.settled(first).article_ids
    service = an_article_deletion(desk.store, clock)
    service.delete(article_id, by="legal desk", reason="takedown")

    again = desk.deliver_items(an_item(prose(1), guid=guid))
    corrected = desk.deliver_items(an_item(prose(2), guid=guid))
    feed = desk.deliver_items(an_item(prose(1), guid=guid), an_item(prose(3)))
    desk.ingest(again, corrected, feed)

    for each in (again, corrected):
        record = desk.settled(each)
        assert (record.disposition, record.reason) == (Disposition.REJECTED, Reason.DELETED)
        assert "was deleted by legal desk" in (record.message or "")
    assert desk.settled(feed).disposition is Disposition.STORED
    assert desk.store.articles.get(article_id) is None
    assert desk.store.near.contained([article_id]) == set()
    assert desk.store.ledger.balance().closed


@dataclass(slots=True)
class Files:
    """An archive with a journal, from which a store has articles."""

    store: Store
    clock: ManualClock
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    count: int = 0

    def arrive(self, content: bytes, sidecar: bytes | None = None) -> Delivery:
        self.count += 1
        hashes = [self.archive.put(io.BytesIO(each)) if each else None for each in (content, sidecar)]
        self.archive.times = dict.fromkeys(self.archive.originals, START)
        delivery = a_delivery(self.count, received_at=START, sha256=hashes[0], sidecar=hashes[1])
        self.journal.append(journal_entry(delivery, None))
        self.store.ledger.register(delivery, due_in=timedelta(0), by="test")
        self.store.ledger.settle(delivery.id, Outcome(disposition=Disposition.STORED), by="test")
        self.clock.advance(seconds=1)
        return delivery

    def store_article(self, name: str, delivery: Delivery) -> None:
        article = an_article(name, sha256=delivery.sha256, received_at=delivery.received_at)
        self.store.articles.create(article, owner=delivery.id)

    def delete(self, name: str, *, with_original: bool) -> None:
        self.service().delete(ArticleId(name), by="legal desk", reason=None, with_original=with_original)

    def service(self) -> ArticleDeletion:
        return an_article_deletion(
            self.store, self.clock, decisions=self.decisions, journal=self.journal, archive=self.archive
        )

    def missing(self) -> list[str]:
        damages = MemoryDamages()
        ArchiveCheck(
            originals=self.archive,
            journal=self.journal,
            decisions=self.decisions,
            expired=MemoryExpiredDays(),
            damages=damages,
            positions=MemoryCheckPositions(),
            clock=self.clock,
            by="test",
            spend=lambda _: None,
            report=lambda _: None,
        ).run()
        return [each.message for each in damages.open()]


@pytest.fixture
def files(clock: ManualClock) -> Files:
    store = memory_store(clock)
    complete_data_of(store, clock)
    return Files(store, clock)


def test_originals_leave_the_archive_with_the_sidecar_and_exact_copies_and_the_journal_stays(files: Files) -> None:
    first = files.arrive(b"story", sidecar=b"{}")
    files.store_article("a1", first)
    copy = files.arrive(b"story ")
    link = a_link(copy.id, A1, kind=RelationKind.EXACT, score=1, received_at=copy.received_at)
    files.store.articles.add_duplicate(A1, link)
    other = files.arrive(b"other")
    files.store_article("a2", other)

    for _ in range(2):
        files.delete("a1", with_original=True)

    assert set(files.archive.originals) == {other.sha256}
    assert len(files.journal.read("2026/01/01").entries) == 3
    (decision,) = files.decisions.all()
    assert set(decision.removed) == {first.sha256, first.sidecar, copy.sha256}
    assert files.missing() == []


def test_originals_of_all_exact_copies_leave_the_archive_also_when_their_deliveries_are_gone(files: Files) -> None:
    files.store_article("a1", files.arrive(b"story"))
    for number in range(NEWEST_DUPLICATES + 10):
        copy = files.arrive(b"story" + b" " * number + b"\n")
        files.store.retention.remove_delivery(copy)
        link = a_link(copy.id, A1, kind=RelationKind.EXACT, score=1, received_at=copy.received_at)
        files.store.articles.add_duplicate(A1, link)

    files.delete("a1", with_original=True)

    assert files.archive.originals == {}


def test_what_something_else_needs_stays_in_the_archive(files: Files) -> None:
    first = files.arrive(b"two stories", sidecar=b"{}")
    files.store_article("a1", first)
    files.store_article("a2", first)
    second = files.arrive(b"story", sidecar=b'{"source": "wire"}')
    files.store_article("a3", second)
    files.store_article("a4", files.arrive(b"another", sidecar=b'{"source": "wire"}'))
    before = set(files.archive.originals)

    files.delete("a1", with_original=True)
    files.delete("a3", with_original=True)

    assert before - set(files.archive.originals) == {second.sha256}
    assert files.missing() == []


def test_an_original_whose_delivery_is_in_flight_stays(files: Files) -> None:
    first = files.arrive(b"story")
    files.store_article("a1", first)
    files.store.ledger.register(a_delivery(9, sha256=first.sha256), due_in=timedelta(0), by="test")

    files.delete("a1", with_original=True)

    assert set(files.archive.originals) == {first.sha256}


def test_the_originals_of_an_article_that_was_deleted_earlier_can_still_be_removed(files: Files) -> None:
    files.store_article("a1", files.arrive(b"story"))
    files.delete("a1", with_original=False)
    before = len(files.archive.originals)

    files.delete("a1", with_original=True)

    assert (before, files.archive.originals) == (1, {})


def test_no_file_leaves_the_archive_while_a_rebuild_may_still_bring_articles_that_need_it(files: Files) -> None:
    first = files.arrive(b"two stories")
    for name in ("a1", "a2"):
        files.store_article(name, first)
    files.delete("a1", with_original=False)
    emptied = replace(files, store=memory_store(files.clock))
    tombstone = files.store.articles.deletion(A1)
    assert tombstone
    emptied.store.articles.refuse(tombstone)

    with pytest.raises(TransientError, match="incomplete"):
        emptied.delete("a1", with_original=True)
    complete_data_of(emptied.store, files.clock)
    emptied.store_article("a2", first)
    emptied.delete("a1", with_original=True)

    assert set(files.archive.originals) == {first.sha256}


def test_nothing_is_deleted_if_the_files_would_have_to_stay_for_lack_of_data(store: Store, clock: ManualClock) -> None:
    store.articles.create(an_article("a1", source="wire", received_at=START), owner=delivery_id(1))
    service = an_article_deletion(store, clock)

    with pytest.raises(TransientError):
        service.delete(A1, by="legal desk", reason=None, with_original=True)
    with pytest.raises(TransientError):
        service.delete_source("wire", by="legal desk", reason=None, with_original=True)

    assert store.articles.get(A1)


@pytest.mark.parametrize("at_first", [False, True])
def test_a_file_that_arrived_again_and_is_removed_again_is_not_replayed(files: Files, *, at_first: bool) -> None:
    first = files.arrive(b"story")
    files.store_article("a1", first)
    files.delete("a1", with_original=at_first)
    again_at = files.clock.now()
    files.arrive(b"story")

    files.delete("a1", with_original=True)

    (decision,) = files.decisions.all()
    assert (decision.deletion.at if decision.deletion else None) == START + timedelta(seconds=1)
    assert files.archive.originals == {}
    assert deleted_originals([decision])[str(first.sha256)] > again_at


def test_a_file_that_arrived_again_and_is_needed_is_replayed_after_another_deletion(files: Files) -> None:
    first = files.arrive(b"two stories")
    files.store_article("a1", first)
    files.delete("a1", with_original=True)
    again_at = files.clock.now()
    files.store_article("a2", files.arrive(b"two stories"))

    files.delete("a1", with_original=True)

    (decision,) = files.decisions.all()
    assert set(files.archive.originals) == {first.sha256}
    assert deleted_originals([decision])[str(first.sha256)] <= again_at


def test_the_articles_of_a_source_are_deleted_with_copies_and_files_and_those_of_others_stay(files: Files) -> None:
    deliveries = [files.arrive(b"story %d" % number) for number in range(4)]
    relation = Relation(kind=RelationKind.NEAR, of=ArticleId("a3"), score=0.9)
    for number, source in enumerate(("Wire", "the WIRE", "Agency", "wire")):
        article = an_article(f"a{number}", source=source, sha256=deliveries[number].sha256, received_at=START)
        article = article.model_copy(update={"relation": relation}) if number == 1 else article
        files.store.articles.create(article, owner=deliveries[number].id)
    service = files.service()

    found = sorted(service.of_source("wire"))
    counts = [service.delete_source("wire", by="legal desk", reason=None, with_original=True) for _ in range(2)]

    assert found == ["a0", "a1", "a3"]
    assert counts == [3, 0]
    assert files.store.articles.ids(0)[1] == ["a2"]
    assert set(files.archive.originals) == {deliveries[2].sha256}
    assert [each.article_id for each in files.decisions.all()] == ["a0", "a1", "a3"]
    assert files.missing() == []


def test_the_command_deletes_a_source_after_a_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    for number in (1, 2):
        dependencies.store().articles.create(an_article(f"a{number}", source="wire"), owner=delivery_id(number))

    run(["delete", "--source", "Wire", "--dry-run"], dependencies)
    before = dependencies.store().articles.count()
    run(["delete", "--source", "Wire", "--json"], dependencies)

    assert (before, dependencies.store().articles.count()) == (2, 0)
    assert capsys.readouterr().out.splitlines() == ["would be deleted: 2 articles of Wire", '{"articles":2}']


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["a1", "--source", "wire"], 2), (["a1", "--dry-run"], 1)])
def test_an_order_without_one_known_object_is_refused(tmp_path: Path, arguments: list[str], status: int) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})

    assert run(["delete", *arguments], dependencies) == status
