"""The story index on the server: one hash slot for all, because the union of two stories must be one change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redis import Redis

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId, Relation
from copytaster.store.keys import Keys
from copytaster.store.ports.stories import Member, StoryEntry, StoryId, founded_story, founder
from copytaster.store.redis.client import script, text, transient_errors
from copytaster.store.redis.records import newer_records

DIGITS = 15
"""Digits of milliseconds since 1970, padded so that they sort as text: enough until the year 33658."""


class RedisStories:
    """Implements ``Stories``. An article with a tie takes 300 bytes, others nothing."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._tie = script(client, "story_tie")
        self._remove = script(client, "story_remove")

    def tie(self, article: Member, others: Sequence[Member], relation: Relation | None) -> StoryId:
        """Tie articles; see ``Stories.tie``."""
        keys = [self._keys.stories(), self._keys.story_members(), self._keys.story_relations()]
        arguments: list[str | int] = [relation.model_dump_json() if relation else ""]
        for each in (article, *others):
            arguments += [founded_story(each.article_id), _born(each), int(each.certain)]
        with transient_errors():
            return StoryId(text(self._tie(keys=keys, args=arguments)))

    def ids(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return story ids; see ``Stories.ids``."""
        if not article_ids:
            return {}
        names = [founded_story(each) for each in article_ids]
        with transient_errors():
            found: Any = self._client.hmget(self._keys.stories(), [str(each) for each in names])
        return {each: _root(root, founded_story(each)) for each, root in zip(article_ids, found, strict=True)}

    def resolve(self, story_id: StoryId) -> StoryId:
        """Return the present id; see ``Stories.resolve``."""
        with transient_errors():
            return _root(self._client.hget(self._keys.stories(), story_id), story_id)

    def members(self, story_id: StoryId) -> list[StoryEntry]:
        """Return the members; see ``Stories.members``."""
        root = self.resolve(story_id)
        with transient_errors():
            entries: Any = self._client.zrange(self._keys.story_members(), f"[{root}:", f"({root};", bylex=True)
            names = [StoryId(text(each).rpartition(":")[2]) for each in entries] or [root]
            relations: Any = self._client.hmget(self._keys.story_relations(), [str(each) for each in names])
        with newer_records(f"story {story_id}"):
            return [
                StoryEntry(founder(name), Relation.model_validate_json(relation) if relation else None)
                for name, relation in zip(names, relations, strict=True)
            ]

    def remove(self, article_id: ArticleId) -> None:
        """Remove the article from its story; see ``Stories.remove``."""
        keys = [self._keys.stories(), self._keys.story_members(), self._keys.story_relations()]
        with transient_errors():
            self._remove(keys=keys, args=[founded_story(article_id)])


def _born(member: Member) -> str:
    return f"{milliseconds(member.received_at):0{DIGITS}}"


def _root(found: Any, own: StoryId) -> StoryId:
    return StoryId(text(found).rpartition(":")[0]) if found else own
