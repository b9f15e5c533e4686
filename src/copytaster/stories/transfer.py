"""Changes of stories by which articles pass from one to another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from copytaster.model.article import Article, ArticleId
from copytaster.model.batches import batched
from copytaster.model.events import EventKind
from copytaster.store.ports.stories import Placed, StoryChange, StoryEntry, StoryEvent, StoryId, StoryRecord
from copytaster.store.store import Store
from copytaster.stories.decided import Decided
from copytaster.stories.evidence import Evidence
from copytaster.stories.members import all_entries
from copytaster.stories.records import absorbing, emptied, new_record, with_article, with_copy

ARTICLES = 100
"""Articles read in one round trip: some 500 KB."""


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
        """Return those of the articles that are members, and the members that are copies of them."""
        wanted = set(article_ids)
        return tuple(
            each.article_id for each in self.entries if each.article_id in wanted or original_of(each) in wanted
        )


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
        """Return the change by which articles leave a story and enter another one; their profiles are computed anew.

        Cost: reading all articles of both stories.
        """
        passing = [each for each in origin.entries if each.article_id in moving]
        left = [each for each in origin.entries if each.article_id not in moving]
        placed = self._with_persons(passing)
        grown = self._assembled(self._with_decided(target.record, origin.record.id), [*target.entries, *placed])
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
        """Return the record with exactly these members."""
        if not entries:
            return emptied(record)
        first = min(each.received_at for each in entries)
        made = replace(
            record,
            first_seen=first,
            last_seen=first,
            articles=0,
            copies=0,
            sources=(),
            leads=(),
            recent=(),
            profile=b"",
            keys=(),
        )
        for page in batched(sorted(entries, key=lambda each: each.received_at), ARTICLES):
            articles = {each.id: each for each in self.store.articles.get_many([each.article_id for each in page])}
            for entry in page:
                made = _with_entry(made, entry, articles.get(entry.article_id))
            made = made if made.closed else self._with_profiles(made, page, articles)
        return made

    def _with_profiles(
        self, record: StoryRecord, page: Sequence[StoryEntry], articles: Mapping[ArticleId, Article]
    ) -> StoryRecord:
        """Return the record with the profiles and keys of the articles of a page; copies add nothing to it."""
        from copytaster.stories.joint_profile import with_articles  # noqa: PLC0415  # NumPy is large, and this is rare

        counted = [each.article_id for each in page if not each.is_copy and each.article_id in articles]
        return with_articles(record, [articles[each] for each in counted], self.store.terms)


def _with_entry(record: StoryRecord, entry: StoryEntry, article: Article | None) -> StoryRecord:
    """Return the record with one more member; one whose article is being removed at this moment is counted."""
    if entry.is_copy or article is None:
        counted = with_copy(record, article.source if article else None, entry.received_at)
        return counted if entry.is_copy else replace(counted, articles=record.articles + 1, copies=record.copies)
    return with_article(record, article, entry.received_at)
