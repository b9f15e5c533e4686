"""A server with older data than the archive: what people have decided about articles since is done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.acceptance import Acceptance
from copytaster.articles.embargoes import release_due
from copytaster.articles.releases import ReleaseRequest, Releases
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import NewerRecordError
from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.work import Work
from copytaster.pipeline.tag import tag
from copytaster.recovery.redecide import redecide_articles
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from tests.factories import START, a_desk, an_article_deletion, an_item, prose

if TYPE_CHECKING:
    from tests.conftest import MakeStore

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Newsroom:
    """A store with a story, its copy, and an article that is withheld; as it was, and as people have changed it."""

    clock: ManualClock
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)

    def fill(self, store: Store) -> list[ArticleId]:
        """Process the same files at the same times as for any other store, and return the articles."""
        clock = ManualClock()
        desk = a_desk(store, clock)
        ids = list[ArticleId]()
        for number, fields in enumerate(({}, {}, {"status": "withheld"})):
            words = prose(7 if number == 2 else 1)
            delivery = desk.deliver_items(an_item(words, guid=f"urn:example:{number}") | fields)
            desk.ingest(delivery)
            ids += desk.settled(delivery).article_ids
            tag(ids[-1:], deps=desk.deps)
            clock.advance(seconds=1)
        return ids

    def acceptance(self, store: Store) -> Acceptance:
        return Acceptance(store=store, decisions=self.decisions, placements=MemoryPlacements(), clock=self.clock)

    def accept(self, article_id: ArticleId, store: Store) -> None:
        self.acceptance(store).accept(article_id, by="Anna")

    def undo_acceptance(self, article_id: ArticleId, store: Store) -> None:
        self.acceptance(store).undo(article_id, by="Anna")

    def release(self, article_id: ArticleId, store: Store) -> None:
        self._decide(article_id, store, ReleaseRequest(by="Anna"))

    def release_later(self, article_id: ArticleId, store: Store) -> None:
        self._decide(article_id, store, ReleaseRequest(by="Anna", at=self.clock.now() + HOUR))

    def withhold_again(self, article_id: ArticleId, store: Store) -> None:
        self._decide(article_id, store, ReleaseRequest(by="Anna", undo=True))

    def delete(self, article_id: ArticleId, store: Store) -> None:
        an_article_deletion(store, self.clock, decisions=self.decisions).delete(article_id, by="Anna", reason=None)

    def _decide(self, article_id: ArticleId, store: Store, request: ReleaseRequest) -> None:
        releases = Releases(store=store, decisions=self.decisions, clock=self.clock, by="test")
        releases.decide(article_id, request)


Decide = Callable[[Newsroom, ArticleId, Store], None]

STORY, COPY, WITHHELD = range(3)


def state(store: Store, clock: ManualClock, ids: list[ArticleId]) -> dict[str, object]:
    """Return what people see of the articles, and what is due."""
    found = {each: store.articles.get(each) for each in ids}
    stories = store.stories.records(list(store.stories.ids(ids).values()))
    return {
        "articles": [each and (each.at(clock.now()).status, each.relation, each.release) for each in found.values()],
        "duplicates": [each and each.duplicates for each in found.values()],
        "tombstones": store.articles.deletions(ids),
        "listed": [each.id for each in store.articles.find(ArticleQuery()).articles],
        "withheld": store.ledger.withheld(limit=9),
        "due for tagging": store.ledger.waiting(Work.TAG),
        "members": sorted((each.id, each.articles, each.copies) for each in stories.values()),
    }


def kinds(store: Store) -> list[str]:
    return [each.kind for each in store.events.read(after=None, limit=1_000)]


@pytest.mark.parametrize(
    ("earlier", "made", "article"),
    [
        ([], [Newsroom.delete], STORY),
        ([], [Newsroom.accept], COPY),
        ([], [Newsroom.accept, Newsroom.delete], COPY),
        ([Newsroom.accept], [Newsroom.undo_acceptance], COPY),
        ([], [Newsroom.release], WITHHELD),
        ([], [Newsroom.release_later], WITHHELD),
        ([Newsroom.release], [Newsroom.withhold_again], WITHHELD),
        ([], [Newsroom.release, Newsroom.withhold_again, Newsroom.delete], WITHHELD),
    ],
)
def test_a_server_that_is_restored_has_what_people_decided_since_its_backup(
    make_store: MakeStore, earlier: list[Decide], made: list[Decide], article: int
) -> None:
    """The decisions are those of the archive, which survived."""
    clock = ManualClock()
    newsroom, live, restored = Newsroom(clock), memory_store(clock), make_store(clock)
    ids = newsroom.fill(live)
    assert newsroom.fill(restored) == ids
    clock.advance(seconds=60)
    for each in earlier:
        each(newsroom, ids[article], live)
    for each in earlier:
        each(newsroom, ids[article], restored)
    clock.advance(seconds=60)
    moment = clock.now()
    for each in made:
        each(newsroom, ids[article], live)

    clock.advance(seconds=60)
    redecide_articles(newsroom.decisions.all(), newsroom.acceptance(restored), since=moment)

    assert state(restored, clock, ids) == state(live, clock, ids)
    assert kinds(restored)[-1] == kinds(live)[-1]
    published = kinds(restored)
    redecide_articles(newsroom.decisions.all(), newsroom.acceptance(restored), since=None)
    assert kinds(restored) == published
    clock.advance(seconds=HOUR.total_seconds())
    assert release_due(restored, clock=clock, by="test") == release_due(live, clock=clock, by="test")
    assert state(restored, clock, ids) == state(live, clock, ids)


def test_a_decision_about_another_version_or_from_before_the_backup_changes_nothing(clock: ManualClock) -> None:
    newsroom, live, restored = Newsroom(clock), memory_store(clock), memory_store(clock)
    ids = newsroom.fill(live)
    newsroom.fill(restored)
    newsroom.release(ids[WITHHELD], live)
    (decision,) = newsroom.decisions.all()
    other = decision.model_copy(update={"origin": "another version"})

    redecide_articles([other], newsroom.acceptance(restored), since=None)
    redecide_articles([decision], newsroom.acceptance(restored), since=START + HOUR)

    article = restored.articles.get(ids[WITHHELD])
    assert article
    assert article.at(clock.now()).status is ArticleStatus.WITHHELD
    assert restored.ledger.withheld(limit=9) == [ids[WITHHELD]]


def test_an_article_that_cannot_be_read_keeps_no_other_decision_from_being_made_again(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom, live, restored = Newsroom(clock), memory_store(clock), memory_store(clock)
    ids = newsroom.fill(live)
    newsroom.fill(restored)
    newsroom.accept(ids[COPY], live)
    newsroom.delete(ids[STORY], live)
    read = restored.articles.get

    def refuse_the_copy(article_id: ArticleId) -> object:
        if article_id == ids[COPY]:
            raise NewerRecordError("a newer release wrote it")
        return read(article_id)

    monkeypatch.setattr(restored.articles, "get", refuse_the_copy)
    redecide_articles(newsroom.decisions.all(), newsroom.acceptance(restored), since=None)

    assert read(ids[STORY]) is None
