"""Changes of stories by which articles pass from one to another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from copytaster.model.article import Article, ArticleId
from copytaster.model.batches import batched
from copytaster.model.events import EventKind
from copytaster.store.ports.stories import (
    MAX_SOURCES,
    Placed,
    StoryChange,
    StoryEntry,
    StoryEvent,
    StoryId,
    StoryRecord,
)
from copytaster.store.readable import undamaged
from copytaster.store.store import Store
from copytaster.stories.copies import first_original
from copytaster.stories.decided import Decided
from copytaster.stories.evidence import Evidence
from copytaster.stories.members import all_entries
from copytaster.stories.records import absorbing, emptied, new_record, with_article, with_copy, with_lead

ARTICLES = 100
"""Articles read in one round trip: some 500 KB."""

MAX_READ = 300
"""Articles that describe what is left of a story: all of 2,000 take four seconds, in which others join it.

Its sources may then have one of which every article has left.
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """A story with all its members in the order of receipt; one that is not stored has none."""

    record: StoryRecord
    entries: tuple[StoryEntry, ...] = ()

    @property
    def ids(self) -> tuple[ArticleId, ...]:
        """The ids of the members."""
        return tuple(each.article_id for each in self.entries)

    def with_copies(self, article_ids: Iterable[ArticleId]) -> tuple[ArticleId, ...]:
        """Return those of the articles that are members, and the members that are copies of them or of their copies."""
        wanted = set(article_ids)
        originals = {each.article_id: original_of(each) for each in self.entries}
        return tuple(each for each in self.ids if each in wanted or first_original(each, originals.get) in wanted)


def read_contents(record: StoryRecord, store: Store) -> Contents:
    """Return the story with its members; see ``all_entries``."""
    return Contents(record, tuple(all_entries(record.id, store)))


def original_of(entry: StoryEntry) -> ArticleId | None:
    """Return the article of which a member is a copy; None if it is no copy."""
    relation = Evidence.model_validate_json(entry.evidence).relation if entry.is_copy and entry.evidence else None
    return relation.of if relation else None


def no_contents(story_id: StoryId, *, like: StoryRecord) -> Contents:
    """Return a story that is not stored, open or closed as another one is."""
    return Contents(replace(new_record(story_id, like.first_seen), closed=like.closed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Computes changes at the time ``now``; ``decided`` is what the decisions about both stories add up to."""

    store: Store
    decided: Decided
    now: datetime

    def of_all(self, origin: Contents, target: Contents) -> StoryChange:
        """Return the change that merges a story into another one."""
        gone, stays = origin.record, self._with_decided(target.record, origin.record.id)
        event = StoryEvent(EventKind.STORY_MERGED, self.now, (stays.id, gone.id), origin.ids)
        entries = zip(origin.entries, self._with_persons(origin.entries), strict=True)
        return StoryChange(
            records=(emptied(gone), absorbing(stays, gone)),
            placed=tuple(Placed(stays.id, new, leaves=gone.id) for known, new in entries if new != known),
            merged={gone.id: stays.id},
            events=(event,),
        )

    def of_some(self, origin: Contents, target: Contents, moving: Collection[ArticleId]) -> StoryChange:
        """Return the change by which articles leave a story and enter another one.

        What is left is described anew. Cost: reading the articles that leave, and at most ``MAX_READ`` that stay.
        """
        passing = [each for each in origin.entries if each.article_id in moving]
        left = [each for each in origin.entries if each.article_id not in moving]
        placed = self._with_persons(passing)
        entered = self._with_decided(target.record, origin.record.id)
        grown = self._grown(entered, placed) if target.entries else self._assembled(entered, placed)
        rest = self._assembled(self._with_decided(origin.record, target.record.id), left)
        # The id of a story that was merged leads to itself again, and so do those that were merged into it before.
        back = {each for each in rest.absorbed if self.decided.leads_to(each, grown.id)}
        rest = replace(rest, absorbed=tuple(each for each in rest.absorbed if each not in back))
        grown = replace(grown, absorbed=tuple(dict.fromkeys((*grown.absorbed, *sorted(back - {grown.id})))))
        event = StoryEvent(
            EventKind.STORY_SPLIT, self.now, (rest.id, grown.id), tuple(each.article_id for each in placed)
        )
        return StoryChange(
            records=(rest, grown),
            placed=tuple(Placed(grown.id, each, leaves=rest.id) for each in placed),
            events=(event,),
        )

    def _with_persons(self, entries: Iterable[StoryEntry]) -> list[StoryEntry]:
        return [replace(each, evidence=self.decided.evidence(each.article_id, each.evidence)) for each in entries]

    def _with_decided(self, record: StoryRecord, other: StoryId) -> StoryRecord:
        apart = ({*record.apart} - {other}) | self.decided.apart[record.id]
        return replace(record, headline=self.decided.headlines.get(record.id), apart=tuple(sorted(apart)))

    def _assembled(self, record: StoryRecord, entries: Sequence[StoryEntry]) -> StoryRecord:
        """Return the record with exactly these members; of a large story it describes the latest ``MAX_READ``."""
        if not entries:
            return emptied(record)
        ordered = sorted(entries, key=lambda each: each.received_at)
        unread, read = ordered[:-MAX_READ], ordered[-MAX_READ:]
        made = self._grown(_blank(record, ordered[0].received_at), read)
        if not unread:
            return made
        members = {each.article_id for each in ordered}
        for lead in record.leads:
            made = with_lead(made, lead) if lead.article_id in members else made
        copies = sum(each.is_copy for each in unread)
        return replace(
            made,
            articles=made.articles + len(unread) - copies,
            copies=made.copies + copies,
            sources=tuple(dict.fromkeys((*record.sources, *made.sources)))[:MAX_SOURCES],
        )

    def _grown(self, record: StoryRecord, entries: Sequence[StoryEntry]) -> StoryRecord:
        """Return the record with more members."""
        for page in batched(entries, ARTICLES):
            articles = {
                each.id: each for each in undamaged((each.article_id for each in page), self.store.articles.get_many)
            }
            for entry in page:
                record = _with_entry(record, entry, articles.get(entry.article_id))
            record = record if record.closed else self._with_profiles(record, page, articles)
        return record

    def _with_profiles(
        self, record: StoryRecord, page: Sequence[StoryEntry], articles: Mapping[ArticleId, Article]
    ) -> StoryRecord:
        """Return the record with the profiles and keys of the articles of a page; copies add nothing to it."""
        from copytaster.stories.joint_profile import with_articles  # noqa: PLC0415  # NumPy is large, and this is rare

        counted = [each.article_id for each in page if not each.is_copy and each.article_id in articles]
        return with_articles(record, [articles[each] for each in counted], self.store.terms)


def _blank(record: StoryRecord, at: datetime) -> StoryRecord:
    """Return the record without members."""
    empty = new_record(record.id, at)
    kept = ("revision", "closed", "headline", "absorbed", "apart")
    return replace(empty, **{name: getattr(record, name) for name in kept})


def _with_entry(record: StoryRecord, entry: StoryEntry, article: Article | None) -> StoryRecord:
    """Return the record with one more member; one whose article is being removed at this moment is counted."""
    if entry.is_copy or article is None:
        counted = with_copy(record, article.source if article else None, entry.received_at)
        return counted if entry.is_copy else replace(counted, articles=record.articles + 1, copies=record.copies)
    return with_article(record, article, entry.received_at)
