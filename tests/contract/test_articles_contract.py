from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from copytaster.model.article import (
    Article,
    ArticleId,
    Duplicate,
    Entity,
    EntityType,
    Keyword,
    Relation,
    RelationKind,
    Span,
    Tagging,
)
from copytaster.model.article import Topic as TopicFound
from copytaster.model.deletion import Deletion
from copytaster.model.delivery import new_delivery_id
from copytaster.model.release import Release
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.articles import (
    Annotation,
    ArticleQuery,
    Created,
    DeletedArticleError,
    DuplicatePage,
    Existing,
    VersionPage,
)
from copytaster.store.store import Store
from tests.factories import FROM_TEST, START, an_article, delivery_id

FIRST = ArticleId("a1")
D1, D2, D3 = delivery_id(1), delivery_id(2), delivery_id(3)
EARLY, MIDDLE, LATE = START.replace(hour=1), START.replace(hour=2), START.replace(hour=3)

RELEASE = Release(at=LATE, by="Anna", reason="it was lifted", decided_at=MIDDLE)
UNDONE = Release(by="Ben", decided_at=LATE)

TAGGING = Tagging(
    language="en",
    topics=(TopicFound(code="20000763", name="sea transport", score=0.8, why="harbour"),),
    entities=(Entity(name="Port Hadley", type=EntityType.PLACE, count=1, spans=(Span(start=4, end=11),)),),
    keywords=(Keyword(term="harbour", score=1.5),),
    provenance={"language": FROM_TEST, "topics": FROM_TEST},
)


def a_duplicate(number: int, **fields: object) -> Duplicate:
    given = {
        "delivery_id": delivery_id(number),
        "kind": RelationKind.NEAR,
        "score": 0.75,
        "name": "copy.txt",
        "source": "wire",
        "article_id": ArticleId("a9"),
        "received_at": START,
    }
    return Duplicate.model_validate(given | fields)


def a_full_article() -> Article:
    return an_article(
        summary="In short.",
        byline="By Ada Lind",
        authors=("Ada Lind", "Bo Ek"),
        dateline="PORT HADLEY",
        source="wire",
        url="https://example.org/harbour",
        language="en",
        published_at=EARLY,
        published_local=EARLY.astimezone(timezone(timedelta(hours=9))),
        publisher="The Harbour Post",
        modified_at=MIDDLE,
        captured_at=LATE,
        guid="urn:x:1",
        text="Zwölf Boxkämpfer\n\n\U0001f6a2 \u2028 end",
    )


def test_a_created_article_is_read_back_completely(store: Store) -> None:
    article = a_full_article()

    created = store.articles.create(article, owner=D1)

    assert created == Created(article)
    assert store.articles.get(FIRST) == article
    assert store.articles.versions(FIRST) == [article]
    assert store.articles.count() == 1


def test_an_article_that_was_never_stored_is_unknown(store: Store) -> None:
    assert store.articles.get(FIRST) is None
    assert store.articles.get_many([FIRST]) == []
    assert store.articles.versions(FIRST) == []
    assert not store.articles.annotate(FIRST, 1, TAGGING)
    assert store.articles.count() == 0


def test_creating_twice_for_one_delivery_creates_once(store: Store) -> None:
    store.articles.create(an_article(), owner=D1)

    again = store.articles.create(an_article(title="Another title"), owner=D1)

    assert again == Created(an_article())
    assert len(store.articles.versions(FIRST)) == 1


def test_another_delivery_gets_the_existing_article(store: Store) -> None:
    store.articles.create(an_article(), owner=D1)

    other = store.articles.create(an_article(title="Another title"), owner=D2)

    assert other == Existing(an_article(), own_version=None)
    assert store.articles.get(FIRST) == an_article()


def test_the_creator_gets_its_version_even_if_the_article_has_newer_ones(store: Store) -> None:
    mine = an_article(published_at=EARLY)
    store.articles.create(mine, owner=D1)
    store.articles.add_version(an_article(title="Second", published_at=LATE), owner=D2)

    assert store.articles.create(mine, owner=D1) == Created(mine)


def test_a_further_version_gets_the_next_number_and_is_shown(store: Store) -> None:
    store.articles.create(an_article(published_at=EARLY), owner=D1)

    second = store.articles.add_version(an_article(title="Second", published_at=MIDDLE), owner=D2)

    assert (second.version, second.title) == (2, "Second")
    assert store.articles.get(FIRST) == second
    assert [each.version for each in store.articles.versions(FIRST)] == [1, 2]
    assert store.articles.count() == 1


def test_a_repeated_addition_returns_the_version_that_was_added_before(store: Store) -> None:
    store.articles.create(an_article(published_at=EARLY), owner=D1)
    store.articles.add_version(an_article(title="Second", published_at=MIDDLE), owner=D2)
    store.articles.add_version(an_article(title="Third", published_at=LATE), owner=D3)

    again = store.articles.add_version(an_article(title="Second", published_at=MIDDLE), owner=D2)
    asked = store.articles.create(an_article(title="Second", published_at=MIDDLE), owner=D2)

    assert again.version == 2
    assert len(store.articles.versions(FIRST)) == 3
    assert isinstance(asked, Existing)
    assert (asked.own_version, asked.article.title) == (2, "Third")


def test_an_older_state_is_added_to_the_history_only(store: Store) -> None:
    store.articles.create(an_article(title="Newest", modified_at=LATE), owner=D1)

    older = store.articles.add_version(an_article(title="Older", modified_at=EARLY), owner=D2)

    shown = store.articles.get(FIRST)
    assert older.version == 2
    assert shown
    assert (shown.title, shown.version) == ("Newest", 1)
    assert [each.title for each in store.articles.versions(FIRST)] == ["Newest", "Older"]


def test_versions_arriving_in_any_order_show_the_latest(store: Store) -> None:
    store.articles.create(an_article(title="middle", modified_at=MIDDLE), owner=D1)
    store.articles.add_version(an_article(title="late", modified_at=LATE), owner=D2)
    store.articles.add_version(an_article(title="early", modified_at=EARLY), owner=D3)
    store.articles.add_version(an_article(title="late again", modified_at=LATE), owner=delivery_id(4))

    shown = store.articles.get(FIRST)
    assert shown
    assert shown.title == "late again"


NIGHT = START.replace(hour=23)


@pytest.mark.parametrize("arrival", list(itertools.permutations(["old", "live", "new", "changed"])))
@pytest.mark.parametrize(
    ("times", "changed"),
    [({"modified_at": EARLY}, MIDDLE), ({"published_at": EARLY}, MIDDLE), ({}, NIGHT)],
    ids=["modified", "published", "no time"],
)
def test_versions_of_one_time_are_in_the_order_in_which_they_were_seen(
    store: Store, arrival: tuple[str, ...], times: dict[str, Any], changed: datetime
) -> None:
    versions = {
        "old": an_article(title="old", captured_at=EARLY, received_at=NIGHT, **times),
        "live": an_article(title="live", received_at=MIDDLE, **times),
        "new": an_article(title="new", captured_at=LATE, received_at=NIGHT, **times),
        "changed": an_article(title="changed", captured_at=EARLY, received_at=NIGHT, modified_at=changed),
    }

    for name in arrival:
        owner = new_delivery_id(versions[name].received_at)
        if isinstance(store.articles.create(versions[name], owner=owner), Existing):
            store.articles.add_version(versions[name], owner=owner)

    shown = store.articles.get(FIRST)
    listed = [each.title for each in store.articles.version_page(FIRST, limit=5).versions]
    assert shown
    assert (shown.title, listed) == ("changed", ["old", "live", "new", "changed"])


def test_a_kill_of_one_time_with_the_article_holds_if_it_was_received_later(store: Store) -> None:
    versions = [
        an_article(modified_at=EARLY, received_at=LATE, **KILL),
        an_article(title="story", modified_at=EARLY, received_at=MIDDLE),
    ]

    for version in versions:
        store.articles.add_version(version, owner=new_delivery_id(version.received_at))

    shown = store.articles.get(FIRST)
    assert shown
    assert shown.title == "kill"


KILL = {"title": "kill", "status": "canceled"}


@pytest.mark.parametrize(
    ("story", "kill"),
    [
        ({"guid_version": 7, "published_at": EARLY}, {"received_at": LATE}),
        ({"guid_version": 7, "published_at": EARLY}, {"modified_at": LATE}),
        ({"published_at": EARLY, "modified_at": MIDDLE}, {"published_at": EARLY, "received_at": LATE}),
        ({"guid_version": 7, "modified_at": MIDDLE}, {"guid_version": 7, "published_at": EARLY, "received_at": LATE}),
        ({"guid_version": 7, "modified_at": EARLY}, {"status": "withheld", "modified_at": LATE}),
    ],
    ids=["no number", "no number but a time", "the first time of publication", "the same number", "withheld"],
)
@pytest.mark.parametrize("kill_first", [False, True])
def test_a_kill_with_less_data_than_its_article_withdraws_it_in_any_order(
    store: Store, story: dict[str, Any], kill: dict[str, Any], *, kill_first: bool
) -> None:
    versions = [an_article(title="story", **({"received_at": EARLY} | story)), an_article(**(KILL | kill))]
    for number, version in enumerate(reversed(versions) if kill_first else versions, 1):
        store.articles.add_version(version, owner=delivery_id(number))

    shown = store.articles.get(FIRST)
    listed = store.articles.version_page(FIRST, limit=5).versions
    assert shown
    assert (shown.title, [each.title for each in listed]) == ("kill", ["story", "kill"])


@pytest.mark.parametrize("arrival", list(itertools.permutations(["first", "second", "unnumbered", "kill"])))
@pytest.mark.parametrize(
    ("kill_at", "order"),
    [
        (timedelta(hours=-1), ["kill", "unnumbered", "first", "second"]),
        (timedelta(hours=1), ["unnumbered", "first", "second", "kill"]),
    ],
    ids=["before all", "after the last number"],
)
def test_a_kill_holds_for_every_number_that_is_not_later_in_any_order_of_arrival(
    store: Store, arrival: tuple[str, ...], kill_at: timedelta, order: list[str]
) -> None:
    versions = {
        "first": an_article(title="first", guid_version=1, modified_at=LATE + timedelta(hours=3)),
        "second": an_article(title="second", guid_version=2, modified_at=LATE),
        "unnumbered": an_article(title="unnumbered", modified_at=LATE + timedelta(hours=2)),
        "kill": an_article(**KILL, modified_at=LATE + kill_at),
    }

    for number, name in enumerate(arrival, 1):
        store.articles.add_version(versions[name], owner=delivery_id(number))

    shown = store.articles.get(FIRST)
    listed = store.articles.version_page(FIRST, limit=5).versions
    assert shown
    assert (shown.title, [each.title for each in listed]) == (order[-1], order)


@pytest.mark.parametrize(
    ("kill", "later"),
    [
        ({"received_at": MIDDLE}, {"guid_version": 8, "modified_at": LATE}),
        ({"guid_version": 7, "modified_at": LATE}, {"guid_version": 8, "modified_at": MIDDLE}),
        ({"modified_at": MIDDLE}, {"modified_at": LATE}),
    ],
    ids=["a later version with a number", "a higher number", "a later time"],
)
@pytest.mark.parametrize("kill_first", [False, True])
def test_a_version_after_a_kill_is_shown_in_any_order(
    store: Store, kill: dict[str, Any], later: dict[str, Any], *, kill_first: bool
) -> None:
    versions = [an_article(**(KILL | kill)), an_article(title="story", received_at=LATE, **later)]
    for number, version in enumerate(versions if kill_first else reversed(versions), 1):
        store.articles.add_version(version, owner=delivery_id(number))

    shown = store.articles.get(FIRST)
    listed = store.articles.version_page(FIRST, limit=5).versions
    assert shown
    assert (shown.title, [each.title for each in listed]) == ("story", ["kill", "story"])


def test_tagging_is_written_to_its_version(store: Store) -> None:
    store.articles.create(an_article(), owner=D1)

    written = store.articles.annotate(FIRST, 1, TAGGING)

    article = store.articles.get(FIRST)
    assert written
    assert article
    assert article.tagged
    assert (article.language, article.topics, article.entities, article.keywords) == (
        TAGGING.language,
        TAGGING.topics,
        TAGGING.entities,
        TAGGING.keywords,
    )
    assert article.provenance.keys() == {"title", "language", "topics"}
    assert store.articles.versions(FIRST) == [article]


def test_a_second_tagging_replaces_the_first(store: Store) -> None:
    store.articles.create(an_article(), owner=D1)
    store.articles.annotate(FIRST, 1, TAGGING)

    store.articles.annotate(FIRST, 1, TAGGING.model_copy(update={"topics": (), "language": "sv", "entities": None}))

    article = store.articles.get(FIRST)
    assert article
    assert (article.topics, article.language, article.entities) == ((), "sv", None)


def test_a_tagging_of_a_stale_version_is_refused(store: Store) -> None:
    store.articles.create(an_article(published_at=EARLY), owner=D1)
    store.articles.add_version(an_article(published_at=LATE), owner=D2)

    stale = store.articles.annotate(FIRST, 1, TAGGING)
    untagged = store.articles.get(FIRST)
    fresh = store.articles.annotate(FIRST, 2, TAGGING)

    assert (stale, fresh) == (False, True)
    assert untagged
    assert not untagged.tagged
    assert [each.tagged for each in store.articles.versions(FIRST)] == [False, True]


def test_several_articles_are_tagged_together_except_those_whose_version_is_stale_or_unknown(store: Store) -> None:
    second, unknown = ArticleId("a2"), ArticleId("a3")
    store.articles.create(an_article(published_at=EARLY), owner=D1)
    store.articles.add_version(an_article(published_at=LATE), owner=D2)
    store.articles.create(an_article(id=second), owner=D2)

    written = store.articles.annotate_many(
        [Annotation(each, 1, an_article().text, TAGGING) for each in (FIRST, second, unknown)]
    )

    assert written == {second}
    assert [each.tagged for each in store.articles.get_many([FIRST, second])] == [False, True]
    assert store.articles.annotate_many([]) == set()


def test_a_new_version_is_untagged_and_the_old_one_keeps_its_tags(store: Store) -> None:
    store.articles.create(an_article(published_at=EARLY), owner=D1)
    store.articles.annotate(FIRST, 1, TAGGING)

    store.articles.add_version(an_article(published_at=LATE), owner=D2)

    assert [each.tagged for each in store.articles.versions(FIRST)] == [True, False]


def test_duplicates_are_linked_once_a_delivery_oldest_first(store: Store) -> None:
    store.articles.create(an_article(), owner=D1)

    for number in (3, 2, 3):
        store.articles.add_duplicate(FIRST, a_duplicate(number))

    article = store.articles.get(FIRST)
    assert article
    assert article.duplicates == (a_duplicate(2), a_duplicate(3))


def test_an_article_has_its_newest_duplicates_and_the_number_of_all(store: Store) -> None:
    store.articles.create(an_article(), owner=D1)
    for number in (*range(30, 40), *range(2, 30), 35):
        store.articles.add_duplicate(FIRST, a_duplicate(number))

    article = store.articles.get(FIRST)

    assert article
    assert article.duplicates == tuple(a_duplicate(number) for number in range(20, 40))
    assert article.duplicate_count == 38


@pytest.mark.parametrize("count", [3, 45])
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_all_duplicates_are_returned_page_by_page_newest_first(store: Store, count: int, limit: int) -> None:
    for number in range(2, 2 + count):
        store.articles.add_duplicate(FIRST, a_duplicate(number))
    page = store.articles.duplicates(FIRST, limit=limit)
    found = [*page.duplicates]
    while page.next_cursor:
        page = store.articles.duplicates(FIRST, cursor=page.next_cursor, limit=limit)
        found += page.duplicates

    assert found == [a_duplicate(number) for number in reversed(range(2, 2 + count))]
    assert store.articles.duplicates(ArticleId("a404"), limit=limit) == DuplicatePage((), None)


def test_links_to_a_copy_are_removed_from_among_many(store: Store) -> None:
    """A delivery with two items may link two copies in turn; the last link counts."""
    for number in range(2, 25):
        store.articles.add_duplicate(FIRST, a_duplicate(number, article_id=ArticleId(f"a{number % 3 + 5}")))
    store.articles.add_duplicate(FIRST, a_duplicate(4, article_id=ArticleId("a7")))

    store.articles.remove_duplicate(FIRST, ArticleId("a6"))

    left = store.articles.duplicates(FIRST, limit=50).duplicates
    ids = {number for number in range(2, 25) if number % 3 != 1} | {4}
    assert [each.delivery_id for each in left] == [delivery_id(number) for number in sorted(ids, reverse=True)]
    store.articles.remove_duplicate(FIRST, ArticleId("a7"))
    left = store.articles.duplicates(FIRST, limit=50).duplicates
    assert {each.article_id for each in left} == {"a5"}


def test_a_duplicate_may_be_linked_before_its_original_is_stored(store: Store) -> None:
    store.articles.add_duplicate(FIRST, a_duplicate(2))
    before = store.articles.get(FIRST)

    store.articles.create(an_article(), owner=D1)

    article = store.articles.get(FIRST)
    assert before is None
    assert article
    assert article.duplicates == (a_duplicate(2),)


def test_duplicates_belong_to_the_article_whatever_its_version(store: Store) -> None:
    store.articles.create(an_article(published_at=EARLY), owner=D1)
    store.articles.add_duplicate(FIRST, a_duplicate(2))
    store.articles.add_version(an_article(published_at=LATE), owner=D3)

    assert [each.duplicates for each in store.articles.versions(FIRST)] == [(a_duplicate(2),)] * 2


def test_many_are_returned_in_the_order_of_the_ids_without_unknown_ones(store: Store) -> None:
    for name in ("a1", "a2", "a3"):
        store.articles.create(an_article(name), owner=D1)

    found = store.articles.get_many([ArticleId(name) for name in ("a3", "a0", "a1")])

    assert [each.id for each in found] == ["a3", "a1"]
    assert store.articles.get_many([]) == []


def a_copy(article_id: str = "a2") -> Article:
    return an_article(article_id, relation=Relation(kind=RelationKind.NEAR, of=FIRST, score=0.9))


def test_an_accepted_copy_has_no_relation_in_any_version(store: Store) -> None:
    store.articles.create(a_copy(), owner=D1)
    store.articles.add_version(a_copy().model_copy(update={"title": "Second"}), owner=D2)
    unlisted = store.articles.count()

    store.articles.accept(ArticleId("a2"))

    assert unlisted == 0
    assert store.articles.is_accepted(ArticleId("a2"))
    assert store.articles.accepted([FIRST, ArticleId("a2"), ArticleId("a9")]) == {"a2"}
    assert [each.relation for each in store.articles.versions(ArticleId("a2"))] == [None, None]
    assert store.articles.count() == 1
    assert [each.id for each in store.articles.find(ArticleQuery()).articles] == ["a2"]


def test_an_article_that_was_accepted_beforehand_is_stored_without_a_relation(store: Store) -> None:
    store.articles.accept(ArticleId("a2"))
    before = store.articles.get(ArticleId("a2"))

    created = store.articles.create(a_copy(), owner=D1)

    assert before is None
    assert created == Created(an_article("a2"))
    assert store.articles.count() == 1
    assert not store.articles.is_accepted(FIRST)


def test_a_release_holds_for_the_version_of_its_origin_only(store: Store) -> None:
    created = store.articles.create(an_article(), owner=D1)
    assert isinstance(created, Created)
    store.articles.add_version(an_article(received_at=START.replace(hour=1)), owner=D2)

    for each in (RELEASE, UNDONE):
        store.articles.release(FIRST, created.article.origin, each)

    assert [each.release for each in store.articles.versions(FIRST)] == [UNDONE, None]
    current = store.articles.get(FIRST)
    assert current
    assert current.release is None


def test_an_article_that_was_released_beforehand_has_the_release(store: Store) -> None:
    store.articles.release(FIRST, an_article().origin, RELEASE)
    before = store.articles.get(FIRST), store.articles.count(), store.articles.versions(FIRST)

    created = store.articles.create(an_article(), owner=D1)

    assert before == (None, 0, [])
    assert created == Created(an_article(release=RELEASE))
    assert [each.release for each in store.articles.find(ArticleQuery()).articles] == [RELEASE]


def test_links_to_an_accepted_copy_are_removed(store: Store) -> None:
    store.articles.create(an_article(), owner=D1)
    store.articles.add_duplicate(FIRST, a_duplicate(2, article_id=ArticleId("a2")))
    store.articles.add_duplicate(FIRST, a_duplicate(3, article_id=ArticleId("a3")))

    for _ in range(2):
        store.articles.remove_duplicate(FIRST, ArticleId("a2"))

    article = store.articles.get(FIRST)
    assert article
    assert article.duplicates == (a_duplicate(3, article_id=ArticleId("a3")),)


def test_a_listing_restricted_to_some_articles_has_only_these_page_by_page(store: Store) -> None:
    for number in range(1, 6):
        store.articles.create(an_article(f"a{number}", received_at=START.replace(hour=number)), owner=D1)
    among = frozenset(map(ArticleId, ("a1", "a2", "a4", "a9")))

    first = store.articles.find(ArticleQuery(among=among, limit=2))
    second = store.articles.find(ArticleQuery(among=among, limit=2, cursor=first.next_cursor))

    assert [each.id for each in first.articles] == ["a4", "a2"]
    assert [each.id for each in second.articles] == ["a1"]
    assert second.next_cursor is None
    assert store.articles.find(ArticleQuery(among=frozenset())).articles == ()


def test_the_offset_of_the_local_time_is_kept(store: Store) -> None:
    local = EARLY.astimezone(timezone(timedelta(hours=-5)))
    store.articles.create(an_article("a1", published_at=EARLY, published_local=local), owner=D1)

    found = store.articles.get(FIRST)

    assert found
    assert found.published_local
    assert (found.published_local.isoformat(), found.published_at) == (local.isoformat(), EARLY)


def test_each_version_is_returned_by_its_number(store: Store) -> None:
    for number in (1, 2, 3):
        store.articles.add_version(an_article(title=f"Version {number}"), owner=delivery_id(number))

    found = [store.articles.version(FIRST, number) for number in (1, 3, 4)]

    assert [each and each.title for each in found] == ["Version 1", "Version 3", None]
    assert [store.articles.version_count(each) for each in (FIRST, ArticleId("a404"))] == [3, 0]


def test_the_first_receipt_is_the_earliest_of_all_versions(store: Store) -> None:
    store.articles.create(an_article("a2", received_at=LATE), owner=D1)
    for number, received in enumerate((MIDDLE, EARLY, LATE), 1):
        store.articles.add_version(an_article(received_at=received), owner=delivery_id(number))

    found = store.articles.first_receipts([FIRST, ArticleId("a2"), ArticleId("a404")])

    assert found == {FIRST: EARLY, "a2": LATE}


def repeats(store: Store, **fields: Any) -> list[int]:
    return [each.version for each in store.articles.repeated(an_article(received_at=MIDDLE, **fields))]


def test_a_repeated_state_is_found_among_the_versions(store: Store) -> None:
    assert repeats(store, text="one") == []
    versions: tuple[dict[str, Any], ...] = (
        {"text": "one"},
        {"text": "two"},
        {"text": "two", "status": "withheld", "embargoed_until": EARLY},
        {"text": "two", "status": "withheld"},
        {"text": "three", "guid_version": 7},
        {"text": "three", "guid_version": 7, "status": "canceled"},
        {"text": "one"},
    )
    for number, fields in enumerate(versions, 1):
        store.articles.add_version(an_article(**fields), owner=delivery_id(number))

    assert repeats(store, text="one") == [7]
    assert repeats(store, text="two") == [2]
    assert repeats(store, text="two", embargoed_until=EARLY) == [3]
    assert repeats(store, text="two", status="withheld") == [4]
    assert repeats(store, text="three") == [5]
    assert repeats(store, text="another", guid_version=7) == [6]
    assert repeats(store, text="another") == []


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_versions_are_returned_by_rank_page_by_page(store: Store, limit: int) -> None:
    moments = (MIDDLE, LATE, EARLY, LATE)
    for number, modified_at in enumerate(moments, 1):
        store.articles.add_version(an_article(modified_at=modified_at), owner=delivery_id(number))
    store.articles.add_version(an_article(guid_version=3, modified_at=EARLY), owner=delivery_id(9))

    page = store.articles.version_page(FIRST, limit=limit)
    found = [*page.versions]
    while page.next_cursor:
        page = store.articles.version_page(FIRST, cursor=page.next_cursor, limit=limit)
        assert page.previous == found[-1]
        found += page.versions

    assert [each.version for each in found] == [3, 1, 2, 4, 5]
    assert store.articles.version_page(ArticleId("a404"), limit=limit) == VersionPage(None, (), None)
    for wrong in ("6", "0", "two"):
        with pytest.raises(WrongCursorError, match="next_cursor"):
            store.articles.version_page(FIRST, cursor=wrong, limit=limit)


def test_articles_created_together_are_as_if_created_one_after_another(store: Store) -> None:
    first, copy = an_article(), an_article("a2", relation=Relation(kind=RelationKind.NEAR, of=FIRST, score=0.9))
    other_text = an_article(text="The harbour closed on Tuesday.")
    deleted = Deletion(article_id=ArticleId("a3"), at=START, by="Anna")
    store.articles.refuse(deleted)

    created = store.articles.create_many([(first, D1), (copy, D2), (other_text, D3), (an_article("a3"), D3)])
    again = store.articles.create_many([(other_text, D3), (first, D1)])

    assert created[:3] == [*again[1:], Created(copy), Existing(first)]
    assert again == [Existing(first), Created(first)]
    assert isinstance(created[3], DeletedArticleError)
    assert [each.id for each in store.articles.find(ArticleQuery()).articles] == [FIRST]
    assert store.articles.get(ArticleId("a2")) == copy
    assert store.articles.count_unchanged(before=START + timedelta(seconds=1)) == 2
    assert store.articles.create_many([]) == []
