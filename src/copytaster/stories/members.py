"""Changes of the members of stories that have no part in the choice of a story: reading all, removal, acceptance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from copytaster.archive.placements import Placements
from copytaster.errors import TransientError
from copytaster.model.article import Article, ArticleId, Relation, RelationKind
from copytaster.store.ports.stories import (
    Lead,
    Placed,
    Situation,
    StoryChange,
    StoryEntry,
    StoryId,
    StoryRecord,
    Wanted,
    founded_story,
)
from copytaster.store.store import Store
from copytaster.stories.evidence import Evidence
from copytaster.stories.recording import evidence_bytes, recorded
from copytaster.stories.records import closed, new_record, with_copy, with_lead, without_member

PAGE = 1_000
"""Members read in one round trip, without their articles: some 200 KB."""

MAX_TRIES = 20
"""How often a change is computed again because the story has changed: each time another change of it was made."""


def all_entries(story_id: StoryId, store: Store) -> Iterator[StoryEntry]:
    """Yield all members of a story, which may be given by a former id, in the order of receipt.

    Cost: two round trips, and two for each thousand members.
    """
    record = store.stories.records([story_id]).get(story_id)
    if record:
        yield from entries_of(record, store)


def entries_of(record: StoryRecord, store: Store) -> Iterator[StoryEntry]:
    """Yield all members of a story that was read before; two round trips for each thousand."""
    cursor, is_first = None, True
    while cursor or is_first:
        page = store.stories.entries(record.id, cursor=cursor, limit=PAGE)
        yield from page.entries
        cursor, is_first = page.next_cursor, False


def newest_members(story_id: StoryId, store: Store, *, most: int) -> frozenset[ArticleId]:
    """Return the members of a story that were received last, at most ``most``; it may be given by a former id.

    Cost: one round trip, and two for each thousand members.
    """
    record = store.stories.records([story_id]).get(story_id)
    found, cursor, is_first = list[ArticleId](), None, record is not None
    while record and (cursor or is_first) and len(found) < most:
        size = min(PAGE, most - len(found))
        page = store.stories.entries(record.id, cursor=cursor, newest_first=True, limit=size)
        found += [each.article_id for each in page.entries]
        cursor, is_first = page.next_cursor, False
    return frozenset(found)


def remove_members(article_ids: Sequence[ArticleId], store: Store) -> None:
    """Remove articles from their stories, which end with their last members. The others keep the ids of the stories.

    Copies that wait for one of the articles stay: they become a story without it. Cost: three round trips.
    """
    left = list(article_ids)
    for _ in range(MAX_TRIES):
        changes = _removals(left, store)
        made = zip(changes, store.stories.commit(changes), strict=True)
        again = {name for change, is_made in made if not is_made for name in _concerned(change)}
        # A copy that waited for another one of the articles is in a story only now.
        again |= {each.entry.article_id for change in changes for each in change.placed}
        left = [each for each in left if each in again]
        if not left:
            return
    raise _contended(left[0])


def accept_member(article: Article, store: Store, placements: Placements, *, at: datetime) -> None:
    """Count a member that was a copy as an article, because a person has decided that; three round trips.

    From now on it is placed by itself when the store is rebuilt, so that its story is recorded.
    """
    for _ in range(MAX_TRIES):
        (situation,) = store.stories.situations([Wanted(article.id, ())])
        record = situation.story
        entry = store.stories.entry(record.id, article.id) if record else None
        if record is None or entry is None or not entry.is_copy:
            return
        counted = replace(record, articles=record.articles + 1, copies=record.copies - 1)
        accepted = Placed(record.id, replace(entry, is_copy=False, evidence=_of_related(entry)), leaves=record.id)
        change = StoryChange(records=(with_lead(counted, Lead(article.id, article.word_count)),), placed=(accepted,))
        placements.record(recorded([change], at=at))
        if store.stories.commit([change]) == [True]:
            return
    raise _contended(article.id)


def rejoin_as_copy(article: Article, relation: Relation, store: Store) -> None:
    """Count a member that a person had accepted as a copy again, in the story of its original; four round trips."""
    evidence = evidence_bytes(Evidence(score=relation.score, relation=relation))
    for _ in range(MAX_TRIES):
        own, original = store.stories.situations([Wanted(article.id, ()), Wanted(relation.of, ())])
        if own.story is None or original.story is None:
            return
        entry = store.stories.entry(own.story.id, article.id)
        if entry is None or entry.is_copy:
            return
        left = without_member(own.story, entry)
        records: tuple[StoryRecord, ...]
        if left.id == original.story.id:
            joined, records = left.id, (replace(left, copies=left.copies + 1),)
        else:
            grown = with_copy(original.story, article.source, entry.received_at)
            joined, records = grown.id, (left, grown)
        placed = Placed(joined, replace(entry, is_copy=True, evidence=evidence), leaves=left.id)
        if store.stories.commit([StoryChange(records=records, placed=(placed,))]) == [True]:
            return
    raise _contended(article.id)


def _removals(article_ids: Sequence[ArticleId], store: Store) -> list[StoryChange]:
    """Return the changes that remove the articles, one for each story: what is left of it is computed once."""
    situations = store.stories.situations([Wanted(each, ()) for each in article_ids])
    pairs = list(zip(article_ids, situations, strict=True))
    members = [(situation.story, each) for each, situation in pairs if situation.story]
    changes = dict[StoryId, StoryChange]()
    for (record, each), entry in zip(members, store.stories.entries_of(members), strict=True):
        change = changes.get(record.id) or StoryChange(records=(record,))
        records = tuple(without_member(known, entry) for known in change.records) if entry else change.records
        changes[record.id] = replace(change, records=records, removed=(*change.removed, (each, record.id)))
    orphaned = [_orphaned(each, found) for each, found in pairs if found.story is None and found.copies]
    return [*changes.values(), *orphaned]


def _concerned(removal: StoryChange) -> list[ArticleId | None]:
    """Return the articles that the change removes, from a story or as one for which copies wait."""
    return [removal.original, *(each for each, _ in removal.removed)]


def _of_related(entry: StoryEntry) -> bytes:
    """Return the evidence of a copy as that of a related article."""
    evidence = Evidence.model_validate_json(entry.evidence)
    related = evidence.relation and evidence.relation.model_copy(update={"kind": RelationKind.RELATED})
    return evidence_bytes(evidence.model_copy(update={"relation": related}))


def _orphaned(original: ArticleId, situation: Situation) -> StoryChange:
    """Return the change that makes a story of the copies that wait for an article that is removed."""
    at = min(each.entry.received_at for each in situation.copies)
    record: StoryRecord = closed(new_record(founded_story(original), at))
    for each in situation.copies:
        record = with_copy(record, each.source, each.entry.received_at)
    placed = tuple(Placed(record.id, each.entry) for each in situation.copies)
    return StoryChange(records=(record,), placed=placed, original=original, copies=situation.waiting)


def _contended(article_id: ArticleId) -> TransientError:
    return TransientError(f"the story of {article_id} has changed at each of {MAX_TRIES} tries; try again later")
