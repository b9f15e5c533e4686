"""A file whose writer continued after it was taken in becomes a new version of its article."""

from __future__ import annotations

import json

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.disposition import Disposition
from tests.factories import Desk, a_desk, an_item, prose

HALF = prose(1)


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


@pytest.mark.parametrize("count", [1, 60, 240])
def test_added_text_makes_a_new_version_however_much_it_is(desk: Desk, count: int) -> None:
    whole = HALF + prose(2, count=count)
    first = desk.deliver_items(an_item(HALF))
    second = desk.deliver(json.dumps([an_item(whole)]).encode(), continues=first)
    third = desk.deliver(json.dumps([an_item([*whole, "End."])]).encode(), continues=second)

    desk.ingest(first, second, third)

    assert desk.dispositions([first, second, third]) == [
        Disposition.STORED,
        Disposition.NEW_VERSION,
        Disposition.NEW_VERSION,
    ]
    (article_id,) = {each for delivery in (first, second, third) for each in desk.settled(delivery).article_ids}
    article = desk.store.articles.get(article_id)
    assert article
    assert (article.version, article.text) == (3, " ".join([*whole, "End."]))
    assert desk.store.articles.count() == 1


def test_the_same_words_are_no_new_version(desk: Desk) -> None:
    first = desk.deliver_items(an_item(HALF))
    second = desk.deliver(json.dumps([an_item(HALF)], indent=1).encode(), continues=first)

    desk.ingest(first, second)

    assert desk.dispositions([first, second]) == [Disposition.STORED, Disposition.DUPLICATE]


def test_a_copy_that_grows_is_no_version_of_the_original_of_another_sender(desk: Desk) -> None:
    original = desk.deliver_items(an_item(HALF))
    copy = desk.deliver(json.dumps([an_item(HALF)], indent=1).encode(), path="desk/copy.json")
    grown = desk.deliver(
        json.dumps([an_item(HALF + prose(2, count=5))]).encode(), path="desk/copy.json", continues=copy
    )

    desk.ingest(original, copy, grown)

    article = desk.store.articles.get(desk.settled(original).article_ids[0])
    assert desk.dispositions([copy, grown]) == [Disposition.DUPLICATE, Disposition.DUPLICATE]
    assert article
    assert article.version == 1


def test_a_file_that_continues_an_unknown_delivery_is_an_article_of_its_own(desk: Desk) -> None:
    delivery = desk.deliver(json.dumps([an_item(HALF)]).encode(), continues="d-unknown")

    desk.ingest(delivery)

    assert desk.dispositions([delivery]) == [Disposition.STORED]
