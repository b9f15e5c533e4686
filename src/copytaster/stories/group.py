"""The placements of a group of articles, computed one after another: each article sees those before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from copytaster.model.article import ArticleId
from copytaster.model.events import EventKind
from copytaster.store.ports.stories import (
    Assignment,
    Handles,
    IndexKey,
    Lead,
    Placed,
    Situation,
    StoryChange,
    StoryEntry,
    StoryEvent,
    StoryId,
    StoryRecord,
    founded_story,
)
from copytaster.store.story_handles import handles_of
from copytaster.stories.choice import MAX_NEAREST, Candidate, Choice, choose
from copytaster.stories.compared import Compared
from copytaster.stories.profile import Profile
from copytaster.stories.recording import evidence_bytes, with_words
from copytaster.stories.records import (
    absorbing,
    emptied,
    new_record,
    with_article,
    with_copy,
    with_lead,
    with_profile,
)
from copytaster.tagging.stages import UNDETERMINED

MAX_MERGED = 50
"""Members of a story that is merged automatically: the members move, and larger stories are merged by people."""


class Group:
    """Computes the changes that place a group of articles; each is based on those before it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._records: dict[StoryId, StoryRecord] = {}
        self._by_key: defaultdict[IndexKey, list[StoryId]] = defaultdict(list)

    def change(self, compared: Compared, situation: Situation, stored: AbstractSet[ArticleId]) -> StoryChange | None:
        """Return the change that places an article; None if it is in a story, and that need not change.

        ``stored`` are the waiting copies that still exist.
        """
        if situation.story:
            return self._refresh(compared, self._present(situation.story))
        candidates = self._candidates(compared, situation)
        if situation.assigned:
            change = self._assigned(compared, situation.assigned, candidates)
        else:
            change = self._chosen(compared, candidates) or self._founded(compared, situation)
        change = with_copies(change, compared.article.id, situation, stored)
        self._note(change)
        return change

    def _refresh(self, compared: Compared, record: StoryRecord) -> StoryChange | None:
        """Return the change if a further version has another length, by which the story's lead is chosen."""
        article = compared.article
        changed = with_lead(record, Lead(article.id, article.word_count))
        if article.relation or changed == record:
            return None
        change = StoryChange(records=(changed,))
        self._note(change)
        return change

    def _present(self, record: StoryRecord) -> StoryRecord:
        return self._records.get(record.id, record)

    def _candidates(self, compared: Compared, situation: Situation) -> list[StoryRecord]:
        near = [each for key in compared.keys for each in self._by_key[key]]
        found = {each.id: self._present(each) for each in situation.candidates}
        found |= {each: self._records[each] for each in near}
        return [each for each in found.values() if each.members]

    def _assigned(self, compared: Compared, to: Assignment, candidates: Sequence[StoryRecord]) -> StoryChange:
        """Return the change that puts the article into its story of before, with what people decided about that."""
        stories = [each for each in candidates if each.id == to.story_id]
        open_stories = [each for each in stories if each.profile]
        found = next((evidence for _, evidence in choose_story(compared, open_stories).nearest), None)
        evidence = with_words(to.evidence, found) if to.evidence else b""
        change = self._joined(compared, to.story_id, evidence, stories)
        record, *others = change.records
        apart = tuple(dict.fromkeys((*record.apart, *to.apart)))
        return replace(change, records=(replace(record, headline=to.headline or record.headline, apart=apart), *others))

    def _founded(self, compared: Compared, situation: Situation) -> StoryChange:
        known = Handles(situation.known + handles_of(self._records))
        return replace(self._joined(compared, founded_story(compared.article.id), b"", []), known=known)

    def _chosen(self, compared: Compared, candidates: Sequence[StoryRecord]) -> StoryChange | None:
        """Return the change that lets the article join a story, None if it founds one."""
        stories = {each.id: each for each in candidates if not each.closed}
        choice = choose_story(compared, list(stories.values()), nearest=0)
        if choice.story_id is None:
            return None
        chosen = stories[choice.story_id]
        merged = [stories[each] for each in choice.merge]
        family = sorted([chosen, *merged], key=lambda each: (each.first_seen, each.id))
        into, others = family[0], _mergeable(family[0], family[1:])
        if into.id != chosen.id and chosen not in others:
            into, others = chosen, []
        evidence = evidence_bytes(choice.evidence) if choice.evidence else b""
        return self._joined(compared, into.id, evidence, [into, *others])

    def _joined(
        self, compared: Compared, story_id: StoryId, evidence: bytes, stories: Sequence[StoryRecord]
    ) -> StoryChange:
        """Return the change that puts the article into a story, which the others of ``stories`` are merged into."""
        article, at = compared.article, compared.received_at
        record, *others = stories or [new_record(story_id, at)]
        is_new = record.members == 0
        for each in others:
            record = absorbing(record, each)
        record = with_profile(with_article(record, article, at), _grown(record, compared), compared.keys)
        kind = EventKind.STORY_CREATED if is_new else EventKind.STORY_GROWN
        merges = (StoryEvent(EventKind.STORY_MERGED, self._now, (record.id, each.id)) for each in others)
        return StoryChange(
            records=(record, *map(emptied, others)),
            placed=(Placed(record.id, StoryEntry(article.id, at, evidence=evidence)),),
            merged={each.id: record.id for each in others},
            keys=compared.keys,
            events=(*merges, StoryEvent(kind, self._now, (record.id,), (article.id,))),
        )

    def _note(self, change: StoryChange) -> None:
        """Note the records as they are after the change, for the articles after it."""
        for each in change.records:
            self._records[each.id] = replace(each, revision=change.revision if each.members else 0)
            for key in each.keys:
                self._by_key[key].append(each.id)


def _grown(record: StoryRecord, compared: Compared) -> Profile:
    """Return the profile with the article; a story that was closed, or has only copies, has no profile any more."""
    if not record.profile:
        return compared.profile
    return Profile.from_bytes(record.profile).merged(compared.profile)


def choose_story(compared: Compared, stories: Sequence[StoryRecord], *, nearest: int = MAX_NEAREST) -> Choice:
    """Return the choice of an article among open stories; ``nearest`` is the most stories that it names.

    Stories in another language are no choice: they have few words in common with it, by which they could differ.
    """
    language = compared.features.language
    candidates = [
        Candidate(each.id, each.revision, Profile.from_bytes(each.profile))
        for each in stories
        if each.language in {None, language} or language == UNDETERMINED
    ]
    return choose(compared.features, candidates, compared.frequencies, profile=compared.profile, nearest=nearest)


def _mergeable(into: StoryRecord, others: Sequence[StoryRecord]) -> list[StoryRecord]:
    """Return those that may be merged into a story, one after another: two that stay apart do not meet there."""
    found = []
    for each in others:
        if _may_merge(each, into):
            found.append(each)
            into = absorbing(into, each)
    return found


def _may_merge(merged: StoryRecord, into: StoryRecord) -> bool:
    is_apart = merged.id in into.apart or into.id in merged.apart
    return merged.members <= MAX_MERGED and not is_apart


def with_copies(
    change: StoryChange, original: ArticleId, situation: Situation, stored: AbstractSet[ArticleId]
) -> StoryChange:
    """Return the change with the copies that have waited for the article."""
    record, *others = change.records
    placed = list(change.placed)
    for each in situation.copies:
        if each.entry.article_id in stored:
            record = with_copy(record, each.source, each.entry.received_at)
            placed.append(Placed(record.id, each.entry))
    return replace(change, records=(record, *others), placed=tuple(placed), original=original, copies=situation.waiting)
