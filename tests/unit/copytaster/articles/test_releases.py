"""Releases of withheld articles by a person, through the pipeline, with memory and with a server."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.articles.acceptance import UnknownArticleError
from copytaster.articles.embargoes import release_due
from copytaster.articles.releases import NotReleasedError, ReleaseRequest, Releases
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleId, ArticleStatus, Ruling, Tagging
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.monitoring.status import find_withheld
from tests.factories import START, Desk, a_desk, an_item, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore

GUID = "urn:quay:budget"
HOUR = timedelta(hours=1)
UNREADABLE = {"status": {"from": "text:line 2: embargo without an end", "confidence": 0.5}}
BY_ANNA = ReleaseRequest(by="Anna", reason="the desk telephoned")


@pytest.fixture
def desk(make_store: MakeStore, clock: ManualClock) -> Desk:
    return a_desk(make_store(clock), clock)


@pytest.fixture
def decisions() -> MemoryDecisions:
    return MemoryDecisions()


@pytest.fixture
def releases(desk: Desk, decisions: MemoryDecisions) -> Releases:
    return Releases(store=desk.store, decisions=decisions, clock=desk.clock, by="cli")


def take(desk: Desk, seed: int = 1, **fields: Any) -> Delivery:
    desk.clock.advance(seconds=10)
    delivery = desk.deliver_items(an_item(prose(seed), **{"guid": GUID} | fields))
    desk.ingest(delivery)
    return desk.settled(delivery)


def withheld(desk: Desk, seed: int = 1, **fields: Any) -> Delivery:
    return take(desk, seed, **{"status": "withheld", "provenance": UNREADABLE} | fields)


def article_of(desk: Desk, record: Delivery) -> Article:
    article = desk.store.articles.get(record.article_ids[0])
    assert article
    return article.at(desk.clock.now())


def kinds(desk: Desk) -> list[EventKind]:
    events = desk.store.events.read(after=None, limit=100)
    return [each.kind for each in events if each.kind in {EventKind.ARTICLE_RELEASED, EventKind.ARTICLE_WITHHELD}]


def reconcile(desk: Desk) -> list[ArticleId]:
    return release_due(desk.store, clock=desk.clock, by="watcher@test:1")


def test_a_released_article_is_usable_and_the_release_is_reported_once(desk: Desk, releases: Releases) -> None:
    record = withheld(desk)
    article_id = record.article_ids[0]

    released = [releases.decide(article_id, BY_ANNA) for _ in range(2)]

    article = article_of(desk, record)
    assert released[0] == released[1]
    assert (article.status, article.release and article.release.by) == (ArticleStatus.USABLE, "Anna")
    assert kinds(desk) == [EventKind.ARTICLE_RELEASED]
    line = desk.record(record.id).timeline[-1]
    assert (line.by, line.what) == ("cli", f"{article_id} was released by Anna: the desk telephoned")
    assert reconcile(desk) == []


def test_a_release_at_a_later_time_takes_effect_then(desk: Desk, releases: Releases) -> None:
    record = withheld(desk)
    at = desk.clock.now() + HOUR

    releases.decide(record.article_ids[0], replace(BY_ANNA, at=at))
    before = article_of(desk, record).status, kinds(desk), reconcile(desk)
    desk.clock.advance(seconds=3600)

    assert before == (ArticleStatus.WITHHELD, [], [])
    assert reconcile(desk) == [record.article_ids[0]]
    assert article_of(desk, record).status is ArticleStatus.USABLE
    assert kinds(desk) == [EventKind.ARTICLE_RELEASED]
    assert "was released by Anna" in desk.record(record.id).timeline[-1].what


def test_a_later_decision_replaces_the_time_of_an_earlier_one(desk: Desk, releases: Releases) -> None:
    record = withheld(desk)
    releases.decide(record.article_ids[0], replace(BY_ANNA, at=desk.clock.now() + HOUR))

    releases.decide(record.article_ids[0], ReleaseRequest(by="Ben"))
    desk.clock.advance(seconds=7200)

    article = article_of(desk, record)
    assert (article.status, article.release and article.release.by) == (ArticleStatus.USABLE, "Ben")
    assert (kinds(desk), reconcile(desk)) == ([EventKind.ARTICLE_RELEASED], [])


def test_an_embargo_with_an_end_can_be_released_before_it(desk: Desk, releases: Releases) -> None:
    record = take(desk, embargoed_until=(START + 5 * HOUR).isoformat())

    releases.decide(record.article_ids[0], BY_ANNA)
    desk.clock.advance(seconds=6 * 3600)

    assert article_of(desk, record).status is ArticleStatus.USABLE
    assert (kinds(desk), reconcile(desk)) == ([EventKind.ARTICLE_RELEASED], [])


def test_an_undone_release_withholds_the_article_again(desk: Desk, releases: Releases) -> None:
    record = withheld(desk)
    releases.decide(record.article_ids[0], BY_ANNA)
    desk.clock.advance(seconds=60)

    undone = [releases.decide(record.article_ids[0], ReleaseRequest(by="Ben", undo=True)) for _ in range(2)]

    assert undone[0] == undone[1]
    assert article_of(desk, record).status is ArticleStatus.WITHHELD
    assert kinds(desk) == [EventKind.ARTICLE_RELEASED, EventKind.ARTICLE_WITHHELD]
    assert desk.record(record.id).timeline[-1].what == f"{record.article_ids[0]} was withheld again by Ben"


def test_an_undone_release_restores_the_embargo(desk: Desk, releases: Releases) -> None:
    record = take(desk, embargoed_until=(START + 5 * HOUR).isoformat())
    releases.decide(record.article_ids[0], BY_ANNA)

    releases.decide(record.article_ids[0], replace(BY_ANNA, undo=True))
    before = article_of(desk, record).status
    desk.clock.advance(seconds=5 * 3600)

    assert (before, reconcile(desk)) == (ArticleStatus.WITHHELD, [record.article_ids[0]])
    assert desk.record(record.id).timeline[-1].what == f"the embargo of {record.article_ids[0]} is over: released"
    assert kinds(desk) == [EventKind.ARTICLE_RELEASED, EventKind.ARTICLE_WITHHELD, EventKind.ARTICLE_RELEASED]


def test_a_release_after_an_undone_one_is_reported_again(desk: Desk, releases: Releases) -> None:
    record = withheld(desk)
    for request in (BY_ANNA, replace(BY_ANNA, undo=True), BY_ANNA):
        releases.decide(record.article_ids[0], request)
        desk.clock.advance(seconds=1)

    assert article_of(desk, record).status is ArticleStatus.USABLE
    assert kinds(desk)[-2:] == [EventKind.ARTICLE_WITHHELD, EventKind.ARTICLE_RELEASED]


@pytest.mark.parametrize("status", ["withheld", "canceled"])
def test_a_release_does_not_hold_for_a_later_version(desk: Desk, releases: Releases, status: str) -> None:
    record = withheld(desk)
    releases.decide(record.article_ids[0], BY_ANNA)

    later = withheld(desk, seed=2, status=status)

    article = article_of(desk, later)
    assert (later.disposition, article.version) == (Disposition.NEW_VERSION, 2)
    assert (article.status, article.release) == (ArticleStatus(status), None)


def test_a_later_version_with_an_embargo_is_withheld_until_its_end(desk: Desk, releases: Releases) -> None:
    record = withheld(desk)
    releases.decide(record.article_ids[0], BY_ANNA)

    take(desk, seed=2, embargoed_until=(START + 5 * HOUR).isoformat())
    before = article_of(desk, record).status
    desk.clock.advance(seconds=5 * 3600)

    assert (before, reconcile(desk)) == (ArticleStatus.WITHHELD, [record.article_ids[0]])


def test_a_version_that_a_correction_made_usable_is_not_withheld_by_an_undone_release(
    desk: Desk, releases: Releases
) -> None:
    record = withheld(desk)
    releases.decide(record.article_ids[0], BY_ANNA)
    take(desk, seed=2)

    with pytest.raises(NotReleasedError, match=r"version 2 of .* was not released by a person"):
        releases.decide(record.article_ids[0], replace(BY_ANNA, undo=True))

    assert article_of(desk, record).status is ArticleStatus.USABLE


def test_the_same_words_with_the_same_embargo_are_a_copy_of_the_released_version(
    desk: Desk, releases: Releases
) -> None:
    record = withheld(desk)
    releases.decide(record.article_ids[0], BY_ANNA)

    again = withheld(desk, byline="By another desk")

    assert again.disposition is Disposition.DUPLICATE
    assert article_of(desk, record).status is ArticleStatus.USABLE


@pytest.mark.parametrize("numbered", [{}, {"guid_version": 3}])
def test_the_same_words_withheld_for_another_reason_are_withheld_again(
    desk: Desk, releases: Releases, numbered: dict[str, int]
) -> None:
    record = withheld(desk, **numbered)
    releases.decide(record.article_ids[0], BY_ANNA)

    again = withheld(desk, provenance={"status": {"from": "sidecar:status", "confidence": 0.9}}, **numbered)

    assert again.disposition is Disposition.NEW_VERSION
    assert article_of(desk, record).status is ArticleStatus.WITHHELD


def test_a_kill_under_the_number_of_a_usable_version_cancels_it(desk: Desk) -> None:
    record = take(desk, guid_version=3)

    kill = take(desk, guid_version=3, status="canceled")
    again = take(desk, guid_version=3, byline="By another desk")

    assert (kill.disposition, again.disposition) == (Disposition.NEW_VERSION, Disposition.DUPLICATE)
    assert article_of(desk, record).status is ArticleStatus.CANCELED


def test_a_copy_of_an_article_that_a_rule_withholds_is_a_copy(desk: Desk) -> None:
    record = take(desk)
    ruling = Ruling(status=ArticleStatus.WITHHELD, rule="names", version="1", why="a name")
    tagging = Tagging(language="en", topics=(), entities=(), keywords=(), ruling=ruling, provenance={})
    desk.store.articles.annotate(record.article_ids[0], 1, tagging)

    assert take(desk, byline="By another desk").disposition is Disposition.DUPLICATE


def test_articles_that_only_a_person_releases_are_listed_until_then(desk: Desk, releases: Releases) -> None:
    record = withheld(desk)
    other = withheld(desk, seed=3, guid="urn:quay:other")
    take(desk, seed=4, guid="urn:quay:third", embargoed_until=(START + 5 * HOUR).isoformat())
    before = desk.store.ledger.withheld(limit=10), [each.message for each in find_withheld(desk.store.ledger)]

    releases.decide(record.article_ids[0], BY_ANNA)
    take(desk, seed=5, guid="urn:quay:other", status="canceled")
    after = desk.store.ledger.withheld(limit=10), find_withheld(desk.store.ledger)
    releases.decide(record.article_ids[0], replace(BY_ANNA, undo=True))

    assert before[0] == sorted([*record.article_ids, *other.article_ids])
    assert "articles that are withheld until a person releases them: 2;" in before[1][0]
    assert after == ([], [])
    assert desk.store.ledger.withheld(limit=10) == [*record.article_ids]


def test_a_canceled_article_cannot_be_released(desk: Desk, releases: Releases) -> None:
    record = take(desk, status="canceled", provenance={"status": {"from": "text:kill line", "confidence": 0.9}})

    with pytest.raises(NotReleasedError, match=r"is canceled \(text:kill line\) and cannot be released"):
        releases.decide(record.article_ids[0], BY_ANNA)


def test_a_rule_is_not_overruled_by_a_release(desk: Desk, releases: Releases) -> None:
    record = withheld(desk)
    ruling = Ruling(status=ArticleStatus.WITHHELD, rule="names", version="1", why="a name")
    tagging = Tagging(language="en", topics=(), entities=(), keywords=(), ruling=ruling, provenance={})
    desk.store.articles.annotate(record.article_ids[0], 1, tagging)

    with pytest.raises(NotReleasedError, match="is withheld by the rule names: change the rule"):
        releases.decide(record.article_ids[0], BY_ANNA)


def test_a_usable_article_and_an_unknown_one_cannot_be_released(desk: Desk, releases: Releases) -> None:
    record = take(desk)

    with pytest.raises(NotReleasedError, match="is not withheld"):
        releases.decide(record.article_ids[0], BY_ANNA)
    with pytest.raises(UnknownArticleError):
        releases.decide(ArticleId("a404"), BY_ANNA)


def test_a_decision_about_an_earlier_version_is_refused(
    desk: Desk, releases: Releases, decisions: MemoryDecisions
) -> None:
    record = withheld(desk)
    withheld(desk, seed=2)

    with pytest.raises(NotReleasedError, match="has version 2 now, and the decision was about version 1"):
        releases.decide(record.article_ids[0], replace(BY_ANNA, version=1))

    assert decisions.all() == []
    assert article_of(desk, record).status is ArticleStatus.WITHHELD


def test_an_interrupted_release_is_completed_by_a_repeated_call(
    desk: Desk, releases: Releases, decisions: MemoryDecisions
) -> None:
    record = withheld(desk)
    released = releases.decide(record.article_ids[0], BY_ANNA)
    assert released.release
    second = withheld(desk, seed=3, guid="urn:quay:other")
    # Only the first steps: the report of the release is missing.
    desk.store.articles.release(second.article_ids[0], article_of(desk, second).origin, released.release)

    releases.decide(second.article_ids[0], BY_ANNA)

    assert kinds(desk) == [EventKind.ARTICLE_RELEASED] * 2
    assert [each.article_id for each in decisions.all()] == [record.article_ids[0]]


def test_a_rebuilt_store_has_the_release(
    desk: Desk, releases: Releases, decisions: MemoryDecisions, make_store: MakeStore
) -> None:
    record = withheld(desk)
    later = withheld(desk, seed=2, guid="urn:quay:other")
    at = desk.clock.now() + HOUR
    releases.decide(record.article_ids[0], BY_ANNA)
    releases.decide(later.article_ids[0], replace(BY_ANNA, at=at))

    rebuilt = Desk(replace(desk.deps, store=make_store(desk.clock)))
    for decision in decisions.all():
        assert decision.origin
        assert decision.release
        rebuilt.store.articles.release(decision.article_id, decision.origin, decision.release)
    for each in (record, later):
        rebuilt.store.ledger.register(each, due_in=timedelta(seconds=10), by="replay")
        rebuilt.ingest(each.id)

    statuses = [article_of(rebuilt, each).status for each in (record, later)]
    desk.clock.advance(seconds=3600)
    assert statuses == [ArticleStatus.USABLE, ArticleStatus.WITHHELD]
    assert reconcile(rebuilt) == [later.article_ids[0]]
    assert article_of(rebuilt, later).status is ArticleStatus.USABLE
