"""Reading stories at a given time: what may not be used then is not shown by its words.

An article that is withheld or canceled gives no headline, no sentence and no name; that it is a member may be known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.store.ports.stories import StoryEntry, StoryId, StoryRecord, founded_story, founder
from copytaster.store.readable import undamaged
from copytaster.store.store import Store
from copytaster.stories.evidence import Evidence
from copytaster.stories.records import MAX_LEADS
from copytaster.stories.sentences import EarlierSentences
from copytaster.stories.story import Story, StoryMember, StoryState, StorySummary, StorySummaryPage, StoryTopic

Found = TypeVar("Found")

PAGE = 50
"""Members of a page: some 250 KB of text are read, and compared in some 100 ms."""

DEVELOPING = timedelta(hours=6)
"""A story without a new article for this long is quiet: newsrooms follow a running story several times a shift."""

LONGEST_RHYTHM = timedelta(hours=36)
"""A story whose articles come once a day, as of a trial, is developing from one day to the next."""

MAX_NEW = 5
"""Sentences of an article that are shown as new: as many as a reader takes in at a glance."""

REPLACING = 20
"""Members that are read if none of the leads may be used, some 100 KB."""

MAX_NAMES, MAX_TOPICS = 10, 5
"""Names and topics of a story: those of a long article, the most frequent first."""


def read_story(  # noqa: PLR0913  # most of them have a default
    story_id: StoryId,
    store: Store,
    *,
    now: datetime,
    cursor: str | None = None,
    newest_first: bool = False,
    limit: int = PAGE,
) -> Story | None:
    """Return the story with a page of its members; a former id gives the story into which it was merged.

    Sentences are compared with the most complete articles of the story, and with the earlier ones of the page. None if
    there is no such story. Cost: three round trips, whatever the size of the story; two more if none of its most
    complete articles may be used. Raises ``WrongCursorError``.
    """
    if founded_story(founder(story_id)) != story_id:
        return None
    record = store.stories.records([story_id]).get(story_id)
    if record is None:
        return None
    page = store.stories.entries(record.id, cursor=cursor, newest_first=newest_first, limit=limit)
    in_order = page.entries[::-1] if newest_first else page.entries
    ids = [*(each.article_id for each in record.leads), *(each.article_id for each in page.entries)]
    articles = _articles(ids, store, now)
    summary = _summary(record, _representatives(record, articles, store, now), now)
    members = list(_members(record, in_order, articles))
    return Story.model_construct(
        **dict(summary),
        members=tuple(members[::-1] if newest_first else members),
        next_cursor=page.next_cursor,
    )


def list_stories(
    store: Store, *, now: datetime, single: bool = False, cursor: str | None = None, limit: int = PAGE
) -> StorySummaryPage:
    """Return a page of stories of several members, with ``single`` also of the open ones of one member.

    Cost: three round trips; one more if the most complete article of a story may not be used, and two for each story
    of which none of the most complete ones may. Raises ``WrongCursorError``.
    """
    page = store.stories.changed(single=single, cursor=cursor, limit=limit)
    return StorySummaryPage(stories=tuple(summaries(page.stories, store, now=now)), next_cursor=page.next_cursor)


def summaries(records: Sequence[StoryRecord], store: Store, *, now: datetime) -> list[StorySummary]:
    """Return what lists show of stories; see ``list_stories`` for the cost."""
    articles = _articles([lead.article_id for each in records for lead in each.leads[:1]], store, now)
    hidden = [each for each in records if not _usable_leads(each, articles)]
    articles |= _articles([lead.article_id for each in hidden for lead in each.leads[1:]], store, now)
    return [_summary(each, _representatives(each, articles, store, now), now) for each in records]


def state_of(record: StoryRecord, now: datetime) -> StoryState:
    """Return the state of a story at ``now``."""
    if record.closed:
        return StoryState.CLOSED
    gaps = len(record.recent) - 1
    rhythm = 2 * (record.recent[0] - record.recent[-1]) / gaps if gaps > 0 else timedelta(0)
    patience = max(DEVELOPING, min(rhythm, LONGEST_RHYTHM))
    return StoryState.DEVELOPING if now - record.last_seen <= patience else StoryState.QUIET


def _velocity(record: StoryRecord, now: datetime) -> float:
    """Return the members an hour since ``DEVELOPING`` ago, or since the earliest of the latest, if that is later."""
    lately = [each for each in record.recent if now - each <= DEVELOPING]
    is_full = len(lately) == len(record.recent) < record.members
    span = max(now - lately[-1], timedelta(minutes=1)) if is_full else DEVELOPING
    return round(len(lately) / (span / timedelta(hours=1)), 2)


def _articles(ids: Sequence[ArticleId], store: Store, now: datetime) -> dict[ArticleId, Article]:
    found = undamaged(ids, store.articles.get_many)
    return {each.id: each.at(now) for each in found}


def _representatives(
    record: StoryRecord, articles: Mapping[ArticleId, Article], store: Store, now: datetime
) -> list[Article]:
    """Return the articles by which a story is shown: its leads, else the most complete of its latest members.

    The record names a few leads. All of them may have been withdrawn, or removed because of their age.
    """
    leads = _usable_leads(record, articles)
    if leads or record.members <= len(record.leads):
        return leads
    entries = store.stories.entries(record.id, newest_first=True, limit=REPLACING).entries
    copies = {each.article_id for each in entries if each.is_copy}
    found = _articles([each.article_id for each in entries], store, now).values()
    return sorted(filter(_is_usable, found), key=lambda each: (each.id in copies, -each.word_count))[:MAX_LEADS]


def _usable_leads(record: StoryRecord, articles: Mapping[ArticleId, Article]) -> list[Article]:
    known = (articles.get(each.article_id) for each in record.leads)
    return [each for each in known if each and _is_usable(each)]


def _is_usable(article: Article) -> bool:
    return article.status is ArticleStatus.USABLE


def _summary(record: StoryRecord, leads: Sequence[Article], now: datetime) -> StorySummary:
    headline = leads[0].title if leads else None
    pinned = record.headline if leads else None
    return StorySummary(
        id=record.id,
        state=state_of(record, now),
        headline=pinned.text if pinned else headline,
        headline_by=pinned.by if pinned else None,
        lead_article_id=leads[0].id if leads else None,
        first_seen=record.first_seen,
        last_seen=record.last_seen,
        articles=record.articles,
        copies=record.copies,
        sources=record.sources,
        names=_most_frequent((entity.name for each in leads for entity in each.entities or ()), MAX_NAMES),
        topics=tuple(
            StoryTopic(code=code, name=name)
            for code, name in _most_frequent(
                ((topic.code, topic.name) for each in leads for topic in each.topics or ()), MAX_TOPICS
            )
        ),
        velocity=_velocity(record, now),
    )


def _most_frequent(found: Iterable[Found], most: int) -> tuple[Found, ...]:
    return tuple(each for each, _ in Counter(found).most_common(most))


def _members(
    record: StoryRecord, entries: Sequence[StoryEntry], articles: Mapping[ArticleId, Article]
) -> Iterator[StoryMember]:
    earlier = EarlierSentences()
    shown = {each.article_id for each in entries}
    leads = [each for each in _usable_leads(record, articles) if each.id not in shown]
    for entry in entries:
        article = articles.get(entry.article_id)
        if article is None:  # removed since the entries were read
            continue
        for lead in [each for each in leads if each.received_at < entry.received_at]:
            earlier.add(lead.text)
            leads.remove(lead)
        yield _member(article, entry, earlier)


def _member(article: Article, entry: StoryEntry, earlier: EarlierSentences) -> StoryMember:
    evidence = Evidence.model_validate_json(entry.evidence) if entry.evidence else None
    usable = _is_usable(article)
    if evidence and not usable:
        evidence = evidence.model_copy(update={"names": (), "terms": (), "numbers": ()})
    new = earlier.new_in(article.text, most=MAX_NEW) if usable else ()
    return StoryMember(
        article_id=article.id,
        title=article.title if usable else None,
        source=article.source,
        received_at=entry.received_at,
        published_at=article.published_at,
        relation=evidence.relation if evidence else None,
        evidence=evidence,
        new=new,
    )
