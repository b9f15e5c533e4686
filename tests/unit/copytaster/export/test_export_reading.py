"""What an export contains, in which order, and how it goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.export.exported import DeletedArticle, ExportedArticle, ExportedDocument
from copytaster.export.positions import WrongExportCursorError
from copytaster.export.reading import PAGE, EventsMissingError, Exports
from copytaster.model.article import Article, ArticleId, ArticleStatus, Relation, RelationKind, Topic
from copytaster.model.delivery import Delivery, Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.events import SCHEMA_VERSION, Event, EventKind
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.events import EventPage
from tests.factories import a_delivery, an_article, an_article_deletion

EVERYTHING = ArticleQuery()
SECRET = "Zanzibar"


class System:
    """A store that articles arrive in."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = memory_store(self.clock)
        self.exports = Exports(self.store, self.clock)
        self._deliveries = 0

    def arrive(self, article_id: str, **fields: Any) -> Article:
        """Store an article, or a version of it, with its delivery and the event of its end."""
        self.clock.advance(seconds=1)
        self._deliveries += 1
        delivery = a_delivery(self._deliveries, received_at=self.clock.now())
        self.store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
        article = an_article(article_id, **{"received_at": self.clock.now(), "source": "wire"} | fields)
        known = self.store.articles.get(article.id)
        if known:
            self.store.articles.add_version(article, owner=delivery.id)
        else:
            self.store.articles.create(article, owner=delivery.id)
        self._settle(delivery, article, Disposition.NEW_VERSION if known else Disposition.STORED)
        return article

    def delete(self, article_id: str) -> None:
        """Delete an article."""
        self.clock.advance(seconds=1)
        an_article_deletion(self.store, self.clock).delete(ArticleId(article_id), by="anna", reason=None)

    def _settle(self, delivery: Delivery, article: Article, disposition: Disposition) -> None:
        self.store.ledger.settle(delivery.id, Outcome(disposition=disposition, article_ids=(article.id,)), by="worker")

    def export(self, **options: Any) -> list[ExportedDocument]:
        return [each for page in self.exports.begin(EVERYTHING, **options).pages for each in page]


@pytest.fixture
def system() -> System:
    return System()


def ids(documents: list[ExportedDocument]) -> list[str]:
    return [str(each.id) for each in documents]


def test_an_export_has_every_article_newest_first_and_no_copies(system: System) -> None:
    system.arrive("a1")
    system.arrive("a2")
    system.arrive("a3", relation=Relation(kind=RelationKind.NEAR, of=ArticleId("a1"), score=0.9))

    assert ids(system.export()) == ["a2", "a1"]


@pytest.mark.parametrize("status", [ArticleStatus.WITHHELD, ArticleStatus.CANCELED])
def test_what_may_not_be_used_leaves_as_a_notice_without_any_words_of_it(system: System, status: ArticleStatus) -> None:
    words = dict.fromkeys(("title", "text", "summary", "byline", "dateline", "slugline", "note", "guid", "url"), SECRET)
    topics = (Topic(code="1", name=SECRET, score=1, why=SECRET),)
    system.arrive("a1", status=status, topics=topics, source_keywords=(SECRET,), identity=SECRET, **words)

    (notice,) = system.export()

    assert SECRET not in notice.model_dump_json()
    assert (notice.id, notice.status) == ("a1", status)


def test_an_embargoed_article_leaves_with_its_text_after_the_embargo(system: System) -> None:
    end = system.clock.now() + timedelta(hours=1)
    system.arrive("a1", status=ArticleStatus.WITHHELD, embargoed_until=end)
    assert [each.text for each in system.export() if isinstance(each, ExportedArticle)] == [None]

    system.clock.advance(seconds=3600)

    assert [each.text for each in system.export() if isinstance(each, ExportedArticle)] != [None]


def test_an_export_is_read_one_page_at_a_time(system: System) -> None:
    for number in range(PAGE + 1):
        system.arrive(f"a{number:03}")
    pages = system.exports.begin(EVERYTHING).pages

    first = next(pages)
    system.delete("a000")  # it is on the second page, which is not read yet

    assert len(first) == PAGE
    assert [each for page in pages for each in page] == []


def test_a_broken_export_goes_on_after_any_document_of_it(system: System) -> None:
    for number in range(7):
        system.arrive(f"a{number}")
    complete = system.export()

    for number, document in enumerate(complete):
        assert system.export(cursor=document.cursor) == complete[number + 1 :]


def test_the_next_export_has_what_changed_since_the_beginning_of_the_last_one(system: System) -> None:
    system.arrive("a1")
    system.arrive("a2")
    export = system.exports.begin(EVERYTHING)
    system.arrive("a3")
    assert len(list(export.pages)) == 1
    system.arrive("a1", title="Corrected")

    changes = system.export(after=export.next_after)

    assert ids(changes) == ["a3", "a1"]
    assert isinstance(changes[1], ExportedArticle)
    assert changes[1].title == "Corrected"


def test_without_changes_the_next_export_is_empty_and_its_end_the_same(system: System) -> None:
    system.arrive("a1")
    export = system.exports.begin(EVERYTHING)

    again = system.exports.begin(EVERYTHING, after=export.next_after)

    assert (again.next_after, list(again.pages)) == (export.next_after, [])


def test_an_article_that_changed_often_comes_once_for_each_page_of_events(system: System) -> None:
    start = system.store.events.end()
    for number in range(5):
        system.arrive("a1", title=f"Version {number}")

    assert ids(system.export(after=start)) == ["a1"]


def test_a_deleted_article_is_a_notice_among_the_changes(system: System) -> None:
    system.arrive("a1", text=SECRET)
    start = system.store.events.end()
    system.delete("a1")

    (notice,) = system.export(after=start)

    assert isinstance(notice, DeletedArticle)
    assert (notice.id, notice.status) == ("a1", "deleted")


def test_a_kill_reaches_a_receiver_that_chose_the_article_by_a_topic_that_it_has_lost(system: System) -> None:
    topic = Topic(code="04000000", name="economy", score=1, why="bank")
    system.arrive("a1", topics=(topic,))
    query = replace(EVERYTHING, topic="economy")
    export = system.exports.begin(query)
    assert [ids(page) for page in export.pages] == [["a1"]]
    system.arrive("a1", status=ArticleStatus.CANCELED, topics=None)
    system.arrive("a2", topics=None)

    pages = list(system.exports.begin(query, after=export.next_after).pages)

    assert [[(each.id, each.status) for each in page] for page in pages] == [[("a1", "canceled")]]


def test_a_broken_export_of_changes_goes_on_without_losing_one(system: System) -> None:
    start = system.store.events.end()
    for number in range(5):
        system.arrive(f"a{number}")
    complete = system.export(after=start)

    for number, document in enumerate(complete):
        assert system.export(cursor=document.cursor) == complete[number + 1 :]


def test_an_entry_of_several_articles_is_repeated_unless_its_last_one_was_received() -> None:
    system = System()
    for number in range(3):
        system.arrive(f"a{number}")
    articles = tuple(ArticleId(f"a{number}") for number in range(3))
    event = Event(
        id="5-0",
        schema_version=SCHEMA_VERSION,
        kind=EventKind.ARTICLE_TAGGED,
        at=system.clock.now(),
        article_ids=articles,
    )
    store = replace(system.store, events=OneEvent(event))
    exports = Exports(store, system.clock)
    complete = [each for page in exports.begin(EVERYTHING, after="4-0").pages for each in page]

    resumed = [exports.begin(EVERYTHING, cursor=each.cursor).pages for each in complete]

    assert [[ids(page) for page in pages] for pages in resumed] == [[["a0", "a1", "a2"]]] * 2 + [[]]


def test_missing_events_are_an_error_before_anything_is_sent(system: System) -> None:
    system.arrive("a1")

    with pytest.raises(EventsMissingError, match="export all articles"):
        system.exports.begin(EVERYTHING, after="1-0")


def test_articles_that_retention_removed_are_no_change(system: System) -> None:
    start = system.store.events.end()
    event = Event(
        id="9999999999999-0",
        schema_version=SCHEMA_VERSION,
        kind=EventKind.ARTICLE_EXPIRED,
        at=system.clock.now(),
        article_ids=(ArticleId("a1"),),
    )
    exports = Exports(replace(system.store, events=OneEvent(event)), system.clock)

    assert [each for page in exports.begin(EVERYTHING, after=start).pages for each in page] == []


@pytest.mark.parametrize(
    "cursor", ["", "x", "a.1-0", "c.1-0.5-a1", "a.1-0.", "1-0", "a.1-0.9999999999999999-a1", "a.1-0.1-é", "c.٣-0.٣-0"]
)
def test_a_wrong_cursor_or_event_is_named(system: System, cursor: str) -> None:
    with pytest.raises(WrongExportCursorError, match=r"use the field `cursor`|is not the id of an event"):
        system.exports.begin(EVERYTHING, **({"cursor": cursor} if cursor else {"after": "yesterday"}))


class OneEvent:
    """A stream with one event."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def end(self) -> str:
        """Return the event's id."""
        return self._event.id

    def follow(self, position: str, *, limit: int) -> EventPage:
        """Return the event unless it was read."""
        del limit
        events = () if position == self._event.id else (self._event,)
        return EventPage(events, self._event.id)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"an export does not use {name}")
