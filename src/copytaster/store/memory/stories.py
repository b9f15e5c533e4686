"""The story index in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from copytaster.model.article import ArticleId, Relation
from copytaster.store.ports.stories import Member, StoryEntry, StoryId, founded_story, founder


class MemoryStories:
    """Implements ``Stories``."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._into: dict[StoryId, StoryId] = {}
        self._born: dict[StoryId, datetime] = {}
        self._relations: dict[ArticleId, Relation] = {}

    def tie(self, article: Member, others: Sequence[Member], relation: Relation | None) -> StoryId:
        """Tie articles; see ``Stories.tie``."""
        with self._lock:
            own = founded_story(article.article_id)
            if not others and own not in self._into:
                return own
            names = [self._node(each) for each in (article, *others)]
            if relation:
                self._relations[article.article_id] = relation
            roots = {self._into[each] for each in names}
            cluster = [each for each, root in self._into.items() if root in roots]
            oldest = min(cluster, key=lambda each: (self._born[each], each))
            # A story keeps its id if its founder was removed.
            first = oldest if self._into[oldest] in self._into else self._into[oldest]
            self._into |= dict.fromkeys(cluster, first)
            return first

    def ids(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return story ids; see ``Stories.ids``."""
        with self._lock:
            return {each: self.resolve(founded_story(each)) for each in article_ids}

    def resolve(self, story_id: StoryId) -> StoryId:
        """Return the present id; see ``Stories.resolve``."""
        return self._into.get(story_id, story_id)

    def members(self, story_id: StoryId) -> list[StoryEntry]:
        """Return the members; see ``Stories.members``."""
        with self._lock:
            root = self.resolve(story_id)
            cluster = [each for each, into in self._into.items() if into == root]
            ordered = sorted(cluster, key=lambda each: (self._born[each], each)) or [root]
            return [StoryEntry(each, self._relations.get(each)) for each in map(founder, ordered)]

    def remove(self, article_id: ArticleId) -> None:
        """Remove the article from its story; see ``Stories.remove``."""
        with self._lock:
            own = founded_story(article_id)
            self._into.pop(own, None)
            self._born.pop(own, None)
            self._relations.pop(article_id, None)

    def _node(self, member: Member) -> StoryId:
        own = founded_story(member.article_id)
        self._into.setdefault(own, own)
        if member.certain:
            self._born[own] = member.received_at
        self._born.setdefault(own, member.received_at)
        return own
