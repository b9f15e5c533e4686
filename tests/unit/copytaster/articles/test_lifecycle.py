from __future__ import annotations

from datetime import datetime, timedelta
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


@pytest.mark.parametrize("title", ["A made-up story", "A made up story"])
def test_a_kill_that_is_sent_again_withdraws_what_became_usable_since(desk: Desk, title: str) -> None:
    take(desk, prose(1), guid=GUID, status=ArticleStatus.CANCELED)
    desk.clock.advance(seconds=60)
    take(desk, prose(1), guid=GUID)
    desk.clock.advance(seconds=60)

    record = take(desk, prose(1), guid=GUID, status=ArticleStatus.CANCELED, title=title)

    assert record.disposition is Disposition.NEW_VERSION
    assert shown(desk, record).status is ArticleStatus.CANCELED


@pytest.mark.parametrize("again", [{}, {"title": "A made up story"}])
def test_a_kill_that_is_sent_again_is_a_copy_while_the_article_is_withdrawn(desk: Desk, again: dict[str, str]) -> None:
    take(desk, prose(1), guid=GUID)
    take(desk, prose(2), guid=GUID, status=ArticleStatus.CANCELED)

    record = take(desk, prose(2), guid=GUID, status=ArticleStatus.CANCELED, **again)

    assert record.disposition is Disposition.DUPLICATE


NOTICE = ["this", "story", "was", "withdrawn", "by", "the", "agency", "do", "not", "use", "it"] * 3


@pytest.mark.parametrize("is_stored", [True, False], ids=["after their articles", "before their articles"])
def test_kills_of_several_articles_in_the_same_words_are_no_copies(desk: Desk, *, is_stored: bool) -> None:
    guids = [GUID, f"{GUID}-2"]
    for number, guid in enumerate(guids if is_stored else []):
        take(desk, prose(number), guid=guid)
    for guid in guids:
        record = take(desk, NOTICE, guid=guid, status=ArticleStatus.CANCELED)

        assert record.disposition is (Disposition.NEW_VERSION if is_stored else Disposition.STORED)
        assert shown(desk, record).status is ArticleStatus.CANCELED
        assert shown(desk, record).relation is None


def test_a_kill_of_a_copy_is_a_version_of_the_copy(desk: Desk) -> None:
    original = take(desk, prose(1), guid=GUID)
    take(desk, prose(1), guid=f"{GUID}-2")

    record = take(desk, NOTICE, guid=f"{GUID}-2", status=ArticleStatus.CANCELED)

    assert shown(desk, record).status is ArticleStatus.CANCELED
    assert shown(desk, record).relation.of == original.article_ids[0]
    assert shown(desk, original).status is ArticleStatus.USABLE


def test_an_old_kill_is_not_obeyed_again_after_a_later_version(desk: Desk) -> None:
    kill = {"guid": GUID, "status": ArticleStatus.CANCELED, "modified_at": "2025-12-31T08:00:00+00:00"}
    take(desk, prose(1), **kill)
    take(desk, prose(2), guid=GUID, modified_at="2025-12-31T09:00:00+00:00")

    for title in ("A made-up story", "A made up story"):
        record = take(desk, prose(1), title=title, **kill)

        assert record.disposition is Disposition.DUPLICATE
        assert shown(desk, record).status is ArticleStatus.USABLE


def test_an_article_that_overtook_its_kill_is_withdrawn_whatever_their_numbers(desk: Desk) -> None:
    take(desk, prose(1), guid=GUID, guid_version=3)

    record = take(desk, prose(1), guid=GUID, status=ArticleStatus.CANCELED)

    assert shown(desk, record).status is ArticleStatus.CANCELED


@pytest.mark.parametrize("until", [START + timedelta(hours=5), None], ids=["later", "without an end"])
def test_a_longer_embargo_under_the_same_number_is_a_new_version(desk: Desk, until: datetime | None) -> None:
    take(desk, prose(1), guid=GUID, guid_version=1, embargoed_until=(START + timedelta(hours=2)).isoformat())
    held = {"embargoed_until": until.isoformat()} if until else {"status": ArticleStatus.WITHHELD}

    record = take(desk, prose(1), guid=GUID, guid_version=1, **held)

    assert record.disposition is Disposition.NEW_VERSION
    assert shown(desk, record).at(START + timedelta(hours=3)).status is ArticleStatus.WITHHELD


def test_a_shorter_embargo_under_the_same_number_is_a_copy(desk: Desk) -> None:
    take(desk, prose(1), guid=GUID, guid_version=1, embargoed_until=(START + timedelta(hours=2)).isoformat())

    again = take(desk, prose(1), guid=GUID, guid_version=1, embargoed_until=(START + timedelta(hours=1)).isoformat())

    assert again.disposition is Disposition.DUPLICATE


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
