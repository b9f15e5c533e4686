from __future__ import annotations

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
from copytaster.store.ports.articles import ArticleQuery, Created, Existing
from copytaster.store.store import Store
from tests.factories import FROM_TEST, START, an_article, delivery_id

FIRST = ArticleId("a1")
D1, D2, D3 = delivery_id(1), delivery_id(2), delivery_id(3)
EARLY, MIDDLE, LATE = START.replace(hour=1), START.replace(hour=2), START.replace(hour=3)

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
        modified_at=MIDDLE,
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
