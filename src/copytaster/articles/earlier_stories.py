"""Stories of articles that an earlier release has stored: they are kept, and no new article joins them.

Articles were tied by relations, and an article without ties was a story for which nothing was stored. Each process
walks over all articles once, unless the data has a layout with stories.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from copytaster.archive.placements import Placements
from copytaster.clock import Clock
from copytaster.model.article import Article, ArticleId
from copytaster.store.ports.layout import WITH_STORIES
from copytaster.store.ports.stories import Placed, StoryChange, StoryEntry, StoryId, StoryRecord, founded_story
from copytaster.store.readable import readable
from copytaster.store.store import Store
from copytaster.stories.evidence import Evidence
from copytaster.stories.recording import evidence_bytes, recorded
from copytaster.stories.records import closed, new_record, with_article, with_copy


class EarlierStories:
    """Puts articles into the stories in which an earlier release had them, some in each step."""

    def __init__(self, store: Store, placements: Placements, clock: Clock) -> None:
        self._store = store
        self._placements = placements
        self._clock = clock
        self._position = 0
        self._is_complete = True
        self._done = False

    def step(self) -> bool:
        """Examine some articles, and return whether all have been seen, and those that had to be are in stories.

        Raises ``TransientError``; the next step continues. Cost: some ten round trips until all have been seen.
        """
        self._done |= (self._store.layout.read() or 0) >= WITH_STORIES
        if self._done:
            return True
        if not self._position:
            self._is_complete = True
        after, ids = self._store.articles.ids(self._position)
        self._is_complete &= self._adopt(ids)
        if not after and self._is_complete:
            self._store.stories.remove_earlier()
            self._done = True
        # At the end: after an outage the next step examines the same articles.
        self._position = after
        return self._done

    def _adopt(self, ids: Sequence[ArticleId]) -> bool:
        """Return whether all of the articles are in stories, or will be when they are tagged."""
        store = self._store
        placed = store.stories.ids(ids)
        # One that is not tagged yet is placed after its tagging.
        articles = [each for each in readable(ids, store.articles.get_many)[0] if each.tagged or each.relation]
        left = [each for each in articles if each.id not in placed]
        if not left:
            return True
        names = [each.id for each in left]
        earlier, received = store.stories.earlier(names), store.articles.first_receipts(names)
        members = defaultdict[StoryId, list[Article]](list)
        for each in left:
            members[earlier.get(each.id) or _usual_story(each)].append(each)
        known = store.stories.records(list(members))
        changes = [_adoption(known.get(story), story, group, received) for story, group in members.items()]
        self._placements.record(recorded(changes, at=self._clock.now()))
        former = {founded_story(each.id): story for story, group in members.items() for each in group if each.tagged}
        # Before the change: an article that is in a story is not examined again.
        store.stories.redirect({name: story for name, story in former.items() if name != story})
        return all(store.stories.commit(changes))


def _usual_story(article: Article) -> StoryId:
    return founded_story(article.relation.of if article.relation else article.id)


def _adoption(
    known: StoryRecord | None, story: StoryId, articles: Sequence[Article], received: dict[ArticleId, datetime]
) -> StoryChange:
    times = {each.id: received.get(each.id, each.received_at) for each in articles}
    record = known or closed(new_record(story, min(times.values())))
    placed = []
    for article in sorted(articles, key=lambda each: (times[each.id], each.id)):
        at, relation = times[article.id], article.relation
        record = with_copy(record, article.source, at) if relation else with_article(record, article, at)
        evidence = evidence_bytes(Evidence(score=relation.score, relation=relation)) if relation else b""
        placed.append(Placed(record.id, StoryEntry(article.id, at, is_copy=relation is not None, evidence=evidence)))
    return StoryChange(records=(record,), placed=tuple(placed))
