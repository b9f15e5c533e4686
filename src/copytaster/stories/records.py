"""How the record of a story changes when members enter and leave it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from copytaster.model.article import Article
from copytaster.store.ports.stories import (
    MAX_SOURCES,
    IndexKey,
    Lead,
    StoryEntry,
    StoryId,
    StoryRecord,
)
from copytaster.tagging.stages import UNDETERMINED

if TYPE_CHECKING:  # NumPy is large, and few processes need it
    from copytaster.stories.profile import Profile

MAX_LEADS = 4
"""Articles that may represent a story: if the most complete one is withdrawn, the next one does."""

MAX_RECENT = 12
"""Times of receipt by which the velocity is measured."""

MAX_KEYS = 24
"""Index keys of a story, those of the latest articles: a story is found by what it is about now."""


def new_record(story_id: StoryId, at: datetime) -> StoryRecord:
    """Return the record of a story without members, for one that was received at this time."""
    return StoryRecord(id=story_id, first_seen=at, last_seen=at)


def with_article(record: StoryRecord, article: Article, at: datetime) -> StoryRecord:
    """Return the record with one more article, which was received at this time."""
    grown = with_lead(_with_member(record, article.source, at), Lead(article.id, article.word_count))
    own = article.language if article.language != UNDETERMINED else None
    return replace(grown, articles=record.articles + 1, language=record.language or own)


def with_copy(record: StoryRecord, source: str | None, at: datetime) -> StoryRecord:
    """Return the record with one more copy, which was received at this time."""
    return replace(_with_member(record, source, at), copies=record.copies + 1)


def with_lead(record: StoryRecord, lead: Lead) -> StoryRecord:
    """Return the record with the present length of an article that may represent the story."""
    known = {each.article_id: each for each in record.leads} | {lead.article_id: lead}
    return replace(record, leads=_best(known.values()))


def with_profile(record: StoryRecord, profile: Profile, keys: Iterable[IndexKey]) -> StoryRecord:
    """Return the record with another profile, and more keys; a closed story is open again."""
    return replace(
        record, closed=False, profile=profile.to_bytes(), keys=tuple(dict.fromkeys((*keys, *record.keys)))[:MAX_KEYS]
    )


def without_member(record: StoryRecord, entry: StoryEntry) -> StoryRecord:
    """Return the record without a member. The profile, the sources and the times stay as they are."""
    return replace(
        record,
        articles=record.articles - (not entry.is_copy),
        copies=record.copies - entry.is_copy,
        leads=tuple(each for each in record.leads if each.article_id != entry.article_id),
    )


def absorbing(record: StoryRecord, merged: StoryRecord) -> StoryRecord:
    """Return the record with everything of another story that is merged into it."""
    both = replace(
        record,
        first_seen=min(record.first_seen, merged.first_seen),
        last_seen=max(record.last_seen, merged.last_seen),
        articles=record.articles + merged.articles,
        copies=record.copies + merged.copies,
        sources=tuple(dict.fromkeys((*record.sources, *merged.sources)))[:MAX_SOURCES],
        leads=_best((*record.leads, *merged.leads)),
        recent=tuple(sorted((*record.recent, *merged.recent), reverse=True)[:MAX_RECENT]),
        closed=record.closed and merged.closed,
        language=record.language or merged.language,
        absorbed=tuple(dict.fromkeys((*record.absorbed, merged.id, *merged.absorbed))),
        apart=tuple(
            each for each in dict.fromkeys((*record.apart, *merged.apart)) if each not in (record.id, merged.id)
        ),
    )
    from copytaster.stories.profile import Profile  # noqa: PLC0415  # see above

    profiles = [Profile.from_bytes(each.profile) for each in (record, merged) if each.profile]
    if not profiles:
        return both
    profile = profiles[0].merged(profiles[1]) if len(profiles) > 1 else profiles[0]
    return with_profile(both, profile, merged.keys)


def emptied(record: StoryRecord) -> StoryRecord:
    """Return the record of a story that has lost all its members."""
    return replace(record, articles=0, copies=0, keys=(), profile=b"")


def closed(record: StoryRecord) -> StoryRecord:
    """Return the record of a story that no article joins by its content any more."""
    return replace(record, closed=True, keys=(), profile=b"")


def _with_member(record: StoryRecord, source: str | None, at: datetime) -> StoryRecord:
    return replace(
        record,
        first_seen=min(record.first_seen, at),
        last_seen=max(record.last_seen, at),
        sources=tuple(dict.fromkeys((*record.sources, *filter(None, [source]))))[:MAX_SOURCES],
        recent=tuple(sorted((*record.recent, at), reverse=True)[:MAX_RECENT]),
    )


def _best(leads: Iterable[Lead]) -> tuple[Lead, ...]:
    """Return the longest, of equally long ones the earlier."""
    return tuple(sorted(leads, key=lambda each: -each.words)[:MAX_LEADS])
