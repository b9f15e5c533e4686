"""Stories: adding an article to its story, and reading a story.

This needs no lock: an article is stored first, then tied to its related articles. If one of them is not stored yet,
its time of receipt is estimated, and read again after the tie. Either it is stored by then, or its worker, which ties
it after storing it, finds the estimate and corrects it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import AwareDatetime

from copytaster.model.article import Article, ArticleId, Document, Relation, RelationKind
from copytaster.model.batches import batched
from copytaster.store.ports.stories import Member, StoryId, founded_story, founder
from copytaster.store.store import Store

PAGE = 100
"""Members read in one round trip: some 500 KB."""

_STRENGTH = (RelationKind.EXACT, RelationKind.NEAR, RelationKind.EXCERPT, RelationKind.UPDATE, RelationKind.RELATED)
"""Kinds of relations, the strongest first."""


class StoryMember(Document):
    """An article of a story; ``relation`` is its strongest one to an earlier article, null for the first article."""

    article_id: ArticleId
    title: str
    source: str | None
    received_at: AwareDatetime
    published_at: AwareDatetime | None
    relation: Relation | None


class Story(Document):
    """Articles about one event in the order of receipt, including copies.

    ``first_seen`` and ``last_seen`` are times of receipt, including those of later deliveries; ``sources`` are in the
    order of their first article.
    """

    id: StoryId
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    sources: tuple[str, ...]
    members: tuple[StoryMember, ...]


def join_story(article: Article, relations: Sequence[Relation], store: Store) -> StoryId:
    """Add a stored article to the story of its related articles; repeating this changes nothing.

    Cost: one round trip without relations, otherwise two; one more for a further version, and while a related article
    is being stored.
    """
    member = Member(article.id, first_received(article, store))
    others = _members([each.of for each in relations], member, store)
    strongest = min(relations, key=_rank, default=None)
    story = store.stories.tie(member, others, strongest)
    missing = [each.article_id for each in others if not each.certain]
    if missing and (stored := [each for each in _members(missing, member, store) if each.certain]):
        return store.stories.tie(member, stored, strongest)
    return story


def first_received(article: Article, store: Store) -> datetime:
    """Return when the first version of the article was received."""
    received = [article.received_at]
    if article.version > 1:
        received += store.articles.first_receipts([article.id]).values()
    return min(received)


def as_related(relations: Iterable[Relation]) -> list[Relation]:
    """Return the relations of an article that is not a copy: similar articles are related."""
    return [each.model_copy(update={"kind": RelationKind.RELATED}) for each in relations]


def read_story(story_id: StoryId, store: Store) -> Story | None:
    """Return a story under its present id, also for a former id; None if none of its articles is stored.

    Cost: three round trips, and one for every hundred members.
    """
    if founded_story(founder(story_id)) != story_id:
        return None
    tied = {each.article_id: each.relation for each in store.stories.members(story_id)}
    articles = [each for page in batched(tied, PAGE) for each in store.articles.get_many(page)]
    if not articles:
        return None
    received = [each.received_at for each in articles]
    received += [copy.received_at for each in articles for copy in each.duplicates]
    return Story(
        id=store.stories.resolve(story_id),
        first_seen=min(received),
        last_seen=max(received),
        sources=tuple(dict.fromkeys(each.source for each in articles if each.source)),
        members=tuple(_member(each, tied[each.id]) for each in articles),
    )


def _members(ids: Sequence[ArticleId], member: Member, store: Store) -> list[Member]:
    """Return the members other than ``member``; the time of those that are not stored is estimated by its time."""
    others = [each for each in dict.fromkeys(ids) if each != member.article_id]
    received = store.articles.first_receipts(others) if others else {}
    return [Member(each, received.get(each, member.received_at), certain=each in received) for each in others]


def _member(article: Article, relation: Relation | None) -> StoryMember:
    return StoryMember(
        article_id=article.id,
        title=article.title,
        source=article.source,
        received_at=article.received_at,
        published_at=article.published_at,
        relation=relation,
    )


def _rank(relation: Relation) -> tuple[int, float, str]:
    return _STRENGTH.index(relation.kind), -relation.score, relation.of
