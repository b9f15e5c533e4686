"""Stories: how an article comes into one, and what one looks like.

Why this needs no lock: an article is stored first, then tied to those that it relates to. Where one of them is not in
the store yet its time of receipt is guessed, and looked at again after the tie: either it is there by then, or its
worker, which ties it after storing it, finds the guess and puts it right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import AwareDatetime

from copytaster.model.article import Article, ArticleId, Document, Relation, RelationKind
from copytaster.store.ports.stories import Member, StoryId, founded_story, founder
from copytaster.store.store import Store

PAGE = 100
"""Members read per round trip: some 500 KB."""

_STRENGTH = (RelationKind.EXACT, RelationKind.NEAR, RelationKind.EXCERPT, RelationKind.UPDATE, RelationKind.RELATED)
"""Relations, the one that says most first."""


class StoryMember(Document):
    """An article of a story; ``relation`` is its strongest one to an earlier article, null for the first."""

    article_id: ArticleId
    title: str
    source: str | None
    received_at: AwareDatetime
    published_at: AwareDatetime | None
    relation: Relation | None


class Story(Document):
    """Articles about one event, by time of receipt, copies among them.

    ``first_seen`` and ``last_seen`` are times of receipt, of later deliveries as well; ``sources`` are in the order of
    their first article.
    """

    id: StoryId
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    sources: tuple[str, ...]
    members: tuple[StoryMember, ...]


def join_story(article: Article, relations: Sequence[Relation], store: Store) -> StoryId:
    """Put a stored article into the story of those that it relates to; doing it again changes nothing.

    Costs one round trip where there are no relations, else two; one more while one of the others is being stored.
    """
    own = Member(article.id, first_received(article, store))
    others = _members([each.of for each in relations], own, store)
    strongest = min(relations, key=_rank, default=None)
    story = store.stories.tie(own, others, strongest)
    late = [each.article_id for each in others if not each.certain]
    if late and (come := [each for each in _members(late, own, store) if each.certain]):
        return store.stories.tie(own, come, strongest)
    return story


def first_received(article: Article, store: Store) -> datetime:
    """Return when the article came for the first time, in whatever version."""
    versions = [article] if article.version == 1 else [*store.articles.versions(article.id), article]
    return min(each.received_at for each in versions)


def as_ties(relations: Iterable[Relation]) -> list[Relation]:
    """Return the relations of an article that is no copy: what is alike is related."""
    return [each.model_copy(update={"kind": RelationKind.RELATED}) for each in relations]


def read_story(story_id: StoryId, store: Store) -> Story | None:
    """Return a story under its present id, whatever the id that is asked for; None when none of its articles is there.

    Cost: three round trips, and one for every hundred members.
    """
    if founded_story(founder(story_id)) != story_id:
        return None
    tied = {each.article_id: each.relation for each in store.stories.members(story_id)}
    ids = list(tied)
    pages = (ids[start : start + PAGE] for start in range(0, len(ids), PAGE))
    articles = [each for page in pages for each in store.articles.get_many(page)]
    if not articles:
        return None
    seen = [each.received_at for each in articles]
    seen += [copy.received_at for each in articles for copy in each.duplicates]
    return Story(
        id=store.stories.resolve(story_id),
        first_seen=min(seen),
        last_seen=max(seen),
        sources=tuple(dict.fromkeys(each.source for each in articles if each.source)),
        members=tuple(_member(each, tied[each.id]) for each in articles),
    )


def _members(ids: Sequence[ArticleId], asking: Member, store: Store) -> list[Member]:
    wanted = [each for each in dict.fromkeys(ids) if each != asking.article_id]
    found = {each.id: each for each in store.articles.get_many(wanted)} if wanted else {}
    return [
        Member(each, first_received(found[each], store))
        if each in found
        else Member(each, asking.received_at, certain=False)
        for each in wanted
    ]


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
