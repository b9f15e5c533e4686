"""Plain files of one message are processed together; whatever else there is, each file has its own end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.model.article import Article
from copytaster.model.deletion import Deletion
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.limits import Limits
from copytaster.model.outage import Resource
from copytaster.model.work import Work
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import Reading
from copytaster.pipeline import resolve
from copytaster.pipeline.assemble import assemble
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.together import MAX_TOGETHER, PLAIN_BYTES
from tests.factories import POLICY, START, Desk, LoneReader, a_desk, an_item, prose

WORDS = prose(1)
EDITED = WORDS[:100] + prose(2, count=10)


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


@dataclass(slots=True)
class Calls:
    """Counts how many files the reader gets together, and the files that it gets alone."""

    desk: Desk
    together: list[int] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)

    def read(self, original: Original, **after: Any) -> Any:
        """Read a file alone."""
        self.alone.append(original.name)
        return self.desk.deps.reader.read(original, **after)

    def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
        """Read files together."""
        self.together.append(len(originals))
        return self.desk.deps.reader.read_together(originals)


def lines(record: Delivery) -> list[str]:
    return [each.what for each in record.timeline]


def test_the_plain_files_of_a_message_are_read_together_and_end_like_those_processed_alone(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(prose(number))) for number in range(4)]
    calls = Calls(desk)

    desk.ingest(*ids[:3], deps=replace(desk.deps, reader=calls))
    desk.ingest(ids[3])

    records = [desk.settled(each) for each in ids]
    assert (calls.together, calls.alone) == ([3], [])
    assert {(each.disposition, each.attempts, each.faults) for each in records} == {(Disposition.STORED, 1, 0)}
    assert len({tuple(lines(each)) for each in records}) == 1
    assert [work for work, _ in desk.publisher.published] == [Work.TAG] * 4
    assert sum(each.first for each in desk.store.source_statistics.counts()) == 4
    assert desk.store.articles.count() == 4


def test_more_files_than_fit_are_processed_in_several_groups(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(prose(number))) for number in range(MAX_TOGETHER + 2)]
    calls = Calls(desk)

    left = desk.ingest(*ids, *ids[:3], deps=replace(desk.deps, reader=calls))

    assert left == []
    assert calls.together == [MAX_TOGETHER, 2]
    assert {*desk.dispositions(ids)} == {Disposition.STORED}


def test_copies_in_one_message_find_each_other(desk: Desk) -> None:
    first, same, near = (
        desk.deliver_items(each) for each in (an_item(WORDS), an_item(WORDS, byline="x"), an_item(EDITED))
    )
    calls = Calls(desk)

    desk.ingest(first, same, near, deps=replace(desk.deps, reader=calls))

    (original,) = desk.settled(first).article_ids
    article = desk.store.articles.get(original)
    assert calls.together == [3]
    assert desk.dispositions([first, same, near]) == [Disposition.STORED, *[Disposition.DUPLICATE] * 2]
    assert article
    assert [each.delivery_id for each in article.duplicates] == [same, near]
    assert desk.store.articles.count() == 1


def test_equal_bytes_in_one_message_are_read_once(desk: Desk) -> None:
    first, again = desk.deliver_items(an_item(WORDS)), desk.deliver_items(an_item(WORDS))
    other = desk.deliver_items(an_item(prose(3)))
    calls = Calls(desk)

    desk.ingest(first, again, other, deps=replace(desk.deps, reader=calls))

    assert (calls.together, calls.alone) == ([2], [])
    assert desk.dispositions([first, again, other]) == [Disposition.STORED, Disposition.DUPLICATE, Disposition.STORED]


def test_known_bytes_are_not_read(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS))
    desk.ingest(first)
    copies = [desk.deliver_items(an_item(WORDS)) for _ in range(2)]

    desk.ingest(*copies, deps=replace(desk.deps, reader=None))  # type: ignore[arg-type]

    assert desk.dispositions(copies) == [Disposition.DUPLICATE] * 2


def test_what_is_no_plain_file_is_processed_alone_after_the_others(desk: Desk) -> None:
    feed = desk.deliver_items(an_item(prose(1)), an_item(prose(2)))
    large = desk.deliver(json.dumps([an_item(prose(3))]).encode() + b" " * PLAIN_BYTES)
    plain = [desk.deliver_items(an_item(prose(number))) for number in (4, 5)]
    calls = Calls(desk)

    desk.ingest(feed, large, *plain, deps=replace(desk.deps, reader=calls, policy=replace(POLICY, limits=Limits())))

    records = [desk.settled(each) for each in (feed, large, *plain)]
    assert calls.together == [3]
    assert len(calls.alone) == 2
    assert {(each.disposition, each.attempts) for each in records} == {(Disposition.STORED, 1)}
    assert len({tuple(lines(each)) for each in records}) == 1
    assert len(records[0].article_ids) == 2


def test_a_refused_file_does_not_hinder_the_others_and_is_quarantined(desk: Desk) -> None:
    empty, plain = desk.deliver(b"  ", path="wire/empty.json"), desk.deliver_items(an_item(WORDS))

    desk.ingest(empty, plain)

    refused = desk.settled(empty)
    assert (refused.disposition, refused.reason, refused.attempts) == (Disposition.REJECTED, Reason.EMPTY, 1)
    assert desk.settled(plain).disposition is Disposition.STORED
    assert list(desk.quarantine.reports) == ["wire/empty.json"]


def test_files_that_could_not_be_read_together_are_read_alone_in_the_same_attempt(desk: Desk) -> None:
    class Reader(LoneReader):
        read = staticmethod(desk.deps.reader.read)

    ids = [desk.deliver_items(an_item(prose(number))) for number in range(3)]

    desk.ingest(*ids, deps=replace(desk.deps, reader=Reader()))

    records = [desk.settled(each) for each in ids]
    assert {(each.disposition, each.attempts) for each in records} == {(Disposition.STORED, 1)}
    assert {len(each.timeline) for each in records} == {3}


def test_an_article_that_a_person_deleted_does_not_make_the_others_of_its_message_copies(desk: Desk) -> None:
    gone = desk.deliver_items(an_item(WORDS))
    desk.ingest(gone)
    (article,) = desk.settled(gone).article_ids
    desk.store.articles.remove_many([article], before=None)
    desk.store.articles.refuse(Deletion(article_id=article, at=START, by="Anna"))
    desk.store.near.remove(article, [])
    again, near = desk.deliver_items(an_item(WORDS, byline="x")), desk.deliver_items(an_item(EDITED))

    desk.ingest(again, near)

    assert desk.settled(again).reason is Reason.DELETED
    assert desk.settled(near).disposition is Disposition.STORED


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the program fail over the text MARK."""

    def faulty(draft: Draft, delivery: Delivery, **given: Any) -> Article:
        if draft.text == "MARK":
            raise ValueError("a fault of the program")
        return assemble(draft, delivery, **given)

    monkeypatch.setattr(resolve, "assemble", faulty)


@pytest.mark.usefixtures("fault")
def test_after_a_fault_each_delivery_of_the_group_has_a_message_of_its_own_and_only_one_is_charged(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(words)) for words in (WORDS, ["MARK"], prose(3))]

    left = desk.ingest(*ids)
    begun = [desk.record(each) for each in ids]
    messages = list(desk.publisher.published)
    for work, each in messages:
        desk.ingest(each, lane=work)

    assert left == []
    assert messages == [(Work.INGEST, each) for each in ids]
    assert {(each.state, each.attempts, len(each.timeline)) for each in begun} == {(DeliveryState.WAITING, 0, 1)}
    assert desk.dispositions(ids) == [Disposition.STORED, None, Disposition.STORED]
    assert [desk.record(each).faults for each in ids] == [0, 1, 0]


class Killed(BaseException):
    """The end of a process, which nothing catches."""


def test_after_the_death_of_a_worker_each_is_begun_alone_and_nothing_is_stored_twice(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(prose(number))) for number in range(3)]

    class DeadlyLedger:
        def __getattr__(self, name: str) -> Any:
            if name == "settle_together":
                raise Killed
            return getattr(desk.store.ledger, name)

    with pytest.raises(Killed):
        desk.ingest(*ids, deps=replace(desk.deps, store=replace(desk.store, ledger=DeadlyLedger())))
    desk.clock.advance(seconds=POLICY.lease.total_seconds())
    calls = Calls(desk)
    desk.ingest(*ids, deps=replace(desk.deps, reader=calls))

    records = [desk.settled(each) for each in ids]
    assert (calls.together, len(calls.alone)) == ([], 3)
    assert {(each.disposition, each.attempts, each.faults) for each in records} == {(Disposition.STORED, 2, 1)}
    assert desk.store.articles.count() == 3
    assert sum(each.first for each in desk.store.source_statistics.counts()) == 3


def test_an_outage_of_the_server_costs_no_delivery_an_attempt(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(prose(number))) for number in range(3)]

    class AwayLedger:
        def __getattr__(self, name: str) -> Any:
            if name in {"settle_together", "give_back"}:
                raise TransientError("the server is away", resource=Resource.SERVER)
            return getattr(desk.store.ledger, name)

    with pytest.raises(TransientError):
        desk.ingest(*ids, deps=replace(desk.deps, store=replace(desk.store, ledger=AwayLedger())))
    desk.ingest(*ids)

    records = [desk.settled(each) for each in ids]
    assert {(each.disposition, each.attempts, each.faults) for each in records} == {(Disposition.STORED, 1, 0)}


def test_an_outage_of_the_archive_postpones_each_delivery(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(prose(number))) for number in range(2)]

    class AwayArchive:
        def open(self, sha256: str) -> Any:
            raise TransientError(f"the disk with {sha256} is away", resource=Resource.ARCHIVE)

    desk.ingest(*ids, deps=replace(desk.deps, archive=AwayArchive()))  # type: ignore[arg-type]

    records = [desk.record(each) for each in ids]
    assert {(each.state, each.attempts, each.outage is None) for each in records} == {(DeliveryState.WAITING, 0, False)}


def test_suspects_and_the_only_delivery_of_a_message_are_processed_alone(desk: Desk) -> None:
    suspects = [desk.deliver_items(an_item(prose(number)), lane=Work.SUSPECT) for number in range(2)]
    single = desk.deliver_items(an_item(prose(3)))
    calls = Calls(desk)

    desk.ingest(*suspects, deps=replace(desk.deps, reader=calls), lane=Work.SUSPECT)
    desk.ingest(single, deps=replace(desk.deps, reader=calls))

    assert (calls.together, len(calls.alone)) == ([], 3)
    assert {*desk.dispositions([*suspects, single])} == {Disposition.STORED}


def test_slow_files_are_given_back_before_their_leases_end(desk: Desk) -> None:
    ids = [desk.deliver_items(an_item(prose(number))) for number in range(4)]
    begun: list[DeliveryId] = []

    class SlowReader(Calls):
        def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
            desk.clock.advance(seconds=POLICY.lease.total_seconds() / 4)
            return super().read_together(originals[:1])

        def read(self, original: Original, **after: Any) -> Any:
            begun.extend(each for each in ids if desk.record(each).state is DeliveryState.WORKING)
            return super().read(original, **after)

    ingest(ids, deps=replace(desk.deps, reader=SlowReader(desk)), until=START + timedelta(hours=1))

    assert begun == ids[1:]
    assert {desk.settled(each).attempts for each in ids} == {1}
