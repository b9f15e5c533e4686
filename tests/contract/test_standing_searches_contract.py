"""Standing searches and their hits: a process reads what has changed, and records each hit once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.events import EventKind
from copytaster.model.standing_search import HitCount, Match, MatchedSearch, SearchHit, SearchId, StandingSearch
from copytaster.store.memory import standing_searches as in_memory
from copytaster.store.ports.events import START, Events
from copytaster.store.ports.search_hits import HITS_KEPT, REMEMBERED, SearchHits
from copytaster.store.ports.standing_searches import SearchesVersion, StandingSearches
from copytaster.store.redis import standing_searches as on_server
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from tests.conftest import RealServer
from tests.contract.metered_server import metered
from tests.factories import START as NOON

UNKNOWN = SearchesVersion()

DIGITS = 100
"""Bytes by which equal replies may differ: numbers with more digits."""


@pytest.fixture
def searches(store: Store) -> StandingSearches:
    return store.searches


@pytest.fixture
def hits(store: Store) -> SearchHits:
    return store.search_hits


def an_id(number: int) -> SearchId:
    return SearchId(f"q{number:018x}")


def a_search(number: int, **fields: object) -> StandingSearch:
    given = {"id": an_id(number), "name": f"desk {number}", "q": "harbour", "created_at": NOON, "by": "ann"}
    return StandingSearch.model_validate(given | fields)


def a_match(article: str, *numbers: int, at: int = 0) -> Match:
    found = tuple(MatchedSearch(id=an_id(number), name=f"desk {number}") for number in numbers)
    return Match(at=NOON + timedelta(seconds=at), article_id=ArticleId(article), searches=found)


def read_all(searches: StandingSearches, *, limit: int) -> list[StandingSearch]:
    """Read the searches as a process that starts does."""
    found = searches.changes(UNKNOWN, limit=limit)
    known = {each.id: each for each in found.searches}
    while found.more:
        found = searches.changes(found.version, limit=limit)
        assert not found.anew
        known |= {each.id: each for each in found.searches}
    return sorted(known.values(), key=lambda each: each.id)


@pytest.mark.parametrize("limit", [2, 100])
def test_a_process_that_starts_reads_all_searches_in_parts(searches: StandingSearches, limit: int) -> None:
    written = [a_search(number) for number in range(1, 6)]
    searches.write(written)
    searches.begin_generation()

    assert read_all(searches, limit=limit) == written


def test_a_process_reads_only_what_has_changed_since(searches: StandingSearches) -> None:
    searches.write([a_search(1), a_search(2), a_search(3)])
    searches.begin_generation()
    first = searches.changes(UNKNOWN, limit=10)
    nothing = searches.changes(first.version, limit=10)
    searches.write([a_search(2, name="renamed")])
    searches.remove(an_id(1))

    second = searches.changes(first.version, limit=10)

    assert (first.anew, first.more, len(first.searches)) == (True, False, 3)
    assert (nothing.searches, nothing.removed, nothing.anew) == ((), (), False)
    assert second.searches == (a_search(2, name="renamed"),)
    assert (second.removed, second.anew, second.version) == ((an_id(1),), False, searches.version())


def test_more_removals_than_are_read_at_once_are_all_read(searches: StandingSearches) -> None:
    searches.write([a_search(number) for number in range(1, 8)])
    searches.begin_generation()
    seen = searches.changes(UNKNOWN, limit=100).version
    for number in range(1, 6):
        searches.remove(an_id(number))
    searches.write([a_search(8)])

    removed, added, more = set[SearchId](), set[SearchId](), True
    while more:
        found = searches.changes(seen, limit=2)
        removed |= {*found.removed}
        added |= {each.id for each in found.searches}
        seen, more = found.version, found.more

    assert (removed, added) == ({an_id(number) for number in range(1, 6)}, {an_id(8)})


def test_whoever_missed_removals_that_are_forgotten_reads_all_anew(
    searches: StandingSearches, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (in_memory, on_server):
        monkeypatch.setattr(module, "REMOVALS_KEPT", 2)
    searches.write([a_search(number) for number in range(1, 6)])
    searches.begin_generation()
    early = searches.changes(UNKNOWN, limit=10).version
    searches.remove(an_id(1))
    late = searches.changes(early, limit=10).version
    for number in (2, 3, 4):
        searches.remove(an_id(number))

    assert searches.changes(late, limit=10).anew is True
    assert searches.changes(early, limit=10).anew is True
    assert [each.id for each in searches.changes(early, limit=10).searches] == [an_id(5)]
    searches.write([a_search(6)])
    assert searches.changes(searches.version(), limit=10).anew is False


def test_data_that_was_read_from_the_archive_again_is_another_generation(
    store: Store, searches: StandingSearches
) -> None:
    before = searches.version()
    searches.begin_generation()
    first = searches.version()
    searches.begin_generation()

    assert before.generation is None
    assert first.generation is not None
    assert searches.version() == first
    assert store.searches.changes(SearchesVersion("other", first.number), limit=1).anew is True


def test_searches_are_written_only_if_nothing_has_changed_since(searches: StandingSearches) -> None:
    number = searches.version().number
    first = searches.write([a_search(1)], unless_changed_since=number)
    second = searches.write([a_search(2)], unless_changed_since=number)
    third = searches.write([a_search(3)], unless_changed_since=searches.version().number)

    assert (first, second, third) == (True, False, True)
    assert searches.ids() == [an_id(1), an_id(3)]


def test_searches_are_listed_in_pages_the_newest_first(searches: StandingSearches) -> None:
    searches.write([a_search(number) for number in (3, 1, 5, 2, 4)])
    first = searches.page(cursor=None, limit=2)
    searches.write([a_search(6)])
    searches.remove(an_id(4))

    second = searches.page(cursor=first.next_cursor, limit=2)
    third = searches.page(cursor=second.next_cursor, limit=2)

    assert [each.id for each in first.searches] == [an_id(5), an_id(4)]
    assert [each.id for each in second.searches] == [an_id(3), an_id(2)]
    assert ([each.id for each in third.searches], third.next_cursor) == ([an_id(1)], None)
    assert searches.count() == 5


def test_a_search_is_returned_as_it_was_written(searches: StandingSearches) -> None:
    search = a_search(1, source="kestrel", topic="sport", on_since=NOON)
    searches.write([search])

    assert searches.get(an_id(1)) == search
    assert searches.get(an_id(2)) is None


def test_hits_are_recorded_with_the_position_and_by_one_process(searches: StandingSearches, hits: SearchHits) -> None:
    searches.write([a_search(1), a_search(2)])
    matches = [a_match("a1", 1, 2), a_match("a2", 2, at=5)]

    before = hits.last_batch()
    first = hits.record(matches, after=None, position="7-0", generation=None)
    again = hits.record(matches, after=None, position="7-0", generation=None)
    nothing = hits.record([], after="7-0", position="9-0", generation=None)

    assert (before.position, first, again, nothing) == (None, True, False, True)
    assert (hits.last_batch().position, hits.last_batch().matches) == ("9-0", ())
    assert [each.article_id for each in hits.newest(an_id(2), limit=10)] == ["a2", "a1"]
    assert hits.newest(an_id(1), limit=10) == [SearchHit(article_id=ArticleId("a1"), at=NOON)]
    assert hits.counts([an_id(2), an_id(3)]) == [HitCount(hits=2, last_hit_at=NOON + timedelta(seconds=5)), HitCount()]


def test_nothing_is_recorded_for_searches_of_other_data(searches: StandingSearches, hits: SearchHits) -> None:
    searches.write([a_search(1)])
    searches.begin_generation()
    generation = searches.version().generation

    lost = hits.record([a_match("a1", 1)], after=None, position="7-0", generation="of the lost data")
    present = hits.record([a_match("a1", 1)], after=None, position="7-0", generation=generation)

    assert (lost, present, hits.counts([an_id(1)])[0].hits) == (False, True, 1)


def test_the_matches_of_the_last_batch_can_be_read_by_another_process(hits: SearchHits) -> None:
    matches = (a_match("a1", 1), a_match("a2", 1, 2))
    hits.record(matches, after=None, position="7-0", generation=None)

    assert (hits.last_batch().position, hits.last_batch().matches) == ("7-0", matches)


def test_the_searches_that_an_article_met_are_known_until_they_expire(
    request: pytest.FixtureRequest, hits: SearchHits
) -> None:
    hits.record([a_match("a1", 1), a_match("a1", 2)], after=None, position="7-0", generation=None)

    known = hits.known([ArticleId("a1"), ArticleId("a2")])

    assert known == {"a1": {an_id(1), an_id(2)}, "a2": frozenset()}
    if request.node.callspec.params["store"] == "valkey":
        client = request.getfixturevalue("client")
        left = client.pttl("ct:{searches}:matched:a1")
        assert 0 < left <= REMEMBERED.total_seconds() * 1_000


def test_only_the_newest_hits_are_kept_and_all_are_counted(searches: StandingSearches, hits: SearchHits) -> None:
    searches.write([a_search(1)])
    count = HITS_KEPT + 5
    hits.record(
        [a_match(f"a{number}", 1, at=number) for number in range(count)], after=None, position="7-0", generation=None
    )

    newest = hits.newest(an_id(1), limit=count)

    assert [each.article_id for each in newest] == [f"a{number}" for number in range(count - 1, 4, -1)]
    assert [each.article_id for each in hits.newest(an_id(1), limit=2)] == [f"a{count - 1}", f"a{count - 2}"]
    assert hits.counts([an_id(1)])[0].hits == count


def test_nothing_of_a_removed_search_is_left(
    request: pytest.FixtureRequest, searches: StandingSearches, hits: SearchHits
) -> None:
    searches.write([a_search(1), a_search(2)])
    hits.record([a_match("a1", 1, 2)], after=None, position="7-0", generation=None)

    searches.remove(an_id(1))
    hits.record([a_match("a2", 1)], after="7-0", position="8-0", generation=None)

    assert (searches.get(an_id(1)), searches.ids()) == (None, [an_id(2)])
    assert (hits.newest(an_id(1), limit=9), hits.counts([an_id(1)])) == ([], [HitCount()])
    if request.node.callspec.params["store"] == "valkey":
        client = request.getfixturevalue("client")
        assert client.keys(f"*{an_id(1)}*") == []


def reported(events: Events) -> Sequence[tuple[str, ...]]:
    return [
        (*each.article_ids, *(search.name for search in each.searches))
        for each in events.read(after=None, limit=100)
        if each.kind is EventKind.SEARCH_MATCHED
    ]


def test_the_matches_of_a_batch_are_reported_once(store: Store) -> None:
    events = store.events
    for _ in range(2):
        events.report_matches([a_match("a1", 1, 2), a_match("a2", 2)], position="7-10")
    events.report_matches([a_match("a3", 1)], position="7-9")
    events.report_matches([a_match("a4", 1)], position="7-11")
    events.report_matches([a_match("a5", 1)], position="10-0")

    assert reported(events) == [
        ("a1", "desk 1", "desk 2"),
        ("a2", "desk 2"),
        ("a4", "desk 1"),
        ("a5", "desk 1"),
    ]
    assert events.follow(START, limit=1).events[0].at == NOON


def test_a_look_for_changes_costs_the_same_however_many_searches_there_are(
    server: RealServer, clock: ManualClock
) -> None:
    client = connect(server.address, name="metered")
    searches = redis_store(client, clock=clock, window=timedelta(days=1)).searches
    searches.begin_generation()
    costs = []
    for first, last in ((1, 20), (21, 1_000)):
        searches.write([a_search(number) for number in range(first, last)])
        seen = searches.version()
        searches.write([a_search(1, name="changed")])
        with metered(client) as cost:
            assert len(searches.changes(seen, limit=500).searches) == 1
        costs.append(cost)

    assert costs[1].commands == costs[0].commands
    assert costs[1].read <= costs[0].read + DIGITS
    client.close()
