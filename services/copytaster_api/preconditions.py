"""``If-Match`` on changes of articles: the change is made only to the state that the client has read."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Header, HTTPException

from copytaster.articles.views import show_article
from copytaster.model.article import ArticleId
from copytaster_api.dependencies import Dependencies
from copytaster_api.entity_tags import article_tag, matches_strongly


def refuse_other_state(
    article_id: str,
    deps: Dependencies,
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="`ETag` of the article on which the change is based; else 412."),
    ] = None,
) -> None:
    """Raise 412 if the request has a condition and the article is in another state; unknown ones are left to the route.

    The state is compared just before the change: of two requests at the same moment, both may be carried out.
    """
    if if_match is None:
        return
    article = show_article(ArticleId(article_id), deps.store, now=deps.clock.now())
    if article is not None and not matches_strongly(if_match, article_tag(article)):
        raise HTTPException(
            HTTPStatus.PRECONDITION_FAILED,
            f"article {article_id} is not in the state that If-Match names any more; read it again, and decide again",
        )
