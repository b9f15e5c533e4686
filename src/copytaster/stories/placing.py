"""Places articles into stories after they were tagged.

A group of articles takes four round trips: how frequent their words are is read, then what the store knows about them,
the placements are committed, and the words of what was placed are counted. A placement is made only if nothing that it
depends on has changed since the reading; otherwise the article is read and placed again. So any number of processes may
place articles at once, and none waits for another. The articles of a group see one another's words and placements.

Words are counted last, because an article that is counted and in no story yet makes the words of its own event common:
for another worker with the same message, and for the next try if this one dies.

An article keeps the story that it is in, also if a later version has other words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from copytaster.archive.placements import Placements
from copytaster.clock import Clock
from copytaster.dedup.relations import COPIES
from copytaster.errors import TransientError
from copytaster.model.article import Article, ArticleId, Relation
from copytaster.model.events import EventKind
from copytaster.store.ports.stories import (
    Placed,
    Situation,
    StoryChange,
    StoryEntry,
    StoryEvent,
    WaitingCopy,
    Wanted,
    founded_story,
)
from copytaster.store.store import Store
from copytaster.stories.compared import Compared, compared_in_order, count_words
from copytaster.stories.copies import first_original
from copytaster.stories.evidence import Evidence
from copytaster.stories.group import Group, with_copies
from copytaster.stories.recording import evidence_bytes, recorded
from copytaster.stories.records import closed, new_record, with_article, with_copy

log = structlog.get_logger(__name__)

MAX_TRIES = 8
"""How often an article is placed again because something has changed. With eight workers that place articles of one
event at once, each of them makes at least one of eight placements, so that all are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Places articles; every method raises ``TransientError`` if server or archive do not answer."""

    store: Store
    placements: Placements
    clock: Clock

    def place(self, articles: Sequence[Article]) -> frozenset[ArticleId]:
        """Place tagged articles, and return those that are in a story now; doing it again changes nothing.

        They are placed in the order of receipt, whatever their order in the message.
        One is not, if other processes changed the stories that it depends on again and again: it is to be placed later.
        Cost: four round trips, three more for each try after the first, and one more if an article has versions.
        """
        in_order = sorted(articles, key=lambda each: (each.received_at, each.id))
        compared = left = self._compared(in_order) if articles else []
        for _ in range(MAX_TRIES):
            left = self._attempt(left) if left else []
        for each in left:
            log.warning("story.postponed", article_id=each.article.id, why="its stories have changed at every try")
        placed = frozenset(each.id for each in articles) - {each.article.id for each in left}
        count_words([each for each in compared if each.article.id in placed], self.store.terms)
        return placed

    def place_unread(self, articles: Sequence[Article]) -> frozenset[ArticleId]:
        """Let each article found a story that no other one joins: for articles over whose texts ``place`` fails."""
        for article in articles:
            (situation,) = self.store.stories.situations([Wanted(article.id, ())])
            at = first_received(article, self.store)
            record = closed(with_article(new_record(founded_story(article.id), at), article, at))
            event = StoryEvent(EventKind.STORY_CREATED, self.clock.now(), (record.id,), (article.id,))
            placed = Placed(record.id, StoryEntry(article.id, at))
            change = StoryChange(records=(record,), placed=(placed,), events=(event,))
            self._commit([with_copies(change, article.id, situation, self._stored_copies([situation]))])
        return frozenset(self.store.stories.ids([each.id for each in articles]))

    def place_copy(self, copy: Article, relation: Relation) -> None:
        """Put a copy into the story of its original; if that is in none yet, the copy waits for it.

        A copy of a copy that waits itself waits for the same article: only that one is placed by its content. Cost: two
        round trips; one more if the original is in no story, and two for each copy between. Raises ``TransientError``
        also if other processes change the story at every try.
        """
        original_id = relation.of
        evidence = evidence_bytes(Evidence(score=relation.score, relation=relation))
        entry = StoryEntry(copy.id, first_received(copy, self.store), is_copy=True, evidence=evidence)
        for _ in range(MAX_TRIES):
            own, original = self.store.stories.situations([Wanted(copy.id, ()), Wanted(original_id, ())])
            if own.story:
                return
            if original.story is None:
                original_id, copied = first_original(original_id, self._original_of), original_id
                is_first = original_id == copied
                if is_first and self.store.stories.wait_for_original(original_id, WaitingCopy(entry, copy.source)):
                    return
                continue
            record = with_copy(original.story, copy.source, entry.received_at)
            event = StoryEvent(EventKind.STORY_GROWN, self.clock.now(), (record.id,), (copy.id,))
            change = StoryChange(records=(record,), placed=(Placed(record.id, entry),), events=(event,))
            if self.store.stories.commit([change]) == [True]:
                return
        raise TransientError(f"the story of {relation.of} has changed at each of {MAX_TRIES} tries; try again later")

    def _original_of(self, article_id: ArticleId) -> ArticleId | None:
        article = self.store.articles.get(article_id)
        relation = article.relation if article else None
        return relation.of if relation and relation.kind in COPIES else None

    def _attempt(self, compared: Sequence[Compared]) -> list[Compared]:
        """Try to place articles, and return those that have to be tried again."""
        situations = self.store.stories.situations([Wanted(each.article.id, each.keys) for each in compared])
        stored = self._stored_copies(situations)
        group = Group(self.clock.now())
        planned = [
            (each, change)
            for each, situation in zip(compared, situations, strict=True)
            if (change := group.change(each, situation, stored))
        ]
        made = self._commit([change for _, change in planned])
        return [each for (each, _), done in zip(planned, made, strict=True) if not done]

    def _stored_copies(self, situations: Sequence[Situation]) -> frozenset[ArticleId]:
        """Return the waiting copies that still are copies.

        One that was removed meanwhile must not become a member, and one that a person accepted is placed by itself.
        """
        waiting = [copy.entry.article_id for each in situations for copy in each.copies]
        stored = frozenset(self.store.articles.first_receipts(waiting)) if waiting else frozenset[ArticleId]()
        return stored - self.store.articles.accepted(list(stored)) if stored else stored

    def _commit(self, changes: Sequence[StoryChange]) -> list[bool]:
        """Record placements beside the archive, and make them; so the store never has one that a rebuild lacks."""
        group = recorded(changes, at=self.clock.now())
        if group.placements:
            self.placements.record(group)
        return self.store.stories.commit(changes)

    def _compared(self, articles: Sequence[Article]) -> list[Compared]:
        received = first_receipts(articles, self.store)
        return compared_in_order(articles, [received[each.id] for each in articles], self.store.terms)


def first_receipts(articles: Sequence[Article], store: Store) -> dict[ArticleId, datetime]:
    """Return when the first version of each article was received; one round trip if one has several versions."""
    received = {each.id: each.received_at for each in articles}
    several = [each.id for each in articles if each.version > 1]
    return received | dict(store.articles.first_receipts(several)) if several else received


def first_received(article: Article, store: Store) -> datetime:
    """Return when the first version of the article was received; one round trip if it has several."""
    return first_receipts([article], store)[article.id]
