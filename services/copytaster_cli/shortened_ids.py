"""Ids as people type them: an article's or a delivery's, whole or only the beginning."""

from __future__ import annotations

from copytaster.errors import CopytasterError
from copytaster.model.article import Article, ArticleId
from copytaster.store.ports.articles import ArticleQuery
from copytaster_cli.reader import Reader, Selection

SHORTEST = 4
"""Characters of a beginning: with fewer, most would be ambiguous."""

NEWEST = 200
"""Articles among which a beginning is looked for, the newest received, which people have on their screens."""

SHOWN = 5
"""Ids in a message, which should stay on a few lines."""


class AmbiguousIdError(CopytasterError):
    """Several articles may be meant."""

    def __init__(self, text: str, ids: list[str]) -> None:
        more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
        super().__init__(f"{text} may mean several articles: {', '.join(ids[:SHOWN])}{more}; give the id of one")


def find_article(text: str, reader: Reader) -> Article | None:
    """Return the article that is meant by its id, the id of its delivery, or the beginning of its id.

    Raises ``AmbiguousIdError`` if several articles may be meant.
    """
    if article := reader.article(ArticleId(text)):
        return article
    ids = [each for delivery in reader.find_file(text).deliveries for each in delivery.article_ids]
    return _the_one(text, list(dict.fromkeys(ids)), reader) or _the_one(text, _beginning(text, reader), reader)


def complete_id(text: str, reader: Reader) -> str | None:
    """Return the id of the one article among the newest whose id begins like this; None if there is none."""
    found = _beginning(text, reader)
    if len(found) > 1:
        raise AmbiguousIdError(text, found)
    return found[0] if found else None


def _the_one(text: str, ids: list[str], reader: Reader) -> Article | None:
    if len(ids) > 1:
        raise AmbiguousIdError(text, ids)
    return reader.article(ArticleId(ids[0])) if ids else None


def _beginning(text: str, reader: Reader) -> list[str]:
    if len(text) < SHORTEST:
        return []
    newest = reader.articles(Selection(query=ArticleQuery()), most=NEWEST)
    return [each.id for each in newest if each.id.startswith(text)]
