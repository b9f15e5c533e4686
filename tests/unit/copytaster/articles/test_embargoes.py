"""The end of embargoes, and views of articles that may not be used."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.articles.diff import Op
from copytaster.articles.embargoes import release_due
from copytaster.articles.views import all_versions, list_articles, show_article
from copytaster.clock import ManualClock
from copytaster.errors import NewerRecordError
from copytaster.model.article import Article, ArticleId, ArticleStatus, Signal
from copytaster.model.delivery import Delivery
from copytaster.model.events import EventKind
from copytaster.store.ports.articles import ArticleQuery
from tests.factories import START, Desk, a_desk, an_item, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore

GUID = "urn:newsml:example.org:20260101:1"
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(make_store: MakeStore, clock: ManualClock) -> Desk:
    return a_desk(make_store(clock), clock)


def take(desk: Desk, words: list[str], **fields: Any) -> Delivery:
    delivery = desk.deliver_items(an_item(words, **({"guid": GUID} | fields)))
    desk.ingest(delivery)
    return desk.settled(delivery)


def embargoed(desk: Desk, hours: int, seed: int = 1, **fields: Any) -> Delivery:
    return take(desk, prose(seed), embargoed_until=(START + hours * HOUR).isoformat(), **fields)


def release(desk: Desk) -> list[str]:
    return list(release_due(desk.store, clock=desk.clock, by="watcher@test:1"))


def release_events(desk: Desk) -> int:
    return sum(each.kind is EventKind.ARTICLE_RELEASED for each in desk.store.events.read(after=None, limit=100))


def shown(desk: Desk, record: Delivery) -> Article:
    article = show_article(record.article_ids[0], desk.store, now=desk.clock.now())
    assert article
    return article


def test_an_embargo_is_released_at_its_time_and_reported_once(desk: Desk) -> None:
    record = embargoed(desk, 2)
    before = release(desk)
    desk.clock.advance(seconds=2 * 3600)

    released = [release(desk), release(desk)]

    assert (before, released) == ([], [[*record.article_ids], []])
    assert release_events(desk) == 1
    assert desk.record(record.id).timeline[-1].what == f"the embargo of {record.article_ids[0]} is over: released"
    assert shown(desk, record).status is ArticleStatus.USABLE


@pytest.mark.parametrize("error", [NewerRecordError("a newer release wrote it"), ValueError("damaged")])
def test_an_article_that_cannot_be_read_keeps_no_other_embargo(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    odd = take(desk, prose(1), guid="urn:odd", embargoed_until=(START + HOUR).isoformat())
    other = take(desk, prose(2), guid="urn:other", embargoed_until=(START + 2 * HOUR).isoformat())
    desk.clock.advance(seconds=2 * 3600)
    get = desk.store.articles.get

    def read(article_id: ArticleId) -> Article | None:
        if article_id in odd.article_ids:
            raise error
        return get(article_id)

    with monkeypatch.context() as patched:
        patched.setattr(desk.store.articles, "get", read)
        with pytest.raises(type(error)):
            release(desk)

    assert shown(desk, other).status is ArticleStatus.USABLE
    assert release_events(desk) == 1
    assert release(desk) == [*odd.article_ids]


def test_a_new_version_with_another_embargo_moves_the_release(desk: Desk) -> None:
    embargoed(desk, 1, guid_version=1)
    embargoed(desk, 3, seed=2, guid_version=2)
    desk.clock.advance(seconds=3600)
    early = release(desk)
    desk.clock.advance(seconds=2 * 3600)

    assert early == []
    assert len(release(desk)) == 1


def test_a_kill_under_embargo_is_never_released(desk: Desk) -> None:
    embargoed(desk, 1, guid_version=1)
    take(desk, prose(1), guid_version=2, status=ArticleStatus.CANCELED)
    desk.clock.advance(seconds=3600)

    assert release(desk) == []
    assert release_events(desk) == 0


def test_an_embargo_that_changed_without_notice_is_corrected_instead_of_released(desk: Desk) -> None:
    record = embargoed(desk, 3)
    desk.store.ledger.set_embargo(record.article_ids[0], until=START)

    early = release(desk)
    desk.clock.advance(seconds=3 * 3600)

    assert early == []
    assert release(desk) == [*record.article_ids]


def test_the_embargo_of_a_lost_article_is_removed(desk: Desk) -> None:
    record = embargoed(desk, 3)
    desk.store.ledger.set_embargo(record.article_ids[0], until=None)
    gone = record.article_ids[0].replace("a", "b", 1)
    desk.store.ledger.set_embargo(type(record.article_ids[0])(gone), until=START)

    assert release(desk) == []
    assert desk.store.ledger.ended_embargoes(limit=10) == []


def test_an_embargo_that_has_ended_on_arrival_needs_no_release(desk: Desk) -> None:
    record = take(desk, prose(1), embargoed_until=(START - HOUR).isoformat())

    assert shown(desk, record).status is ArticleStatus.USABLE
    assert release(desk) == []


def test_a_list_omits_the_text_of_articles_that_may_not_be_used_and_the_article_itself_has_it(desk: Desk) -> None:
    record = embargoed(desk, 2, summary="In short.")
    now = desk.clock.now()

    (listed,) = list_articles(desk.store.articles.find(ArticleQuery()).articles, desk.store, now=now)
    (later,) = list_articles(desk.store.articles.find(ArticleQuery()).articles, desk.store, now=now + 2 * HOUR)

    assert (listed.status, listed.text, listed.summary) == (ArticleStatus.WITHHELD, None, None)
    assert listed.model_dump()["title"] == "A made-up story"
    assert (later.status, later.summary) == (ArticleStatus.USABLE, "In short.")
    assert later.text == shown(desk, record).text == " ".join(prose(1))


def test_versions_are_shown_by_rank_each_with_its_changes(desk: Desk) -> None:
    record = take(desk, prose(1), guid_version=2, signal=Signal.CORRECTION)
    take(desk, [*prose(1)[:-1], "before"], guid_version=1)

    versions = list(all_versions(record.article_ids[0], desk.store, now=desk.clock.now()))

    assert [each.guid_version for each in versions] == [1, 2]
    assert versions[0].changes is None
    assert versions[1].changes
    assert [(each.op, each.text) for each in versions[1].changes][1:] == [
        (Op.DELETE, "before"),
        (Op.INSERT, prose(1)[-1]),
    ]


def test_an_unknown_article_has_no_versions(desk: Desk) -> None:
    article = take(desk, prose(1)).article_ids[0]
    unknown = type(article)("a404")

    assert list(all_versions(unknown, desk.store, now=START)) == []
    assert show_article(unknown, desk.store, now=START) is None
