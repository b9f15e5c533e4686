from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleStatus, RelationKind
from copytaster.model.disposition import Disposition
from tests.factories import START, Desk, a_desk, an_item, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore

GUID = "urn:newsml:example.org:20260101:1"


@pytest.fixture
def desk(make_store: MakeStore, clock: ManualClock) -> Desk:
    return a_desk(make_store(clock), clock)


def take(desk: Desk, words: list[str], **fields: Any) -> Any:
    delivery = desk.deliver_items(an_item(words, **fields))
    desk.ingest(delivery)
    return desk.settled(delivery)


def shown(desk: Desk, record: Any) -> Any:
    return desk.store.articles.get(record.article_ids[0])


def test_a_higher_number_of_the_provider_is_a_new_version(desk: Desk) -> None:
    take(desk, prose(1), guid=GUID, guid_version=1)

    record = take(desk, prose(2), guid=GUID, guid_version=2)

    assert record.disposition is Disposition.NEW_VERSION
    assert record.relation.kind is RelationKind.UPDATE
    assert shown(desk, record).guid_version == 2


def test_a_lower_number_that_arrives_late_is_added_to_the_history(desk: Desk) -> None:
    take(desk, prose(2), guid=GUID, guid_version=2)

    record = take(desk, prose(1), guid=GUID, guid_version=1)

    assert record.disposition is Disposition.NEW_VERSION
    assert shown(desk, record).guid_version == 2
    assert [each.guid_version for each in desk.store.articles.versions(record.article_ids[0])] == [2, 1]


def test_the_same_number_again_is_a_duplicate(desk: Desk) -> None:
    take(desk, prose(1), guid=GUID, guid_version=3)

    record = take(desk, [*prose(1)[:-1], "differently"], guid=GUID, guid_version=3)

    assert record.disposition is Disposition.DUPLICATE


def test_numbers_weigh_more_than_times(desk: Desk) -> None:
    take(desk, prose(2), guid=GUID, guid_version=2, modified_at="2026-01-01T08:00:00+00:00")

    record = take(desk, prose(1), guid=GUID, guid_version=1, modified_at="2026-01-01T09:00:00+00:00")

    assert shown(desk, record).guid_version == 2


def test_a_kill_with_the_same_words_withdraws_the_article(desk: Desk) -> None:
    take(desk, prose(1), guid=GUID)

    record = take(desk, prose(1), guid=GUID, status=ArticleStatus.CANCELED)

    assert record.disposition is Disposition.NEW_VERSION
    assert shown(desk, record).status is ArticleStatus.CANCELED


def test_an_embargoed_article_is_usable_after_the_end_of_its_embargo(desk: Desk) -> None:
    until = START + timedelta(hours=2)

    record = take(desk, prose(1), guid=GUID, embargoed_until=until.isoformat())

    article = shown(desk, record)
    assert article.status is ArticleStatus.WITHHELD
    assert article.at(until - timedelta(seconds=1)).status is ArticleStatus.WITHHELD
    assert article.at(until).status is ArticleStatus.USABLE


def test_a_copy_after_the_embargo_is_a_copy(desk: Desk) -> None:
    until = START + timedelta(hours=2)
    take(desk, prose(1), guid=GUID, embargoed_until=until.isoformat())
    desk.clock.advance(seconds=3 * 3600)

    record = take(desk, prose(1), guid=GUID, embargoed_until=until.isoformat(), title="A made-up story")

    assert record.disposition is Disposition.DUPLICATE


def test_an_article_that_the_provider_withholds_is_not_released_by_time(desk: Desk) -> None:
    record = take(desk, prose(1), guid=GUID, status=ArticleStatus.WITHHELD)

    assert shown(desk, record).at(START + timedelta(days=900)).status is ArticleStatus.WITHHELD
