"""``If-Match`` on changes of articles: the change is made only to the state that the client has read."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, HTTPException

from copytaster.articles.views import show_article
from copytaster.model.article import ArticleId
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.entity_tags import article_tag, matches_strongly


async def _precondition(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="`ETag` on which the change is based; 412 if it is another."),
    ] = None,
) -> Precondition:
    return Precondition(if_match)


@dataclass(frozen=True, slots=True)
class Precondition:
    """The condition of a request to change an article; ``tags`` are None without one."""

    tags: str | None

    def require(self, article_id: str, deps: ApiDependencies) -> None:
        """Raise 412 if the article is in another state than the condition names; an unknown one is left to the route.

        The state is compared just before the change: of two requests at the same moment, both may be carried out.
        """
        if self.tags is None:
            return
        article = show_article(ArticleId(article_id), deps.store, now=deps.clock.now())
        if article is not None and not matches_strongly(self.tags, article_tag(article)):
            raise HTTPException(
                HTTPStatus.PRECONDITION_FAILED,
                f"article {article_id} is not in the state that If-Match names; read it again, and decide again",
            )


Condition = Annotated[Precondition, Depends(_precondition)]
"""Type of an endpoint's parameter that receives the condition. It is required in the endpoint, after all parameters
have been validated."""
