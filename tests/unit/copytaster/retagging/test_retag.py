"""Re-tagging: only what has changed, resumable, with a report of what came and went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId, TaggedBy, Tagging, Topic
from copytaster.model.delivery import DeliveryId
from copytaster.model.work import RecordingPublisher, Work
from copytaster.pipeline.tag import tag
from copytaster.retagging.report import Retagged
from copytaster.retagging.retag import AT_ONCE, CurrentVersions, Retag
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster.tagging.rule_tagger import RuleTagger
from copytaster.tagging.rules.active_rules import ActiveRules
from copytaster.tagging.tagger import PlainTagger
from tests.factories import FROM_TEST, START, Desk, a_desk, an_article

RULES = "rules:\n  - {id: harbour, when: {term: harbour}, then: {tags: port}}\n"
EVERYTHING = ArticleQuery()
AGES = timedelta(minutes=10)


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yml"
    file.write_text(RULES)
    return file


def tagger(file: Path, version: str = "v1") -> RuleTagger:
    return RuleTagger(PlainTagger(), ActiveRules(file, {}, seconds=lambda: 0.0), version)


def fill(store: Store, count: int, **fields: str) -> None:
    for number in range(count):
        store.articles.create(an_article(f"a{number:03}", **fields), owner=DeliveryId(f"d{number}"))


class Worker:
    """Tags whatever is due, once somebody waits for it; without a desk nobody is at work."""

    def __init__(self, desk: Desk | None, clock: ManualClock, *, stop_after: int | None = None) -> None:
        self.desk = desk
        self.clock = clock
        self.left = stop_after

    def __call__(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)
        if self.desk is None:
            return
        due = self.desk.store.ledger.take_overdue(
            Work.RETAG, overdue_by=-AGES, postpone_by=AGES, limit=AT_ONCE if self.left is None else self.left
        )
        tag(due, deps=self.desk.deps)
        if self.left is not None:
            raise KeyboardInterrupt


def retag(store: Store, file: Path, clock: ManualClock, pause: Callable[[float], object], **changed: str) -> Retag:
    rules = ActiveRules(file, {}, seconds=lambda: 0.0).current().version
    return Retag(
        store=store,
        publisher=RecordingPublisher(),
        clock=clock,
        today=CurrentVersions(**{"labels": "v1", "rules": rules} | changed),
        pause=pause,
        report=lambda _: None,
    )


def run(store: Store, file: Path, clock: ManualClock, query: ArticleQuery = EVERYTHING, **how: bool) -> Retagged:
    worker = Worker(a_desk(store, clock, tagger=tagger(file)), clock)
    return retag(store, file, clock, worker).run(query, **how)


def test_all_that_never_said_how_it_was_tagged_is_tagged_and_then_nothing_more(
    store: Store, file: Path, clock: ManualClock
) -> None:
    fill(store, AT_ONCE + 20)

    first, second = run(store, file, clock), run(store, file, clock)

    assert (first.looked_at, first.retagged, first.unchanged, first.outdated) == (120, 120, 0, 0)
    assert first.changes["tags"].added == first.changed == 120
    assert (second.looked_at, second.retagged, second.unchanged) == (120, 0, 120)
    assert store.ledger.waiting(Work.RETAG) == 0


def test_other_rules_tag_again_and_the_report_says_what_came_and_went(
    store: Store, file: Path, clock: ManualClock
) -> None:
    fill(store, 3)
    run(store, file, clock)
    file.write_text(RULES.replace("port", "quay"))

    done = run(store, file, clock)

    assert (done.retagged, done.changed) == (3, 3)
    assert (done.changes["tags"].added, done.changes["tags"].removed) == (3, 3)
    assert (done.changes["topics"].added, done.changes["topics"].removed) == (0, 0)
    assert [(each.added, each.removed) for each in done.examples] == [(("tags: quay",), ("tags: port",))] * 3


def test_what_has_not_changed_is_tagged_again_only_on_demand_and_as_the_source_declared_it(
    store: Store, file: Path, clock: ManualClock
) -> None:
    fill(store, 2, language="de")
    run(store, file, clock)

    done = run(store, file, clock, everything=True)

    assert (done.retagged, done.unchanged, done.changed) == (2, 0, 0)
    article = store.articles.get(ArticleId("a000"))
    assert article
    assert article.tagged_by
    assert (article.language, article.tagged_by.declared_language) == ("und", "de")


def test_a_query_leaves_the_others_alone(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, 2, source="Kestrel")
    store.articles.create(an_article("b1", source="Quay"), owner=DeliveryId("d9"))

    done = run(store, file, clock, ArticleQuery(source="quay"))

    assert (done.looked_at, done.retagged) == (1, 1)
    assert [each.id for each in store.articles.find(EVERYTHING).articles if each.tagged] == ["b1"]


def test_a_plan_counts_what_has_changed_and_why_and_changes_nothing(
    store: Store, file: Path, clock: ManualClock
) -> None:
    fill(store, 2)
    run(store, file, clock)
    store.articles.create(an_article("b1"), owner=DeliveryId("d9"))

    same = retag(store, file, clock, Worker(None, clock)).plan(EVERYTHING)
    rules = retag(store, file, clock, Worker(None, clock), rules="other").plan(EVERYTHING)
    labels = retag(store, file, clock, Worker(None, clock), labels="v2").plan(EVERYTHING)

    assert (same.looked_at, same.unchanged, same.untold, same.rules, same.labels) == (3, 2, 1, 0, 0)
    assert (rules.unchanged, rules.rules, labels.unchanged, labels.labels) == (0, 2, 0, 2)
    assert store.ledger.waiting(Work.RETAG) == 0


def test_one_that_was_cut_short_goes_on_and_counts_nothing_twice(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, AT_ONCE + 20)
    desk = a_desk(store, clock, tagger=tagger(file))
    with pytest.raises(KeyboardInterrupt):
        retag(store, file, clock, Worker(desk, clock, stop_after=30)).run(EVERYTHING)
    # The workers go on with what was sent, though nobody waits for it.
    tag([f"a{number:03}" for number in range(20, AT_ONCE + 20)], deps=desk.deps)

    done = run(store, file, clock)
    again = run(store, file, clock)

    assert done.went_on
    assert (done.looked_at, done.retagged, done.unchanged) == (120, 120, 0)
    assert done.changes["tags"].added == 120
    assert (again.went_on, again.unchanged) == (False, 120)


def test_a_note_from_before_the_rules_changed_is_not_gone_on_from(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, AT_ONCE + 20)
    desk = a_desk(store, clock, tagger=tagger(file))
    with pytest.raises(KeyboardInterrupt):
        retag(store, file, clock, Worker(desk, clock, stop_after=30)).run(EVERYTHING)
    file.write_text(RULES.replace("port", "quay"))

    done = run(store, file, clock)

    assert (done.went_on, done.looked_at, done.retagged) == (False, 120, 120)


def test_without_workers_it_ends_and_says_so(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, 1)

    with pytest.raises(TransientError, match="begin again"):
        retag(store, file, clock, Worker(None, clock)).run(EVERYTHING)


def test_workers_with_other_models_are_given_away_by_what_they_tag(
    store: Store, file: Path, clock: ManualClock
) -> None:
    fill(store, 2)
    worker = Worker(a_desk(store, clock, tagger=tagger(file, "v0")), clock)

    done = retag(store, file, clock, worker).run(EVERYTHING)

    assert (done.retagged, done.outdated) == (0, 2)


def test_labels_that_went_are_counted_too(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, 1)
    topic = Topic(code="medtop:11000000", name="politics", score=1, why="vote")
    by = TaggedBy(labels="older", rules="older")
    older = Tagging(
        language="und", topics=(topic,), entities=(), keywords=(), tagged_by=by, provenance={"t": FROM_TEST}
    )
    store.articles.annotate(ArticleId("a000"), 1, older)

    done = run(store, file, clock)

    assert (done.changes["topics"].added, done.changes["topics"].removed) == (0, 1)
    assert done.examples[0].removed == ("topics: politics",)


def test_the_newest_come_first(store: Store, file: Path, clock: ManualClock) -> None:
    for day in range(3):
        store.articles.create(
            an_article(f"a{day}", received_at=START + timedelta(days=day)), owner=DeliveryId(f"d{day}")
        )
    publisher = RecordingPublisher()
    desk = a_desk(store, clock, tagger=tagger(file))
    made = retag(store, file, clock, Worker(desk, clock))

    replace(made, publisher=publisher).run(EVERYTHING)

    assert publisher.published == [(Work.RETAG, "a2"), (Work.RETAG, "a1"), (Work.RETAG, "a0")]
