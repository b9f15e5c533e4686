"""Re-tagging: only outdated articles are tagged, it can be resumed, and it reports the changes."""

from __future__ import annotations

import json
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
from copytaster.retagging.retag import BATCH_SIZE, CurrentVersions, Retag
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.retaggings import Retaggings
from copytaster.store.store import Store
from copytaster.tagging.rule_tagger import RuleTagger
from copytaster.tagging.rules.active_rules import ActiveRules
from copytaster.tagging.tagger import PlainTagger
from tests.factories import FROM_TEST, START, Desk, a_desk, an_article

RULES = "rules:\n  - {id: harbour, when: {term: harbour}, then: {tags: port}}\n"
EVERYTHING = ArticleQuery()
LATER = timedelta(minutes=10)


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
    """Stands in for the pause between two checks: tags what is due. Without a desk no worker is running."""

    def __init__(self, desk: Desk | None, clock: ManualClock, *, stop_after: int | None = None) -> None:
        self.desk = desk
        self.clock = clock
        self.stop_after = stop_after

    def __call__(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)
        if self.desk is None:
            return
        due = self.desk.store.ledger.take_overdue(
            Work.RETAG,
            overdue_by=-LATER,
            postpone_by=LATER,
            limit=BATCH_SIZE if self.stop_after is None else self.stop_after,
        )
        tag(due, deps=self.desk.deps)
        if self.stop_after is not None:
            raise KeyboardInterrupt


def retag(store: Store, file: Path, clock: ManualClock, pause: Callable[[float], object], **versions: str) -> Retag:
    rules = ActiveRules(file, {}, seconds=lambda: 0.0).current().version
    return Retag(
        store=store,
        publisher=RecordingPublisher(),
        clock=clock,
        versions=CurrentVersions(**{"labels": "v1", "rules": rules} | versions),
        pause=pause,
        report=lambda _: None,
    )


def run(store: Store, file: Path, clock: ManualClock, query: ArticleQuery = EVERYTHING, **options: bool) -> Retagged:
    worker = Worker(a_desk(store, clock, tagger=tagger(file)), clock)
    return retag(store, file, clock, worker).run(query, **options)


def test_articles_without_recorded_versions_are_tagged_once(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, BATCH_SIZE + 20)

    first, second = run(store, file, clock), run(store, file, clock)

    assert (first.looked_at, first.retagged, first.unchanged, first.outdated) == (120, 120, 0, 0)
    assert first.changes["tags"].added == first.changed == 120
    assert (second.looked_at, second.retagged, second.unchanged) == (120, 0, 120)
    assert store.ledger.waiting(Work.RETAG) == 0


@pytest.mark.parametrize("text", ['{"labels": "v1"}', "{", '["a list"]'])
def test_progress_that_another_release_has_stored_in_another_form_is_no_progress(
    store: Store, file: Path, clock: ManualClock, text: str
) -> None:
    fill(store, 2)
    store.retaggings.write(next(iter(interrupted(store, file, clock))), text)

    done = run(store, file, clock)

    assert (done.looked_at, done.went_on) == (2, False)


def test_progress_of_a_newer_release_that_knows_more_is_continued(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, BATCH_SIZE + 20)
    ((name, stored),) = interrupted(store, file, clock).items()
    store.retaggings.write(name, json.dumps(json.loads(stored) | {"novelty": 1}))

    assert run(store, file, clock).went_on


def interrupted(store: Store, file: Path, clock: ManualClock) -> dict[str, str]:
    """Interrupt a re-tagging, and return its progress by its name."""
    written = dict[str, str]()
    noting = NotingRetaggings(store.retaggings, written)
    worker = Worker(a_desk(store, clock, tagger=tagger(file)), clock, stop_after=1)
    with pytest.raises(KeyboardInterrupt):
        retag(replace(store, retaggings=noting), file, clock, worker).run(EVERYTHING)
    return written


class NotingRetaggings:
    """Notes what is written."""

    def __init__(self, retaggings: Retaggings, written: dict[str, str]) -> None:
        self._retaggings = retaggings
        self._written = written
        self.read, self.remove = retaggings.read, retaggings.remove

    def write(self, name: str, checkpoint: str) -> None:
        """Store a checkpoint, and note it."""
        self._retaggings.write(name, checkpoint)
        self._written[name] = checkpoint


def test_changed_rules_tag_again_and_the_report_lists_added_and_removed_labels(
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


def test_current_articles_are_tagged_again_only_on_demand_from_their_declared_language(
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


def test_only_articles_of_the_query_are_tagged(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, 2, source="Kestrel")
    store.articles.create(an_article("b1", source="Quay"), owner=DeliveryId("d9"))

    done = run(store, file, clock, ArticleQuery(source="quay"))

    assert (done.looked_at, done.retagged) == (1, 1)
    assert [each.id for each in store.articles.find(EVERYTHING).articles if each.tagged] == ["b1"]


def test_a_plan_counts_outdated_articles_by_reason_and_changes_nothing(
    store: Store, file: Path, clock: ManualClock
) -> None:
    fill(store, 2)
    run(store, file, clock)
    store.articles.create(an_article("b1"), owner=DeliveryId("d9"))

    same = retag(store, file, clock, Worker(None, clock)).plan(EVERYTHING)
    rules = retag(store, file, clock, Worker(None, clock), rules="other").plan(EVERYTHING)
    labels = retag(store, file, clock, Worker(None, clock), labels="v2").plan(EVERYTHING)

    assert (same.looked_at, same.unchanged, same.unrecorded, same.rules, same.labels) == (3, 2, 1, 0, 0)
    assert (rules.unchanged, rules.rules, labels.unchanged, labels.labels) == (0, 2, 0, 2)
    assert store.ledger.waiting(Work.RETAG) == 0


def test_an_interrupted_re_tagging_resumes_and_counts_nothing_twice(
    store: Store, file: Path, clock: ManualClock
) -> None:
    fill(store, BATCH_SIZE + 20)
    desk = a_desk(store, clock, tagger=tagger(file))
    with pytest.raises(KeyboardInterrupt):
        retag(store, file, clock, Worker(desk, clock, stop_after=30)).run(EVERYTHING)
    # The workers tag what was sent, although the command has ended.
    tag([f"a{number:03}" for number in range(20, BATCH_SIZE + 20)], deps=desk.deps)

    done = run(store, file, clock)
    again = run(store, file, clock)

    assert done.went_on
    assert (done.looked_at, done.retagged, done.unchanged) == (120, 120, 0)
    assert done.changes["tags"].added == 120
    assert (again.went_on, again.unchanged) == (False, 120)


def test_progress_from_before_a_change_of_rules_is_not_resumed(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, BATCH_SIZE + 20)
    desk = a_desk(store, clock, tagger=tagger(file))
    with pytest.raises(KeyboardInterrupt):
        retag(store, file, clock, Worker(desk, clock, stop_after=30)).run(EVERYTHING)
    file.write_text(RULES.replace("port", "quay"))

    done = run(store, file, clock)

    assert (done.went_on, done.looked_at, done.retagged) == (False, 120, 120)


def test_without_workers_it_ends_with_an_error(store: Store, file: Path, clock: ManualClock) -> None:
    fill(store, 1)

    with pytest.raises(
        TransientError, match=r"keep them busy, or the queue `retag` is paused.*run the same command again"
    ):
        retag(store, file, clock, Worker(None, clock)).run(EVERYTHING)


def test_articles_tagged_by_workers_with_other_models_are_counted_as_outdated(
    store: Store, file: Path, clock: ManualClock
) -> None:
    fill(store, 2)
    worker = Worker(a_desk(store, clock, tagger=tagger(file, "v0")), clock)

    done = retag(store, file, clock, worker).run(EVERYTHING)

    assert (done.retagged, done.outdated) == (0, 2)


def test_removed_labels_are_counted(store: Store, file: Path, clock: ManualClock) -> None:
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


def test_the_newest_articles_are_sent_first(store: Store, file: Path, clock: ManualClock) -> None:
    for day in range(3):
        store.articles.create(
            an_article(f"a{day}", received_at=START + timedelta(days=day)), owner=DeliveryId(f"d{day}")
        )
    publisher = RecordingPublisher()
    desk = a_desk(store, clock, tagger=tagger(file))
    retagging = retag(store, file, clock, Worker(desk, clock))

    replace(retagging, publisher=publisher).run(EVERYTHING)

    assert publisher.published == [(Work.RETAG, "a2"), (Work.RETAG, "a1"), (Work.RETAG, "a0")]
