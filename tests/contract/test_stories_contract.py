from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.events import EventKind
from copytaster.store.cursor import WrongCursorError
from copytaster.store.ports.stories import (
    MAX_CANDIDATES,
    MAX_STORIES_OF_KEY,
    Assignment,
    IndexKey,
    Lead,
    PinnedHeadline,
    Placed,
    StoryChange,
    StoryEntry,
    StoryEvent,
    StoryId,
    StoryRecord,
    WaitingCopy,
    Wanted,
    founded_story,
)
from copytaster.store.store import Store
from copytaster.store.story_handles import handle, split
from copytaster.stories.members import newest_members
from tests.factories import START, an_article, put_into_one_story

EVIDENCE = b'{"score": 0.9, "names": ["Rotterdam"]}'
AGAIN = timedelta(minutes=1)


def article(number: int) -> ArticleId:
    """Return an id of the form that articles have."""
    return ArticleId(f"a{number:020x}")


def story(number: int) -> StoryId:
    return founded_story(article(number))


def keys(*numbers: int) -> tuple[IndexKey, ...]:
    return tuple(map(IndexKey, numbers))


def a_record(number: int, **fields: Any) -> StoryRecord:
    """Return the record of a story that was founded in the hour of its number."""
    at = START + timedelta(hours=number)
    given: dict[str, Any] = {
        "id": story(number),
        "first_seen": at,
        "last_seen": at,
        "articles": 1,
        "sources": ("wire",),
        "leads": (Lead(article(number), 100),),
        "recent": (at,),
        "profile": b"profile",
        "keys": keys(1, 2),
    }
    return StoryRecord(**given | fields)


def an_entry(number: int, **fields: Any) -> StoryEntry:
    return StoryEntry(article(number), START + timedelta(hours=number), **fields)


def founding(number: int, **fields: Any) -> StoryChange:
    record = a_record(number, **fields)
    return StoryChange(records=(record,), placed=(Placed(record.id, an_entry(number)),), keys=record.keys)


def joining(number: int, record: StoryRecord, **fields: Any) -> StoryChange:
    """Return the change by which an article joins a story."""
    at = START + timedelta(hours=number)
    given: dict[str, Any] = {"articles": record.articles + 1, "last_seen": at, "recent": (at, *record.recent)}
    grown = replace(record, **given | fields)
    entry = an_entry(number, evidence=EVIDENCE)
    return StoryChange(records=(grown,), placed=(Placed(record.id, entry),), keys=record.keys)


def make(store: Store, *changes: StoryChange) -> list[bool]:
    return store.stories.commit(changes)


def record_of(store: Store, number: int) -> StoryRecord:
    return store.stories.records([story(number)])[story(number)]


def members(store: Store, number: int) -> list[ArticleId]:
    return [each.article_id for each in store.stories.entries(story(number), limit=100).entries]


def found(store: Store, number: int, wanted: Sequence[int]) -> list[StoryId]:
    (situation,) = store.stories.situations([Wanted(article(number), keys(*wanted))])
    return [each.id for each in situation.candidates]


def test_a_founded_story_has_one_member_and_is_found_by_its_keys(store: Store) -> None:
    assert make(store, founding(1)) == [True]

    assert store.stories.ids([article(1), article(2)]) == {article(1): story(1)}
    stored = record_of(store, 1)
    assert stored == a_record(1, revision=stored.revision)
    assert store.stories.entries(story(1), limit=10).entries == (an_entry(1),)
    assert store.stories.entry(story(1), article(1)) == an_entry(1)
    assert store.stories.entry(story(1), article(2)) is None
    assert found(store, 2, [2, 3]) == [story(1)]
    assert found(store, 2, [3]) == []


def test_nothing_is_known_about_an_empty_store(store: Store) -> None:
    (situation,) = store.stories.situations([Wanted(article(1), keys(1))])

    assert (situation.story, situation.assigned, situation.copies, situation.candidates) == (None, None, (), ())
    assert store.stories.situations([]) == []
    assert store.stories.ids([]) == {}
    assert store.stories.records([story(1)]) == {}
    assert store.stories.records([]) == {}
    assert store.stories.entries(story(1), limit=10).entries == ()
    assert store.stories.changed(single=True, limit=10).stories == ()
    assert make(store) == []


def test_every_field_of_a_record_is_stored(store: Store) -> None:
    record = a_record(
        1,
        articles=7,
        copies=3,
        sources=("wire", "Kürier"),
        leads=(Lead(article(2), 900), Lead(article(1), 100)),
        recent=(START + timedelta(hours=1), START),
        headline=PinnedHeadline("Harbour reopens", "mira"),
        absorbed=(story(5),),
        apart=(story(6),),
    )
    make(store, StoryChange(records=(record,)))

    stored = record_of(store, 1)
    assert stored == replace(record, revision=stored.revision)


def test_members_are_in_the_order_of_receipt_with_their_evidence(store: Store) -> None:
    make(store, founding(3))
    make(store, joining(5, record_of(store, 3)))
    make(store, joining(4, record_of(store, 3)))

    page = store.stories.entries(story(3), limit=2)
    rest = store.stories.entries(story(3), cursor=page.next_cursor, limit=2)

    assert [each.article_id for each in page.entries + rest.entries] == [article(3), article(4), article(5)]
    assert [bool(each.evidence) for each in page.entries + rest.entries] == [False, True, True]
    newest = store.stories.entries(story(3), newest_first=True, limit=2)
    oldest = store.stories.entries(story(3), cursor=newest.next_cursor, newest_first=True, limit=2)
    assert [each.article_id for each in newest.entries + oldest.entries] == [article(5), article(4), article(3)]
    assert rest.next_cursor is None
    entry = store.stories.entry(story(3), article(5))
    assert entry
    assert b"Rotterdam" in entry.evidence
    with pytest.raises(WrongCursorError):
        store.stories.entries(story(3), cursor="x", limit=2)


def test_members_that_were_received_at_the_same_time_are_all_read(store: Store) -> None:
    make(store, founding(1))
    for number in range(2, 6):
        record = record_of(store, 1)
        entry = replace(an_entry(number, evidence=EVIDENCE), received_at=START)
        grown = replace(record, articles=record.articles + 1)
        make(store, StoryChange(records=(grown,), placed=(Placed(story(1), entry),)))

    cursor, read = None, list[ArticleId]()
    for _ in range(3):
        page = store.stories.entries(story(1), cursor=cursor, limit=2)
        read += [each.article_id for each in page.entries]
        cursor = page.next_cursor

    assert read == [article(2), article(3), article(4), article(5), article(1)]
    assert cursor is None


def test_a_change_that_was_computed_from_an_earlier_revision_is_not_made(store: Store) -> None:
    make(store, founding(1))
    record = record_of(store, 1)

    assert make(store, joining(2, record), joining(3, record)) == [True, False]

    assert members(store, 1) == [article(1), article(2)]
    assert store.stories.ids([article(3)]) == {}
    assert make(store, joining(3, record_of(store, 1))) == [True]
    assert record_of(store, 1).articles == 3


def test_a_change_that_was_computed_on_one_that_was_not_made_is_not_made_either(store: Store) -> None:
    """Another process has changed the story as often."""
    make(store, founding(1))
    record = record_of(store, 1)
    first, other = joining(2, record), joining(9, record)
    second = joining(3, replace(first.records[0], revision=first.revision))

    assert make(store, other, first, second) == [True, False, False]
    assert members(store, 1) == [article(1), article(9)]
    first = joining(2, record_of(store, 1))
    second = joining(3, replace(first.records[0], revision=first.revision))
    assert make(store, first, second) == [True, True]
    assert record_of(store, 1).articles == 4


def test_an_article_is_placed_once(store: Store) -> None:
    make(store, founding(1), founding(2))

    assert make(store, joining(2, record_of(store, 1)), founding(2, revision=1)) == [False, False]
    assert store.stories.ids([article(2)]) == {article(2): story(2)}


def test_a_story_is_not_founded_if_another_one_came_under_its_keys_since(store: Store) -> None:
    make(store, founding(1))
    wanted = [Wanted(article(2), keys(2, 3)), Wanted(article(3), keys(7))]
    seen, other = (each.known for each in store.stories.situations(wanted))
    make(store, founding(9, keys=keys(3)))

    assert make(store, replace(founding(2, keys=keys(2, 3)), known=seen)) == [False]
    assert make(store, replace(founding(3, keys=keys(7)), known=other)) == [True]
    (again,) = store.stories.situations(wanted[:1])
    assert make(store, replace(founding(2, keys=keys(2, 3)), known=again.known)) == [True]


def test_the_stories_that_share_most_keys_are_candidates(store: Store) -> None:
    for number in range(1, 2 * MAX_CANDIDATES):
        make(store, founding(number, keys=keys(1)))
    make(store, founding(50, keys=keys(1, 2)))

    candidates = found(store, 99, [1, 2])

    assert candidates[0] == story(50)
    assert len(candidates) == MAX_CANDIDATES


def test_a_key_has_the_stories_that_changed_last(store: Store) -> None:
    for number in range(1, MAX_STORIES_OF_KEY + 1):
        make(store, founding(number, keys=keys(1)))
    make(store, joining(60, record_of(store, 1)))
    make(store, founding(70, keys=keys(1)))

    (situation,) = store.stories.situations([Wanted(article(99), keys(1))])

    known = split(situation.known)
    assert len(known) == MAX_STORIES_OF_KEY
    assert known >= {handle(story(1)), handle(story(70))}
    assert handle(story(2)) not in known


def test_a_closed_story_leaves_the_index_and_keeps_its_record(store: Store) -> None:
    make(store, founding(1))
    make(store, joining(2, record_of(store, 1)))
    make(store, StoryChange(records=(replace(record_of(store, 1), profile=b"", keys=(), closed=True),)))

    assert found(store, 9, [1, 2]) == []
    assert record_of(store, 1).closed
    assert members(store, 1) == [article(1), article(2)]
    assert store.stories.open_count() == 0
    assert [each.id for each in store.stories.changed(single=False, limit=9).stories] == [story(1)]
    assert store.stories.changed(single=True, limit=9).stories == ()


def test_keys_that_a_story_no_longer_has_do_not_find_it(store: Store) -> None:
    make(store, founding(1, keys=keys(1, 2)))

    make(store, StoryChange(records=(replace(record_of(store, 1), keys=keys(2, 3)),)))

    assert [found(store, 9, [each]) for each in (1, 2, 3)] == [[], [story(1)], [story(1)]]


def merging(store: Store, merged: int, into: int) -> StoryChange:
    gone, stays = record_of(store, merged), record_of(store, into)
    return StoryChange(
        records=(
            replace(stays, articles=stays.articles + gone.articles, absorbed=(gone.id, *gone.absorbed)),
            replace(gone, articles=0, copies=0, keys=()),
        ),
        merged={gone.id: stays.id},
    )


def test_a_merged_story_refers_to_the_one_that_it_became(store: Store) -> None:
    make(store, founding(1), founding(2), founding(3))
    make(store, joining(4, record_of(store, 2)))

    assert make(store, merging(store, 2, 1)) == [True]
    assert make(store, merging(store, 1, 3)) == [True]

    records = store.stories.records([story(1), story(2), story(3)])
    assert [each.id for each in records.values()] == [story(3)] * 3
    assert members(store, 3) == [article(1), article(2), article(3), article(4)]
    assert set(store.stories.ids([article(number) for number in (1, 2, 3, 4)]).values()) == {story(3)}
    entry = store.stories.entry(story(3), article(4))
    assert entry
    assert entry.evidence
    assert found(store, 9, [1]) == [story(3)]
    assert make(store, joining(5, record_of(store, 3))) == [True]


def test_a_member_moves_to_another_story_and_to_one_of_its_own(store: Store) -> None:
    make(store, founding(1), founding(2))
    make(store, joining(3, record_of(store, 1)))
    first, second = record_of(store, 1), record_of(store, 2)
    entry = an_entry(3, evidence=EVIDENCE)
    moved = StoryChange(
        records=(replace(first, articles=1), replace(second, articles=2)), placed=(Placed(story(2), entry, story(1)),)
    )

    assert make(store, moved) == [True]
    assert make(store, replace(moved, records=())) == [False]
    assert (members(store, 1), members(store, 2)) == ([article(1)], [article(2), article(3)])

    split = StoryChange(
        records=(replace(record_of(store, 2), articles=1), a_record(3)),
        placed=(Placed(story(3), entry, story(2)),),
    )
    assert make(store, split) == [True]
    assert (members(store, 2), members(store, 3)) == ([article(2)], [article(3)])
    assert [each.id for each in store.stories.changed(single=False, limit=9).stories] == []


def test_a_story_ends_with_its_last_member_and_so_do_references_to_it(store: Store) -> None:
    make(store, founding(1), founding(2))
    make(store, merging(store, 2, 1))
    first = StoryChange(records=(replace(record_of(store, 1), articles=1),), removed=((article(1), story(1)),))
    assert make(store, first) == [True]
    assert members(store, 1) == [article(2)]

    last = StoryChange(records=(replace(record_of(store, 1), articles=0),), removed=((article(2), story(1)),))
    assert make(store, last) == [True]

    assert store.stories.records([story(1), story(2)]) == {}
    assert store.stories.ids([article(1), article(2)]) == {}
    assert found(store, 9, [1, 2]) == []
    assert store.stories.open_count() == 0


def a_copy(number: int) -> WaitingCopy:
    return WaitingCopy(an_entry(number, is_copy=True, evidence=EVIDENCE), "quay")


def test_copies_wait_until_their_original_is_placed(store: Store) -> None:
    assert store.stories.wait_for_original(article(1), a_copy(2))
    assert store.stories.wait_for_original(article(1), a_copy(2))
    assert store.stories.wait_for_original(article(1), a_copy(3))
    (situation,) = store.stories.situations([Wanted(article(1), keys(1))])
    assert sorted(each.entry.article_id for each in situation.copies) == [article(2), article(3)]
    assert {each.source for each in situation.copies} == {"quay"}

    record = a_record(1, copies=2)
    placed = [Placed(record.id, each) for each in (an_entry(1), *(each.entry for each in situation.copies))]
    change = StoryChange(records=(record,), placed=tuple(placed), original=article(1), copies=1)
    assert make(store, change) == [False]
    assert make(store, replace(change, copies=2)) == [True]

    assert members(store, 1) == [article(1), article(2), article(3)]
    entry = store.stories.entry(story(1), article(2))
    assert entry
    assert entry.is_copy
    assert not store.stories.wait_for_original(article(1), a_copy(4))
    (after,) = store.stories.situations([Wanted(article(1), ())])
    assert after.copies == ()
    assert after.story
    assert after.story == replace(record, revision=after.story.revision)


def test_stories_are_listed_by_their_last_change(store: Store) -> None:
    for number in range(1, 6):
        make(store, founding(number))
    make(store, joining(7, record_of(store, 2)))
    make(store, joining(8, record_of(store, 4)))

    page = store.stories.changed(single=True, limit=3)
    rest = store.stories.changed(single=True, cursor=page.next_cursor, limit=3)

    assert [each.id for each in page.stories + rest.stories] == [story(4), story(2), story(5), story(3), story(1)]
    assert rest.next_cursor is None
    assert [each.id for each in store.stories.changed(single=False, limit=3).stories] == [story(4), story(2)]
    assert store.stories.open_count() == 5
    with pytest.raises(WrongCursorError):
        store.stories.changed(single=True, cursor="x", limit=3)


def test_stories_without_a_change_are_found_the_earliest_first(store: Store) -> None:
    make(store, *(founding(number) for number in (3, 1, 2, 4)))

    before = START + timedelta(hours=4)

    assert [each.id for each in store.stories.unchanged(before=before, limit=2)] == [story(1), story(2)]
    assert [each.id for each in store.stories.unchanged(before=before, limit=9)] == [story(1), story(2), story(3)]


def test_an_assignment_waits_for_its_article_and_follows_merges(store: Store) -> None:
    make(store, founding(1), founding(4))
    store.stories.redirect({story(7): story(1), story(4): story(1)})
    store.stories.assign(
        [
            Assignment(article(2), story(7), EVIDENCE),
            Assignment(article(3), story(3), headline=PinnedHeadline("Harbour", "mira"), apart=(story(8),)),
            Assignment(article(1), story(9)),
        ]
    )

    wanted = [Wanted(article(number), ()) for number in (1, 2, 3)]
    placed, assigned, unknown = store.stories.situations(wanted)

    assert placed.assigned is None
    assert assigned.assigned
    assert assigned.assigned.story_id == story(1)
    assert b"Rotterdam" in assigned.assigned.evidence
    assert [each.id for each in assigned.candidates] == [story(1)]
    assert unknown.assigned == Assignment(
        article(3), story(3), headline=PinnedHeadline("Harbour", "mira"), apart=(story(8),)
    )
    assert unknown.candidates == ()
    assert make(store, joining(2, record_of(store, 1))) == [True]
    assert store.stories.situations(wanted)[1].assigned is None
    assert record_of(store, 4).id == story(4)


def test_events_are_reported_once(store: Store, clock: ManualClock) -> None:
    created = StoryEvent(EventKind.STORY_CREATED, clock.now(), (story(1),), (article(1),))
    grown = StoryEvent(EventKind.STORY_GROWN, clock.now(), (story(1),), (article(2),))
    make(store, replace(founding(1), events=(created,)))
    make(store, replace(joining(2, record_of(store, 1)), events=(grown,)))
    make(store, replace(founding(1), events=(created,)))

    assert store.stories.report(limit=9, again_in=AGAIN) == 2
    assert store.stories.report(limit=9, again_in=AGAIN) == 0
    clock.advance(seconds=300)
    assert store.stories.report(limit=9, again_in=AGAIN) == 0
    events = {(each.kind, each.story_ids, each.article_ids) for each in store.events.read(after=None, limit=9)}
    assert events == {
        (EventKind.STORY_CREATED, (story(1),), (article(1),)),
        (EventKind.STORY_GROWN, (story(1),), (article(2),)),
    }


def test_the_newest_members_of_a_story_are_found_by_any_of_its_ids(store: Store) -> None:
    articles = [an_article(f"a{number}", received_at=START + number * AGAIN) for number in range(3)]
    into = put_into_one_story(store, *articles)
    store.stories.redirect({StoryId("sformer"): into})
    single = put_into_one_story(store, an_article("a9"))

    assert newest_members(into, store, most=2) == {"a1", "a2"}
    assert newest_members(StoryId("sformer"), store, most=3) == {"a0", "a1", "a2"}
    assert newest_members(single, store, most=2) == {"a9"}
    assert newest_members(StoryId("sunknown"), store, most=2) == frozenset()
