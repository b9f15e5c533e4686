"""``If-Match`` on changes of articles: the change is made only to the state that the client has read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from copytaster.articles.exclusive_change import Expected
from copytaster.model.article import Article
from copytaster_api.entity_tags import article_tag, matches_strongly


async def _expected(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="`ETag` on which the change is based; 412 if it is another."),
    ] = None,
) -> Expected | None:
    if if_match is None or if_match.strip() == "*":  # any state
        return None
    tags = if_match

    def is_expected(article: Article) -> bool:
        return matches_strongly(tags, article_tag(article))

    return is_expected


Condition = Annotated[Expected | None, Depends(_expected)]
"""Type of an endpoint's parameter that receives the condition, for the part that makes the change; None without one."""
