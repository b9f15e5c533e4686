from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from prometheus_client.metrics import MetricWrapperBase

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.model.article import Article, ArticleId, Tagging
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.events import EventKind
from copytaster.model.work import Work
from copytaster.pipeline.tag import tag
from copytaster.store.ports.ledger import Lease
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.stories.placing import Placing
from copytaster.tagging.given_up import given_up
from copytaster.tagging.tagger import PlainTagger
from tests.factories import POLICY, START, Desk, a_delivery, a_desk, an_article, delivery_id

RETRY = POLICY.backoff.first.total_seconds()


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


@dataclass(slots=True)
class WatchedTagger:
    """Remembers its batches and breaks on articles with a certain title; ``meanwhile`` runs before it answers."""

    bad: str = "none"
    error: BaseException = field(default_factory=lambda: ZeroDivisionError("a fault in a model"))
    meanwhile: Callable[[], object] = lambda: None
    batches: list[list[str]] = field(default_factory=list)

    def with_frequencies(self, frequencies: TermFrequencies) -> WatchedTagger:
        del frequencies
        return self

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return empty taggings."""
        if articles:
            self.batches.append([str(each.id) for each in articles])
        if any(each.title == self.bad for each in articles):
            raise self.error
        self.meanwhile()
        return PlainTagger().tag(articles)

    def give_up(self, article: Article, attempts: int) -> Tagging:
        return given_up(article, attempts)


def settle(desk: Desk, number: int, article_id: str) -> None:
    desk.store.ledger.register(a_delivery(number), due_in=timedelta(0), by="watcher@test:1")
    outcome = Outcome(disposition=Disposition.STORED, to_tag=(ArticleId(article_id),))
    desk.store.ledger.settle(delivery_id(number), outcome, by="worker@test:2")


def make_due(desk: Desk, *titles: str) -> list[str]:
    ids = [f"a{number}" for number in range(1, len(titles) + 1)]
    for number, title in enumerate(titles, start=1):
        desk.store.articles.create(an_article(ids[number - 1], title=title), owner=delivery_id(number))
        settle(desk, number, ids[number - 1])
    return ids


def tagged(desk: Desk, article_ids: Sequence[str]) -> list[bool]:
    return [each.tagged for each in desk.store.articles.get_many([ArticleId(each) for each in article_ids])]


def test_a_batch_is_tagged_at_once_and_each_tagging_ends_with_an_event(desk: Desk) -> None:
    ids, tagger = make_due(desk, "one", "two", "three"), WatchedTagger()

    tag(ids, deps=replace(desk.deps, tagger=tagger))

    kinds = [each.kind for each in desk.store.events.read(after=None, limit=100)]
    assert tagger.batches == [ids]
    assert tagged(desk, ids) == [True, True, True]
    assert desk.store.ledger.waiting(Work.TAG) == 0
    assert kinds.count(EventKind.ARTICLE_TAGGED) == 3


def samples(metric: MetricWrapperBase, suffix: str) -> dict[str, float]:
    """Return the values of a metric by the value of its only label."""
    found = (each for family in metric.collect() for each in family.samples)
    return {value: each.value for each in found if each.name.endswith(suffix) for value in each.labels.values()}


def test_the_wait_of_an_article_of_an_old_file_is_in_no_latency_of_live_ones(desk: Desk, clock: ManualClock) -> None:
    live, old = make_due(desk, "one", "two")
    clock.advance(seconds=2)
    tag([live], deps=desk.deps)
    clock.advance(seconds=7_200)
    tag([old], deps=desk.deps, work=Work.RETAG)

    assert samples(desk.deps.metrics.latency, "_sum") == {"tagged": 2}
    assert samples(desk.deps.metrics.attempts, "_total") == {"tag": 1, "retag": 1}
    assert tagged(desk, [live, old]) == [True, True]


def test_tagging_twice_tags_once(desk: Desk) -> None:
    ids, tagger = make_due(desk, "one"), WatchedTagger()
    deps = replace(desk.deps, tagger=tagger)

    tag([*ids, *ids], deps=deps)
    tag(ids, deps=deps)

    assert tagger.batches == [ids]


def test_articles_that_are_not_due_or_not_stored_are_skipped(desk: Desk) -> None:
    desk.store.articles.create(an_article("a9"), owner=delivery_id(9))

    tag(["a9", "a404"], deps=desk.deps)

    assert tagged(desk, ["a9"]) == [False]


def test_work_that_another_worker_has_leased_is_skipped(desk: Desk) -> None:
    ids = make_due(desk, "one")
    desk.store.ledger.begin_tagging([ArticleId("a1")], owner="another", lease=POLICY.lease)

    tag(ids, deps=desk.deps)

    assert tagged(desk, ids) == [False]
    assert desk.store.ledger.settle_tagging([ArticleId("a1")], owner="another")


def test_a_text_that_breaks_the_tagger_is_tried_alone_and_the_others_are_tagged(desk: Desk) -> None:
    ids, tagger = make_due(desk, "one", "bad", "three"), WatchedTagger(bad="bad")
    deps = replace(desk.deps, tagger=tagger)

    tag(ids, deps=deps)
    after_first, overdue = tagged(desk, ids), desk.store.ledger.overdue(Work.TAG, by=timedelta(0))
    desk.clock.advance(seconds=RETRY)
    tag(ids, deps=deps)

    assert after_first == [False, False, False]
    assert overdue == 0
    assert tagger.batches == [ids, ["a1"], ["a2"], ["a3"]]
    assert tagged(desk, ids) == [True, False, True]


def test_a_text_that_always_breaks_the_tagger_ends_untagged_with_the_reason(desk: Desk) -> None:
    ids, tagger = make_due(desk, "bad"), WatchedTagger(bad="bad")

    for _ in range(POLICY.max_attempts + 1):
        tag(ids, deps=replace(desk.deps, tagger=tagger))
        desk.clock.advance(seconds=RETRY)

    article = desk.store.articles.get(ArticleId("a1"))
    assert len(tagger.batches) == POLICY.max_attempts
    assert desk.store.ledger.waiting(Work.TAG) == 0
    assert article
    assert (article.topics, article.entities, article.keywords) == ((), None, ())
    assert str(POLICY.max_attempts) in article.provenance["topics"].from_


def test_a_text_that_always_kills_the_tagging_process_costs_the_others_of_its_message_no_tags(desk: Desk) -> None:
    ids, tagger = make_due(desk, "one", "deadly", "three"), WatchedTagger(bad="deadly", error=SystemExit())
    deps = replace(desk.deps, tagger=tagger)

    for _ in range(2 * (POLICY.max_attempts + 1)):
        with suppress(SystemExit):  # like a death: no lease is released
            tag(ids, deps=deps)
        desk.clock.advance(seconds=POLICY.lease.total_seconds())

    one, deadly, three = desk.store.articles.get_many([ArticleId(each) for each in ids])
    assert tagger.batches.count(["a2"]) == POLICY.max_attempts - 1
    assert deadly.provenance["topics"].from_ == f"none: tagging failed {POLICY.max_attempts} times"
    assert {one.provenance["topics"].from_, three.provenance["topics"].from_} == {"plain tagger"}
    assert desk.store.ledger.waiting(Work.TAG) == 0


class DyingPlacing(Placing):
    """The process dies after the labels were written, and before the tagging ends."""

    def place(self, articles: Sequence[Article]) -> frozenset[ArticleId]:
        raise SystemExit(len(articles))


def test_labels_that_were_written_by_attempts_that_did_not_end_remain(desk: Desk) -> None:
    ids, placing = make_due(desk, "one"), desk.deps.placing
    dying = DyingPlacing(store=placing.store, placements=placing.placements, clock=placing.clock)
    deps = replace(desk.deps, tagger=WatchedTagger())

    for _ in range(POLICY.max_attempts):
        with suppress(SystemExit):
            tag(ids, deps=replace(deps, placing=dying))
        desk.clock.advance(seconds=POLICY.lease.total_seconds())
    tag(ids, deps=deps)

    article = desk.store.articles.get(ArticleId("a1"))
    assert article
    assert article.provenance["topics"].from_ == "plain tagger"
    assert desk.store.ledger.waiting(Work.TAG) == 0


def test_while_an_article_is_tried_again_the_others_of_its_message_are_free_for_other_workers(desk: Desk) -> None:
    ids = make_due(desk, "one", "two")
    for each in ids:
        desk.store.ledger.begin_tagging([ArticleId(each)], owner="a dead worker", lease=timedelta(0))
    taken = list[Lease]()

    def take_other() -> None:
        taken.extend(desk.store.ledger.begin_tagging([ArticleId("a2")], owner="another", lease=POLICY.lease).values())

    tag(ids, deps=replace(desk.deps, tagger=WatchedTagger(meanwhile=take_other)))

    assert taken == [Lease(attempt=2)]
    assert tagged(desk, ids) == [True, False]


def test_a_version_that_came_meanwhile_is_tagged_in_place_of_the_stale_one(desk: Desk) -> None:
    ids = make_due(desk, "one")

    def new_version() -> None:
        newer = an_article("a1", title="newer", published_at=START + timedelta(days=1))
        desk.store.articles.add_version(newer, owner=delivery_id(8))
        settle(desk, 8, "a1")

    tag(ids, deps=replace(desk.deps, tagger=WatchedTagger(meanwhile=new_version)))
    stale = tagged(desk, ids)
    due = desk.store.ledger.waiting(Work.TAG)
    tag(ids, deps=desk.deps)

    assert (stale, due) == ([False], 1)
    assert tagged(desk, ids) == [True]
    assert desk.store.ledger.waiting(Work.TAG) == 0


def test_a_stale_tagging_does_not_end_the_tagging_of_a_newer_version(desk: Desk) -> None:
    """The version is there, its delivery has not ended yet: until it does, the tagging stays due."""
    ids = make_due(desk, "one")
    newer = an_article("a1", title="newer", published_at=START + timedelta(days=1))

    def add_version() -> None:
        desk.store.articles.add_version(newer, owner=delivery_id(8))

    tag(ids, deps=replace(desk.deps, tagger=WatchedTagger(meanwhile=add_version)))

    assert tagged(desk, ids) == [False]
    assert desk.store.ledger.waiting(Work.TAG) == 1


def test_a_server_that_is_away_leaves_the_tagging_due(desk: Desk) -> None:
    ids, tagger = make_due(desk, "bad"), WatchedTagger(bad="bad", error=TransientError("the server is away"))

    with pytest.raises(TransientError):
        tag(ids, deps=replace(desk.deps, tagger=tagger))

    desk.clock.advance(seconds=POLICY.lease.total_seconds())
    assert desk.store.ledger.overdue(Work.TAG, by=timedelta(0)) == 1


def test_outages_of_the_server_do_not_use_up_the_attempts_at_a_tagging(desk: Desk) -> None:
    ids, away = make_due(desk, "bad"), WatchedTagger(bad="bad", error=TransientError("the server is away"))

    for _ in range(POLICY.max_attempts + 2):
        with pytest.raises(TransientError):
            tag(ids, deps=replace(desk.deps, tagger=away))
    tag(ids, deps=desk.deps)

    assert tagged(desk, ids) == [True]
    article = desk.store.articles.get(ArticleId("a1"))
    assert article
    assert "failed" not in article.provenance["topics"].from_
