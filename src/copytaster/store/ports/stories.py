"""Stories: clusters of articles that relations tie together. A port.

A story bears the name of its founder, the member that was received first. An article without ties is a story of its
own that nothing is kept about. Where two stories turn out to be one the founder of the whole gives the name, and the
other name leads there for ever, so clusters and names do not depend on the order in which the ties become known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from copytaster.model.article import ArticleId, Relation

StoryId = NewType("StoryId", str)


@dataclass(frozen=True, slots=True)
class Member:
    """An article and when it was received.

    ``certain`` is False while that time is only a guess: its worker has not stored the article yet.
    """

    article_id: ArticleId
    received_at: datetime
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Tied:
    """A member of a story; ``relation`` is its strongest one to an earlier article, None where it has none."""

    article_id: ArticleId
    relation: Relation | None


class Stories(Protocol):
    """Which articles belong together. Everything touches one slot; ``members`` takes three round trips, others one."""

    def tie(self, article: Member, others: Sequence[Member], relation: Relation | None) -> StoryId:
        """Put the article and the others into one story and return its id; ``relation`` is remembered of the article.

        Ties are never undone, and tying again changes nothing. A certain time of receipt replaces a guessed one.
        Without others, an article that nobody has tied to costs one look.
        """
        ...

    def ids(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return the present story of each article."""
        ...

    def resolve(self, story_id: StoryId) -> StoryId:
        """Return what the story is called now; a name that was never given out is its own."""
        ...

    def members(self, story_id: StoryId) -> list[Tied]:
        """Return the members by time of receipt, the founder first; of a story that nothing is kept about, its founder.

        That founder need not be in the store.
        """
        ...


def own_story(article_id: ArticleId) -> StoryId:
    """Return the story that the article founds: ``s`` in the place of the id's ``a``."""
    return StoryId(f"s{article_id[1:]}")


def founder(story_id: StoryId) -> ArticleId:
    """Return the article that founded the story."""
    return ArticleId(f"a{story_id[1:]}")
