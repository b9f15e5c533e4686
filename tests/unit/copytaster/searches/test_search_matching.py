"""An article is a hit of each standing search that it meets, once, however often it changes and whoever dies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.placements import MemoryPlacements
from copytaster.articles.acceptance import Acceptance
from copytaster.articles.embargoes import release_due
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.standing_search import Match, SearchId
from copytaster.searches import matching
from copytaster.searches.administration import SearchOrder
from copytaster.store.ports.events import Events
from tests.factories import prose
from tests.unit.copytaster.searches.matching_desk import MatchingDesk

if TYPE_CHECKING:
    from copytaster.clock import ManualClock
    from tests.conftest import MakeStore

HOUR = 3_600


def text(seed: int, *words: str) -> str:
    """Return a text of its own with these words."""
    return " ".join([*words, *prose(seed)])


def test_an_article_is_a_hit_of_the_searches_that_it_meets(desk: MatchingDesk) -> None:
    wall, ferry, phrase = desk.create("wall"), desk.create("ferry -wall"), desk.create('"sea wall"')

    one, two, three = desk.arrive(text(1, "the sea wall"), text(2, "ferry"), text(3, "wall", "sea", "ferry"))
    desk.compare()

    assert (desk.hits(wall), desk.hits(ferry), desk.hits(phrase)) == ([one, three], [two], [one])
    assert sorted(desk.reported()) == sorted([(one, wall), (three, wall), (two, ferry), (one, phrase)])
    assert [each.hits for each in map(desk.searches.show, (wall, ferry))] == [2, 1]
    last = desk.searches.show(wall).last_hit_at
    assert last
    assert abs(desk.clock.now() - last) < timedelta(milliseconds=1)


def test_filters_and_excluded_terms_see_the_tags_of_an_article(desk: MatchingDesk) -> None:
    sport, other, wire = desk.create(topic="sport"), desk.create("harbour -topic:sport"), desk.create(source="wire")

    ids = desk.arrive(text(1, "harbour match"), text(2, "harbour"), tagged=False)
    desk.compare()
    before = desk.reported()
    desk.tag(*ids)
    desk.compare()

    assert before == []
    assert (desk.hits(sport), desk.hits(other), desk.hits(wire)) == ([ids[0]], [ids[1]], ids)


def test_an_article_is_a_hit_once_however_often_it_is_tagged(desk: MatchingDesk) -> None:
    wall = desk.create("wall")
    ids = desk.arrive(text(1, "wall"))
    desk.compare()

    for _ in range(2):
        desk.retag(*ids)
        desk.compare()

    assert desk.hits(wall) == ids
    assert desk.reported() == [(ids[0], wall)]


def test_a_new_version_is_a_hit_of_the_searches_that_the_article_did_not_meet_before(desk: MatchingDesk) -> None:
    wall, ferry = desk.create("wall"), desk.create("ferry")
    ids = desk.arrive(text(1, "wall"), guid="urn:x:1", guid_version=1)
    desk.compare()
    desk.clock.advance(seconds=5)

    again = desk.arrive(text(9, "wall ferry"), guid="urn:x:1", guid_version=2)
    desk.compare()

    assert again == ids
    assert (desk.hits(wall), desk.hits(ferry)) == (ids, ids)
    assert desk.reported() == [(ids[0], wall), (ids[0], ferry)]


def test_an_embargoed_article_is_no_hit_not_even_by_its_title_until_it_is_released(desk: MatchingDesk) -> None:
    wall, title, others = desk.create("wall"), desk.create("zanzibar"), desk.create("-wall source:wire")
    until = (desk.clock.now() + timedelta(hours=1)).isoformat()

    ids = desk.arrive(text(1, "wall"), title="Zanzibar", embargoed_until=until, status=ArticleStatus.WITHHELD)
    desk.compare()
    during = desk.reported()
    desk.clock.advance(seconds=HOUR + 1)
    release_due(desk.store, clock=desk.clock, by="watcher@test:1")
    desk.compare()

    assert during == []
    assert (desk.hits(wall), desk.hits(title), desk.hits(others)) == (ids, ids, [])
    assert sorted(desk.reported()) == sorted([(ids[0], wall), (ids[0], title)])


def test_a_search_that_was_made_during_an_embargo_finds_the_article_at_its_release(desk: MatchingDesk) -> None:
    desk.create("ferry")
    until = (desk.clock.now() + timedelta(hours=1)).isoformat()
    ids = desk.arrive(text(1, "wall"), embargoed_until=until, status=ArticleStatus.WITHHELD)
    desk.compare()
    wall = desk.create("wall")

    desk.clock.advance(seconds=HOUR + 1)
    release_due(desk.store, clock=desk.clock, by="watcher@test:1")
    desk.compare()

    assert desk.hits(wall) == ids


def test_a_killed_article_is_no_hit(desk: MatchingDesk) -> None:
    wall = desk.create("wall")

    desk.arrive(text(1, "wall"), status=ArticleStatus.CANCELED)
    desk.compare()

    assert (desk.hits(wall), desk.reported()) == ([], [])


def test_a_copy_is_no_hit_until_a_person_accepts_it(desk: MatchingDesk) -> None:
    wall = desk.create("wall")
    (original,) = desk.arrive(text(1, "wall"))
    (copy,) = desk.arrive(text(1, "wall", "indeed"))
    desk.compare()
    before = desk.hits(wall)

    acceptance = Acceptance(
        store=desk.store, decisions=MemoryDecisions(), placements=MemoryPlacements(), clock=desk.clock
    )
    acceptance.accept(copy, by="ann")
    desk.retag(copy)
    desk.compare()

    assert copy != original
    assert (before, desk.hits(wall)) == ([original], [original, copy])


def test_a_search_finds_only_what_arrives_while_it_is_on(desk: MatchingDesk) -> None:
    (early,) = desk.arrive(text(1, "wall"))
    desk.clock.advance(seconds=1)
    wall, other = desk.create("wall", on=False), desk.create("ferry")
    (while_off,) = desk.arrive(text(2, "wall"))
    desk.compare()
    desk.clock.advance(seconds=1)
    desk.searches.switch_on(wall)
    desk.clock.advance(seconds=1)
    (while_on,) = desk.arrive(text(3, "wall"))
    desk.compare()
    desk.searches.switch_off(wall)
    desk.arrive(text(4, "wall"))
    desk.compare()
    desk.retag(early, while_off)
    desk.searches.switch_on(wall)
    desk.compare()

    assert (desk.hits(wall), desk.hits(other)) == ([while_on], [])


def test_changes_are_in_effect_at_once(desk: MatchingDesk) -> None:
    desk.compare()
    first = desk.create("wall")
    desk.arrive(text(1, "wall"))
    desk.compare()
    second = desk.create("wall")
    desk.searches.delete(first)
    desk.arrive(text(2, "wall"))
    desk.compare()

    assert [search for _, search in desk.reported()] == [first, second]


def test_several_processes_record_and_report_each_hit_once(desk: MatchingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "EVENTS", 3)
    desk.processes = [desk.matching(), desk.matching()]
    wall = desk.create("wall")
    expected: list[ArticleId] = []
    for number in range(6):
        expected += desk.arrive(text(number, "wall"))
        desk.processes[number % 2].step()
        desk.processes[number % 3 % 2].step()

    assert desk.hits(wall) == expected
    assert desk.reported() == [(each, wall) for each in expected]


class BrokenEvents:
    """Events whose reports fail, as if the process died before."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def __getattr__(self, name: str) -> object:
        return getattr(self._events, name)

    def report_matches(self, matches: Sequence[Match], *, position: str) -> None:
        del matches, position
        raise TransientError("the process died")


def test_what_a_process_has_recorded_before_its_death_another_one_reports(desk: MatchingDesk) -> None:
    wall = desk.create("wall")
    first = desk.arrive(text(1, "wall"))
    dying = desk.matching(replace(desk.store, events=BrokenEvents(desk.store.events)))  # type: ignore[arg-type]

    with pytest.raises(TransientError):
        dying.step()
    before = desk.reported()
    second = desk.arrive(text(2, "wall"))
    desk.compare()
    desk.compare()

    assert before == []
    assert desk.reported() == [(each, wall) for each in (*first, *second)]


def test_another_process_may_be_faster_at_any_moment(desk: MatchingDesk) -> None:
    wall = desk.create("wall")
    first = desk.arrive(text(1, "wall"))
    slow, fast = desk.matching(), desk.matching()
    met_by = slow.current.met_by

    def let_the_other_one_pass(*arguments: object, **named: object) -> object:
        fast.step()
        return met_by(*arguments, **named)  # type: ignore[arg-type]

    slow.current.met_by = let_the_other_one_pass  # type: ignore[method-assign, assignment]
    slow.step()
    slow.current.met_by = met_by  # type: ignore[method-assign]
    second = desk.arrive(text(2, "wall"))
    slow.step()

    assert desk.reported() == [(each, wall) for each in (*first, *second)]


def test_a_step_ends_when_its_time_is_over_and_the_next_one_continues(
    desk: MatchingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "EVENTS", 4)
    wall = desk.create("wall")
    expected = desk.arrive(*(text(number, "wall") for number in range(5)))
    seconds = count()
    busy = desk.matching(monotonic=lambda: float(next(seconds)))

    numbers = []
    for _ in range(20):
        busy.step()
        numbers.append(len(desk.hits(wall)))

    assert 0 <= numbers[0] < 5
    assert desk.hits(wall) == expected


def test_an_article_with_many_searches_has_events_of_a_bounded_size(
    desk: MatchingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "SEARCHES", 2)
    searches = [desk.create("wall") for _ in range(5)]
    (article,) = desk.arrive(text(1, "wall"))
    desk.compare()

    sizes = [len(each.searches) for each in desk.store.events.read(after=None, limit=100) if each.searches]
    assert sizes == [2, 2, 1]
    assert desk.reported() == [(article, each) for each in searches]


def test_a_server_that_comes_back_empty_gets_the_searches_from_the_archive(
    desk: MatchingDesk, make_store: MakeStore, clock: ManualClock
) -> None:
    on, off = desk.create("wall", source="wire"), desk.create("wall", on=False)
    desk.arrive(text(1, "wall"))
    desk.compare()
    process = desk.processes[0]

    emptied = MatchingDesk(make_store(clock), clock, desk.files)
    if desk.store.events.end() != emptied.store.events.end():  # a store in memory is another one
        process = emptied.matching()
    process.step()
    again = emptied.arrive(text(1, "wall"))
    process.step()

    assert [each.id for each in emptied.searches.page(cursor=None, limit=9).searches] == [off, on]
    assert emptied.hits(on) == again
    assert emptied.reported() == [(again[0], on)]


def test_events_that_are_lost_are_reported_in_the_log(desk: MatchingDesk) -> None:
    desk.create("wall")
    desk.arrive(text(1, "wall"))
    desk.compare()
    last = desk.store.search_hits.last_batch().position
    generation = desk.store.searches.version().generation
    assert desk.store.search_hits.record([], after=last, position="99999999999999-0", generation=generation)

    with capture_logs() as logs:
        desk.compare()
        desk.compare()

    assert [each["event"] for each in logs if each["log_level"] == "warning"] == ["searches.events_lost"]
    expected = desk.arrive(text(2, "wall"))
    desk.compare()
    assert desk.reported()[-1][0] == expected[0]


def test_a_query_that_is_not_understood_any_more_stops_no_other(desk: MatchingDesk) -> None:
    wall = desk.create("wall")
    search = desk.store.searches.get(wall)
    assert search
    broken = search.model_copy(update={"id": SearchId("q0"), "q": '"open'})
    desk.files.write(broken)
    desk.store.searches.write([broken])

    with capture_logs() as logs:
        expected = desk.arrive(text(1, "wall"))
        desk.compare()

    assert [each["search"] for each in logs if each["event"] == "searches.not_understood"] == ["q0"]
    assert desk.hits(wall) == expected


def test_the_heartbeat_has_the_number_of_searches_that_are_on(desk: MatchingDesk) -> None:
    desk.compare()
    before = desk.processes[0].details()
    desk.create("wall")
    desk.create("ferry", on=False)
    desk.compare()

    assert before == {"searches_on": None, "searches_damaged": None}
    assert desk.processes[0].details()["searches_on"] == 1


def test_a_search_of_which_many_are_the_same_is_compared_once_and_finds_for_all(desk: MatchingDesk) -> None:
    order = SearchOrder(name="same", q="wall")
    ids = [desk.searches.create(order, by="ann").id for _ in range(3)]
    desk.clock.advance(seconds=1)

    expected = desk.arrive(text(1, "wall"))
    desk.compare()

    assert [desk.hits(each) for each in ids] == [expected] * 3
