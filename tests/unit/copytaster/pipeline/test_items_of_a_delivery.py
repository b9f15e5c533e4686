from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.limits import Limits
from copytaster.model.work import Work
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.reading import START as START_OF_FILE
from copytaster.parsing.reading import ParsingReader, Position, Reader, Reading
from copytaster.pipeline.items import SLICE
from copytaster.store.ports.ledger import DeliveryQuery
from tests.factories import POLICY, Desk, LoneReader, a_desk, an_item, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore


@pytest.fixture
def desk(make_store: MakeStore, clock: ManualClock) -> Desk:
    return a_desk(make_store(clock), clock)


@dataclass(slots=True)
class SlowReader(LoneReader):
    """Takes some seconds for each item, and fails on request."""

    reader: Reader
    clock: ManualClock
    seconds: float = 0
    fails_after: int | None = None

    def read(self, original: Original, *, after: Position = START_OF_FILE) -> Iterator[Reading]:
        """Read slowly."""
        for count, reading in enumerate(self.reader.read(original, after=after)):
            if count == self.fails_after:
                raise TransientError("the archive's disk is away")
            self.clock.advance(seconds=self.seconds)
            yield reading


def archive_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def story(seed: int) -> bytes:
    return f"Story number {seed}\n\n{' '.join(prose(seed))}.\n".encode()


def reading_everything(desk: Desk) -> Any:
    return replace(desk.deps, reader=ParsingReader(default_parsers()))


def to_the_end(desk: Desk, delivery: DeliveryId, deps: Any) -> Delivery:
    """Process a delivery, in any lane, until it is settled."""
    for _ in range(50):
        record = desk.record(delivery)
        if record.state is DeliveryState.SETTLED:
            return record
        desk.clock.advance(seconds=120)
        desk.ingest(delivery, deps=deps, lane=record.lane)
    raise AssertionError(desk.record(delivery).timeline)


def test_a_file_of_several_items_counts_each_and_ends_as_the_best(desk: Desk) -> None:
    known = desk.deliver_items(an_item(prose(1)))
    desk.ingest(known)
    delivery = desk.deliver_items(an_item(prose(1)), an_item(prose(2)), an_item(prose(3)))

    desk.ingest(delivery)

    record = desk.settled(delivery)
    assert record.disposition is Disposition.STORED
    assert record.progress
    assert record.progress.items == {Disposition.DUPLICATE: 1, Disposition.STORED: 2}
    assert len(record.article_ids) == 3
    assert desk.store.ledger.balance().closed


def test_one_bad_item_does_not_spoil_the_others(desk: Desk) -> None:
    content = archive_of({"a.txt": story(1), "b.png": b"\x89PNG\r\n\x1a\n", "c.txt": story(2)})
    delivery = desk.deliver(content, path="wire/day.zip")

    desk.ingest(delivery, deps=reading_everything(desk))

    record = desk.settled(delivery)
    assert record.disposition is Disposition.STORED
    assert record.progress
    assert [(each.locator, each.reason) for each in record.progress.faults] == [("b.png", Reason.UNSUPPORTED_FORMAT)]
    assert record.message
    assert record.message.startswith("1 of 3 items failed; the first, b.png")


def test_a_file_of_which_nothing_can_be_read_ends_with_the_first_reason(desk: Desk) -> None:
    delivery = desk.deliver(archive_of({"a.png": b"\x89PNG\r\n\x1a\n", "b.gif": b"GIF89a.."}), path="wire/day.zip")

    desk.ingest(delivery, deps=reading_everything(desk))

    record = desk.settled(delivery)
    assert (record.disposition, record.reason) == (Disposition.REJECTED, Reason.UNSUPPORTED_FORMAT)
    assert record.message
    assert "none of its 2 items" in record.message
    assert "wire/day.zip" in desk.quarantine.reports


def test_a_long_file_gives_way_to_live_ones_and_ends_as_if_it_had_not(desk: Desk) -> None:
    delivery = desk.deliver_items(*(an_item(prose(seed)) for seed in range(9)))
    slow = replace(desk.deps, reader=SlowReader(desk.deps.reader, desk.clock, seconds=SLICE.total_seconds() / 3))

    desk.ingest(delivery, deps=slow)
    paused = desk.record(delivery)
    record = to_the_end(desk, delivery, slow)

    assert (paused.state, paused.lane) == (DeliveryState.WAITING, Work.BACKFILL)
    assert paused.progress
    assert 0 < paused.progress.count < 9
    assert record.progress
    assert record.progress.items == {Disposition.STORED: 9}
    assert desk.store.articles.count() == 9
    assert desk.store.ledger.balance().closed


def test_articles_of_an_interrupted_file_are_stored_and_due_for_tagging(desk: Desk) -> None:
    delivery = desk.deliver_items(*(an_item(prose(seed)) for seed in range(9)))
    slow = replace(desk.deps, reader=SlowReader(desk.deps.reader, desk.clock, seconds=SLICE.total_seconds() / 3))

    desk.ingest(delivery, deps=slow)

    count = desk.store.articles.count()
    assert count > 0
    assert desk.store.ledger.waiting(Work.TAG) == count
    assert [each.id for each in desk.store.ledger.find(DeliveryQuery(article_id=_some_article(desk)))] == [delivery]


def test_an_interruption_does_not_count_as_an_attempt(desk: Desk) -> None:
    delivery = desk.deliver_items(*(an_item(prose(seed)) for seed in range(2 * POLICY.max_attempts + 2)))
    slow = replace(desk.deps, reader=SlowReader(desk.deps.reader, desk.clock, seconds=SLICE.total_seconds() + 1))

    record = to_the_end(desk, delivery, slow)

    assert record.disposition is Disposition.STORED


def test_a_file_with_more_items_than_allowed_keeps_those_before(desk: Desk) -> None:
    policy = replace(POLICY, limits=Limits(items=3))
    delivery = desk.deliver_items(*(an_item(prose(seed)) for seed in range(5)))

    desk.ingest(delivery, deps=replace(desk.deps, policy=policy))

    record = desk.settled(delivery)
    assert record.progress
    assert record.progress.items == {Disposition.STORED: 3, Disposition.REJECTED: 1}
    assert [each.reason for each in record.progress.faults] == [Reason.TOO_MANY_ITEMS]


def test_the_same_file_again_is_a_duplicate_with_all_its_items(desk: Desk) -> None:
    items = [an_item(prose(seed)) for seed in range(3)]
    first, second = desk.deliver_items(*items), desk.deliver_items(*items)

    desk.ingest(first, second)

    record = desk.settled(second)
    assert record.disposition is Disposition.DUPLICATE
    assert record.article_ids == desk.settled(first).article_ids
    assert record.progress
    assert record.progress.items == {Disposition.DUPLICATE: 3}


def test_an_article_records_its_place_in_the_file(desk: Desk) -> None:
    delivery = desk.deliver(archive_of({"a.txt": story(1), "b.txt": story(2)}), path="wire/day.zip")

    desk.ingest(delivery, deps=reading_everything(desk))

    articles = desk.store.articles.get_many(desk.settled(delivery).article_ids)
    assert [each.item for each in articles] == ["a.txt", "b.txt"]


@given(
    crashes=st.lists(st.integers(0, 6), max_size=2),
    seconds=st.sampled_from([0.0, 1.5, 4.0, 11.0]),
    in_memory=st.booleans(),
)
def test_wherever_it_is_interrupted_the_result_is_the_same(
    on_server: MakeStore, crashes: list[int], seconds: float, in_memory: bool
) -> None:
    clock = ManualClock()
    desk = a_desk(memory_store(clock) if in_memory else on_server(clock), clock)
    items = [an_item(prose(seed % 4), guid=f"g{seed}") for seed in range(7)]
    delivery = desk.deliver(json.dumps(items).encode())

    for after in crashes:
        broken = SlowReader(desk.deps.reader, clock, seconds=seconds, fails_after=after)
        clock.advance(seconds=600)
        desk.ingest(delivery, deps=replace(desk.deps, reader=broken), lane=desk.record(delivery).lane)
    record = to_the_end(desk, delivery, replace(desk.deps, reader=SlowReader(desk.deps.reader, clock, seconds=seconds)))

    assert record.progress
    assert record.progress.items == {Disposition.STORED: 4, Disposition.DUPLICATE: 3}
    assert desk.store.articles.count() == 4
    assert desk.store.ledger.balance().closed


def _some_article(desk: Desk) -> Any:
    long_ago = timedelta(days=-1)
    return desk.store.ledger.take_overdue(Work.TAG, overdue_by=long_ago, postpone_by=timedelta(seconds=1), limit=1)[0]
