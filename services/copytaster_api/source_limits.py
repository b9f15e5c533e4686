"""Restricts requests to the sources of a key: an article of another source is answered as one that does not exist."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from fastapi import HTTPException
from starlette.types import Scope as RequestScope

from copytaster.access.caller import Caller
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster.store.store import Store
from copytaster_api.access_problems import NotPermittedError
from copytaster_api.access_rules import Sources
from copytaster_api.route_rules import FoundRule

PARAMETER = "source"

PLACES = {Sources.ARTICLE: "article_id", Sources.DELIVERY: "delivery_id"}
"""The part of the path that has the id."""


def restrict(scope: RequestScope, found: FoundRule, caller: Caller, store: Store) -> None:
    """Restrict a request to the sources of its caller; the query string may change.

    Cost: one round trip for a route of an article or delivery. Raises ``NotPermittedError``, and ``HTTPException``
    (404) for what another source delivered.
    """
    if not caller.sources:
        return
    rule = found.rule.sources
    if rule in PLACES and PLACES[rule] not in found.values:
        rule = Sources.REFUSED
    match rule:
        case Sources.NOT_SHOWN:
            pass
        case Sources.REFUSED:
            raise NotPermittedError(
                f"the key {caller.name!r} is restricted to {_names(caller)}, and {found.path} is about all sources"
            )
        case Sources.ONE_PARAMETER | Sources.PARAMETERS:
            scope["query_string"] = _restricted_query(scope["query_string"], rule, caller)
        case Sources.ARTICLE:
            article_id = found.values[PLACES[rule]]
            article = store.articles.get(ArticleId(article_id))
            if article is None or not caller.sees(article.source):
                raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no article {article_id} of {_names(caller)}")
        case Sources.DELIVERY:
            delivery_id = found.values[PLACES[rule]]
            delivery = store.ledger.get(DeliveryId(delivery_id))
            if delivery is None or not caller.sees(delivery.source):
                raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no delivery {delivery_id} of {_names(caller)}")


def _restricted_query(query: bytes, rule: Sources, caller: Caller) -> bytes:
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    named = [value for name, value in given if name == PARAMETER]
    for each in named:
        if not caller.sees(each):
            raise NotPermittedError(f"the key {caller.name!r} is restricted to {_names(caller)}, without {each!r}")
    if named:
        return query
    if rule is Sources.ONE_PARAMETER and len(caller.sources) > 1:
        raise NotPermittedError(
            f"the key {caller.name!r} has several sources: choose one by `source`: {_names(caller)}"
        )
    return urlencode([*given, *((PARAMETER, each) for each in caller.sources)]).encode("ascii")


def _names(caller: Caller) -> str:
    return ", ".join(caller.sources)
