"""Standing searches: queries that people save, and the articles that meet them as they arrive."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, NewType

from pydantic import AwareDatetime, Field, StringConstraints

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId, Document, Text

SearchId = NewType("SearchId", str)

SEARCH = r"^q[0-9a-f]{18}$"
"""Pattern of the id of a standing search."""

NAME_CHARACTERS = 200
"""Longest name: events repeat it."""


FilterValue = Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARACTERS)]
"""The value of a filter: the name of a source, a topic or an organisation is shorter."""


class SearchConditions(Document):
    """What an article must meet: a query, filters, or both; absent ones are null."""

    q: Text | None = Field(
        default=None, description='Words, "phrases", -excluded, begin* and field:value; all must hold.'
    )
    source: FilterValue | None = Field(
        default=None, description="Who delivered it; case and a leading article do not matter."
    )
    publisher: FilterValue | None = Field(
        default=None, description="Who the file names as its publisher; compared in the same way."
    )
    topic: FilterValue | None = Field(default=None, description="Code or name of an IPTC Media Topic.")
    entity: FilterValue | None = Field(default=None, description="Name of a person, organisation or place.")
    keyword: FilterValue | None = Field(default=None, description="One of the article's keywords.")
    language: FilterValue | None = Field(default=None, description="Language code, such as `en`.")


class StandingSearch(SearchConditions):
    """A saved search. It finds articles that arrive after ``on_since``; null: it is off. ``by`` has created it."""

    id: SearchId
    name: Text
    created_at: AwareDatetime
    by: Text
    on_since: AwareDatetime | None = None


class MatchedSearch(Document):
    """A standing search that an article meets, with its name at that time."""

    id: SearchId
    name: Text


class Match(Document):
    """An article, standing searches that it was found to meet, and when."""

    at: AwareDatetime
    article_id: ArticleId
    searches: tuple[MatchedSearch, ...]


class SearchHit(Document):
    """An article that met a standing search, and when that was found."""

    article_id: ArticleId
    at: AwareDatetime


class HitCount(Document):
    """How many articles have met a standing search, and when the last one was found."""

    hits: int = 0
    last_hit_at: AwareDatetime | None = None


def new_search_id(now: datetime) -> SearchId:
    """Return a unique id that sorts by time of creation: ``q`` + milliseconds + 24 random bits, in hex."""
    return SearchId(f"q{milliseconds(now):012x}{secrets.token_hex(3)}")
