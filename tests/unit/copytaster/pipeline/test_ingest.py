from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleStatus, RelationKind
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.parsing.original import Original
from copytaster.parsing.reading import START, Position, Reader, Reading
from tests.factories import Desk, a_desk, an_item, prose

WORDS = prose(1)
EDITED = WORDS[:100] + prose(2, count=10)
URL = "https://example.org/story"
EARLY, LATE = "2026-01-01T08:00:00+00:00", "2026-01-01T09:00:00+00:00"


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


def test_a_new_text_becomes_an_article_that_is_due_for_tagging(desk: Desk) -> None:
    delivery = desk.deliver_items(an_item(WORDS))

    left = desk.ingest(delivery)

    record = desk.settled(delivery)
    article = desk.store.articles.get(record.article_ids[0])
    assert left == []
    assert (record.disposition, record.relation) == (Disposition.STORED, None)
    assert article
    assert (article.text, article.source, article.sha256) == (" ".join(WORDS), "wire", record.sha256)
    assert article.provenance["source"].from_ == "inbox:folder"
    assert desk.store.ledger.waiting(Work.TAG) == 1
    assert desk.publisher.published == [(Work.TAG, article.id)]


class Messages:
    """A broker that records the messages."""

    def __init__(self) -> None:
        self.sent: list[tuple[Work, list[str]]] = []

    def publish(self, work: Work, ids: Sequence[str], *, of: object = None) -> None:  # noqa: ARG002  # as in the port
        """Record the message."""
        self.sent.append((work, list(ids)))


class SlowReader:
    """A reader that takes a second for each file."""

    def __init__(self, reader: Reader, clock: ManualClock) -> None:
        self._reader, self._clock = reader, clock

    def read(self, original: Original, *, after: Position = START) -> Iterator[Reading]:
        """Return the readings a second later."""
        self._clock.advance(seconds=1)
        return iter(self._reader.read(original, after=after))

    def read_together(self, originals: Sequence[Original]) -> list[Reading | None]:
        """Return the reading of the first file a second later."""
        self._clock.advance(seconds=1)
        return self._reader.read_together(originals[:1])


def test_the_articles_of_a_message_are_published_for_tagging_in_one_message(desk: Desk) -> None:
    messages, deliveries = Messages(), [desk.deliver_items(an_item(prose(number))) for number in range(3)]

    desk.ingest(*deliveries, deps=replace(desk.deps, publisher=messages))

    articles = [each for delivery in deliveries for each in desk.settled(delivery).article_ids]
    assert messages.sent == [(Work.TAG, articles)]


def test_articles_do_not_wait_for_a_slow_file_behind_them(desk: Desk) -> None:
    messages, deliveries = Messages(), [desk.deliver_items(an_item(prose(number))) for number in range(3)]
    slow = SlowReader(desk.deps.reader, desk.clock)

    desk.ingest(*deliveries, deps=replace(desk.deps, publisher=messages, reader=slow))

    assert [len(ids) for _, ids in messages.sent] == [1, 1, 1]


def test_bytes_whose_first_delivery_is_unfinished_are_known_by_the_delivery_that_stored_them(desk: Desk) -> None:
    unfinished, second, third = (desk.deliver_items(an_item(WORDS)) for _ in range(3))

    desk.ingest(second)
    known = desk.store.known_files.find(desk.record(second).sha256 or "")
    desk.ingest(third, deps=replace(desk.deps, reader=None))  # type: ignore[arg-type]  # known bytes are not read

    assert known == second
    assert desk.dispositions([unfinished, second, third]) == [None, Disposition.STORED, Disposition.DUPLICATE]


def test_the_same_bytes_again_are_a_copy_though_the_name_differs(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS))
    desk.ingest(first)
    content = json.dumps([an_item(WORDS)]).encode()
    second = desk.deliver(content, path="desk/other.json")

    desk.ingest(second)

    record, original = desk.settled(second), desk.settled(first).article_ids[0]
    article = desk.store.articles.get(original)
    assert record.disposition is Disposition.DUPLICATE
    assert record.relation
    assert (record.relation.kind, record.relation.of, record.article_ids) == (RelationKind.EXACT, original, (original,))
    assert article
    assert [(each.delivery_id, each.name, each.source) for each in article.duplicates] == [
        (second, "other.json", "desk")
    ]
    assert len(desk.publisher.published) == 1


def test_the_same_words_in_other_dress_are_a_copy(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS))
    dressed = an_item([word.upper() + "," for word in WORDS], title="A “made-up” story!")
    second = desk.deliver_items(dressed)

    desk.ingest(first, second)

    assert desk.dispositions([first, second]) == [Disposition.STORED, Disposition.DUPLICATE]
    assert desk.store.articles.count() == 1


def test_an_edited_copy_is_a_near_duplicate_and_is_not_listed(desk: Desk) -> None:
    first, second = desk.deliver_items(an_item(WORDS)), desk.deliver_items(an_item(EDITED))

    desk.ingest(first, second)

    record, original = desk.settled(second), desk.settled(first).article_ids[0]
    article = desk.store.articles.get(original)
    assert record.disposition is Disposition.DUPLICATE
    assert record.relation
    assert (record.relation.kind, record.relation.of) == (RelationKind.NEAR, original)
    assert 0.5 <= record.relation.score < 1
    assert desk.store.articles.count() == 1
    assert article
    assert [(each.delivery_id, each.kind) for each in article.duplicates] == [(second, RelationKind.NEAR)]
    assert desk.store.ledger.waiting(Work.TAG) == 1


def test_other_words_under_the_same_address_are_a_new_version(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    second = desk.deliver_items(an_item(EDITED, url=f"{URL}/?utm_source=x#top", modified_at=LATE))

    desk.ingest(first, second)

    record = desk.settled(second)
    article = desk.store.articles.get(record.article_ids[0])
    assert record.disposition is Disposition.NEW_VERSION
    assert article
    assert (article.version, article.text) == (2, " ".join(EDITED))
    assert article.id == desk.settled(first).article_ids[0]
    assert desk.publisher.published == [(Work.TAG, article.id)] * 2
    assert desk.store.articles.count() == 1


def test_a_corrected_currency_sign_is_a_new_version_once(desk: Desk) -> None:
    states = [an_item([*WORDS, "$5m"], url=URL, modified_at=EARLY), an_item([*WORDS, "€5m"], url=URL, modified_at=LATE)]
    ids = [desk.deliver_items(each) for each in (*states, *(each | {"summary": "other bytes"} for each in states))]

    desk.ingest(*ids)

    ends = [Disposition.STORED, Disposition.NEW_VERSION, Disposition.DUPLICATE, Disposition.DUPLICATE]
    article = desk.store.articles.get(desk.settled(ids[0]).article_ids[0])
    assert desk.dispositions(ids) == ends
    assert article
    assert article.text.endswith("€5m")


def test_an_old_state_of_a_page_that_is_delivered_again_is_a_copy(desk: Desk) -> None:
    first = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY))
    second = desk.deliver_items(an_item(prose(5), url=URL, modified_at=LATE))
    again = desk.deliver_items(an_item(WORDS, url=URL, modified_at=EARLY, summary="other bytes"))

    desk.ingest(first, second, again)

    article = desk.store.articles.get(desk.settled(first).article_ids[0])
    assert desk.settled(again).disposition is Disposition.DUPLICATE
    assert article
    assert article.text == " ".join(prose(5))


@pytest.mark.parametrize("later_first", [False, True])
def test_other_words_of_another_time_are_a_version_once_if_the_provider_repeats_its_number(
    desk: Desk, *, later_first: bool
) -> None:
    numbered = {"guid": "urn:x:1", "guid_version": 1, "published_at": EARLY}
    states = [numbered | an_item(WORDS, modified_at=EARLY), numbered | an_item(prose(5), modified_at=LATE)]
    states = states[::-1] if later_first else states
    ids = [desk.deliver_items(each) for each in (*states, *(each | {"summary": "other bytes"} for each in states))]

    desk.ingest(*ids)

    ends = [Disposition.STORED, Disposition.NEW_VERSION, Disposition.DUPLICATE, Disposition.DUPLICATE]
    article = desk.store.articles.get(desk.settled(ids[0]).article_ids[0])
    assert desk.dispositions(ids) == ends
    assert article
    assert article.text == " ".join(prose(5))


@pytest.mark.parametrize(
    "again",
    [
        an_item(EDITED, published_at=EARLY, modified_at=LATE),
        an_item(EDITED, published_at=EARLY),
        an_item(EDITED, published_at=LATE),
        an_item(EDITED),
        an_item(WORDS, published_at=LATE, modified_at=EARLY),
    ],
    ids=["same time of change", "no time of change", "sent again", "no time", "same words"],
)
def test_a_version_in_another_form_is_a_copy_by_its_number(desk: Desk, again: dict[str, Any]) -> None:
    numbered = {"guid": "urn:x:1", "guid_version": 1}
    first = desk.deliver_items(numbered | an_item(WORDS, published_at=EARLY, modified_at=LATE))
    second = desk.deliver_items(numbered | again)

    desk.ingest(first, second)

    assert desk.dispositions([first, second]) == [Disposition.STORED, Disposition.DUPLICATE]


def test_an_embargo_is_lifted_under_the_same_number_by_a_later_time(desk: Desk) -> None:
    numbered = {"guid": "urn:x:1", "guid_version": 1}
    held = numbered | an_item(WORDS, modified_at=EARLY, embargoed_until="2030-01-01T00:00:00+00:00")
    ids = [desk.deliver_items(held), desk.deliver_items(numbered | an_item(WORDS, modified_at=LATE))]

    desk.ingest(*ids)

    article = desk.store.articles.get(desk.settled(ids[0]).article_ids[0])
    assert desk.dispositions(ids) == [Disposition.STORED, Disposition.NEW_VERSION]
    assert article
    assert article.status is ArticleStatus.USABLE


def test_a_kill_holds_when_its_article_is_sent_again_under_the_same_number(desk: Desk) -> None:
    numbered = {"guid": "urn:x:1", "guid_version": 1}
    story = numbered | an_item(WORDS, modified_at=EARLY)
    kill = numbered | an_item(prose(5), modified_at=LATE, status="canceled", signal="kill")
    ids = [desk.deliver_items(each) for each in (story, kill, story | {"summary": "x"}, story | an_item(EDITED))]

    desk.ingest(*ids)

    article = desk.store.articles.get(desk.settled(ids[0]).article_ids[0])
    assert desk.dispositions(ids[:3]) == [Disposition.STORED, Disposition.NEW_VERSION, Disposition.DUPLICATE]
    assert article
    assert article.status is ArticleStatus.CANCELED


@pytest.mark.parametrize("version", [1, 2])
def test_a_copy_of_any_version_under_another_address_is_a_near_duplicate(desk: Desk, version: int) -> None:
    states = {1: WORDS, 2: prose(5)}
    first = desk.deliver_items(an_item(states[1], url=URL, modified_at=EARLY))
    second = desk.deliver_items(an_item(states[2], url=URL, modified_at=LATE))
    elsewhere = desk.deliver_items(an_item(states[version], url="https://other.example/copy"))

    desk.ingest(first, second, elsewhere)

    record = desk.settled(elsewhere)
    assert record.disposition is Disposition.DUPLICATE
    assert record.relation
    assert record.relation.of == desk.settled(first).article_ids[0]


def test_a_file_with_several_items_ends_as_the_best_of_them(desk: Desk) -> None:
    known = desk.deliver_items(an_item(WORDS))
    feed = desk.deliver_items(an_item(WORDS), an_item(prose(7)), an_item(prose(8)))
    copies = desk.deliver_items(an_item(prose(7), summary="other bytes"), an_item(prose(8)))

    desk.ingest(known, feed, copies)

    record = desk.settled(feed)
    assert desk.dispositions([feed, copies]) == [Disposition.STORED, Disposition.DUPLICATE]
    assert len(record.article_ids) == 3
    assert desk.store.articles.count() == 3
    assert desk.store.ledger.waiting(Work.TAG) == 3
