"""What a standing search looks for: its query in the syntax of searches, and its filters as further conditions."""

from __future__ import annotations

from copytaster.model.standing_search import SearchConditions
from copytaster.search.query import SearchQuery, TermCondition
from copytaster.search.syntax import parse_query
from copytaster.store.matching import query_terms
from copytaster.store.ports.articles import ArticleQuery

FILTERS = frozenset(SearchConditions.model_fields) - {"q"}
"""The names of the filters."""


class NoConditionError(ValueError):
    """The search has neither a query nor a filter."""

    def __init__(self) -> None:
        super().__init__("a standing search needs a query or a filter: otherwise every article would be a hit")


def query_of(search: SearchConditions) -> SearchQuery:
    """Return the conditions of a search. Raises ``QuerySyntaxError`` and ``NoConditionError``."""
    filters = ArticleQuery(**search.model_dump(include=set(FILTERS)))
    conditions = (
        *(parse_query(search.q).conditions if search.q else ()),
        *(TermCondition(frozenset({each})) for each in query_terms(filters)),
    )
    if not conditions:
        raise NoConditionError
    return SearchQuery(conditions)
