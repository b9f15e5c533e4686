"""Stories in this process's memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from copytaster.model.article import ArticleId, Relation
from copytaster.store.ports.stories import Member, StoryId, Tied, founder, own_story


class MemoryStories:
    """See ``copytaster.store.ports.stories.Stories``."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._into: dict[StoryId, StoryId] = {}
        self._born: dict[StoryId, datetime] = {}
        self._relations: dict[ArticleId, Relation] = {}

    def tie(self, article: Member, others: Sequence[Member], relation: Relation | None) -> StoryId:
        """Put articles into one story; see ``Stories.tie``."""
        with self._lock:
            own = own_story(article.article_id)
            if not others and own not in self._into:
                return own
            names = [self._node(each) for each in (article, *others)]
            if relation:
                self._relations[article.article_id] = relation
            roots = {self._into[each] for each in names}
            cluster = [each for each, root in self._into.items() if root in roots]
            first = min(cluster, key=lambda each: (self._born[each], each))
            self._into |= dict.fromkeys(cluster, first)
            return first

    def ids(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return the story of each article; see ``Stories.ids``."""
        with self._lock:
            return {each: self.resolve(own_story(each)) for each in article_ids}

    def resolve(self, story_id: StoryId) -> StoryId:
        """Return the present name; see ``Stories.resolve``."""
        return self._into.get(story_id, story_id)

    def members(self, story_id: StoryId) -> list[Tied]:
        """Return the members; see ``Stories.members``."""
        with self._lock:
            root = self.resolve(story_id)
            cluster = [each for each, into in self._into.items() if into == root] or [root]
            ordered = sorted(cluster, key=lambda each: (self._born[each], each)) if len(cluster) > 1 else cluster
            return [Tied(each, self._relations.get(each)) for each in map(founder, ordered)]

    def _node(self, member: Member) -> StoryId:
        own = own_story(member.article_id)
        self._into.setdefault(own, own)
        if member.certain:
            self._born[own] = member.received_at
        self._born.setdefault(own, member.received_at)
        return own
