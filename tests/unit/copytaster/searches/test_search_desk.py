"""People create standing searches, switch them, look at their hits, and see what they would have found."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from copytaster.model.article import ArticleStatus
from copytaster.model.standing_search import SearchConditions, SearchId
from copytaster.search.memory_index import MemoryIndex
from copytaster.search.projector import Projector
from copytaster.search.syntax import QuerySyntaxError
from copytaster.searches import administration, preview
from copytaster.searches.administration import SearchOrder, TooManySearchesError, UnknownSearchError
from copytaster.searches.preview import SearchPreview
from copytaster.searches.query import NoConditionError
from tests.factories import prose
from tests.unit.copytaster.searches.matching_desk import MatchingDesk

if TYPE_CHECKING:
    from copytaster.searches.preview import Preview

DAY = 86_400


def text(seed: int, *words: str) -> str:
    return " ".join([*words, *prose(seed)])


def test_a_search_is_in_the_archive_and_on_the_server(desk: MatchingDesk) -> None:
    created = desk.searches.create(SearchOrder(name="port", q='"sea wall"', source="kestrel"), by="ann")

    stored = desk.files.read(created.id)
    assert stored == desk.store.searches.get(created.id)
    assert (created.name, created.by, created.on_since, created.hits) == ("port", "ann", desk.clock.now(), 0)
    assert desk.searches.show(created.id) == created


@pytest.mark.parametrize(
    ("fields", "error"),
    [({"q": '"open'}, QuerySyntaxError), ({"q": "-ferry"}, QuerySyntaxError), ({}, NoConditionError)],
)
def test_what_finds_nothing_or_everything_is_refused(
    desk: MatchingDesk, fields: dict[str, str], error: type[ValueError]
) -> None:
    with pytest.raises(error):
        desk.searches.create(SearchOrder.model_validate({"name": "port"} | fields), by="ann")

    assert desk.files.ids() == []


def test_the_number_of_searches_is_limited(desk: MatchingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(administration, "MAX_SEARCHES", 2)
    for _ in range(2):
        desk.create("wall")

    with pytest.raises(TooManySearchesError):
        desk.create("wall")


def test_a_search_that_is_on_keeps_since_when(desk: MatchingDesk) -> None:
    wall = desk.create("wall")
    since = desk.searches.show(wall).on_since
    again = desk.searches.switch_on(wall).on_since
    off = desk.searches.switch_off(wall).on_since
    later = desk.searches.switch_on(wall).on_since

    assert (again, off, later) == (since, None, desk.clock.now())
    assert desk.files.read(wall) == desk.store.searches.get(wall)


def test_an_unknown_search_is_named(desk: MatchingDesk) -> None:
    unknown = SearchId("q0")
    for look in (desk.searches.show, desk.searches.switch_on, desk.searches.switch_off, desk.searches.delete):
        with pytest.raises(UnknownSearchError, match="there is no standing search q0"):
            look(unknown)
    with pytest.raises(UnknownSearchError):
        desk.searches.hits(unknown, limit=1)


def test_hits_have_their_articles_without_the_texts_of_those_that_may_not_be_used_any_more(
    desk: MatchingDesk,
) -> None:
    wall = desk.create("wall")
    (removed, kept) = desk.arrive(text(1, "wall"), text(2, "wall"), guid=None)
    desk.compare()
    (again,) = desk.arrive(text(3, "wall"), guid="urn:x:1", guid_version=1)
    desk.compare()
    desk.arrive(text(3, "wall"), guid="urn:x:1", guid_version=2, status=ArticleStatus.CANCELED)
    desk.store.articles.remove_many([removed], before=None)

    hits = desk.searches.hits(wall, limit=10)

    assert [each.article_id for each in hits] == [again, kept, removed]
    assert hits[0].article
    assert (hits[0].article.text, hits[0].article.status) == (None, ArticleStatus.CANCELED)
    assert hits[1].article
    assert hits[1].article.text is not None
    assert hits[2].article is None
    assert [each.article_id for each in desk.searches.hits(wall, limit=1)] == [again]


def look(desk: MatchingDesk, days: int = 7, **conditions: str) -> Preview:
    """Return the preview, on an index of what is stored now."""
    index = MemoryIndex()
    projector = Projector(index, desk.store, desk.clock)
    projector.begin()
    while projector.fill():
        pass
    return SearchPreview(index, desk.store, desk.clock).look(SearchConditions(**conditions), days=days)


def test_a_preview_counts_what_a_search_would_have_found_by_day(desk: MatchingDesk) -> None:
    desk.arrive(text(1, "wall"))
    desk.clock.advance(seconds=3 * DAY)
    middle = desk.arrive(text(2, "wall"), text(3, "ferry"))
    desk.clock.advance(seconds=2 * DAY)
    late = desk.arrive(text(4, "wall match"), text(5, "wall"))

    found = look(desk, q="wall", days=4)
    sport = look(desk, q="wall", topic="sport", days=4)
    all_days = look(desk, source="wire", days=30)

    assert (found.count, found.complete) == (3, True)
    assert [(each.day, each.count) for each in found.days] == [
        (desk.clock.now().date(), 2),
        ((desk.clock.now() - timedelta(days=2)).date(), 1),
    ]
    assert {each.id for each in found.articles} == {*late, middle[0]}
    assert found.articles[-1].id == middle[0]
    assert [each.id for each in sport.articles] == [late[0]]
    assert all_days.count == 5


def test_a_preview_does_not_count_what_may_not_be_used(desk: MatchingDesk) -> None:
    until = (desk.clock.now() + timedelta(hours=1)).isoformat()
    desk.arrive(text(1, "wall"), title="Wall", embargoed_until=until, status=ArticleStatus.WITHHELD)

    assert look(desk, q="title:wall").count == 0
    desk.clock.advance(seconds=3_601)
    assert look(desk, q="title:wall").count == 1


def test_a_preview_of_a_wide_search_says_that_there_are_more(
    desk: MatchingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "EXAMINED", 4)
    monkeypatch.setattr(preview, "PAGE", 2)
    monkeypatch.setattr(preview, "SHOWN", 3)
    for number in range(7):
        desk.arrive(text(number, "wall"))
        desk.clock.advance(seconds=60)

    found = look(desk, q="wall")

    assert (found.count, found.complete, len(found.articles)) == (4, False, 3)


@pytest.mark.parametrize("earlier", [0, 3])
def test_a_preview_that_has_counted_all_articles_of_its_days_is_complete(
    desk: MatchingDesk, monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    monkeypatch.setattr(preview, "EXAMINED", 4)
    monkeypatch.setattr(preview, "PAGE", 2)
    for number in range(earlier):
        desk.arrive(text(number, "wall"))
    desk.clock.advance(seconds=10 * 24 * 3600)
    for number in range(4):
        desk.arrive(text(10 + number, "wall"))
        desk.clock.advance(seconds=60)

    found = look(desk, q="wall")

    assert (found.count, found.complete) == (4, True)


def test_a_preview_finds_what_the_search_then_finds(desk: MatchingDesk) -> None:
    texts = [text(1, "the sea wall"), text(2, "sea", "ferry"), text(3, "wall"), text(4, "ferry match")]
    queries = ["wall", '"sea wall"', "sea -wall", "fer*", "ferry -topic:sport"]
    searches = {each: desk.create(each) for each in queries}

    desk.arrive(*texts)
    desk.compare()

    for query, search in searches.items():
        assert {each.id for each in look(desk, q=query).articles} == {*desk.hits(search)}, query
