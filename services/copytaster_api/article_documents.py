"""The JSON of articles in lists, which is made once for each state of an article that clients see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import RootModel

from copytaster.articles.views import ListedArticle, PresentState, listed, without_other_sources
from copytaster.model.article import Article, FieldSpan
from copytaster.model.same_article import SameArticle
from copytaster_api.article_fields import chosen

REMEMBERED = 1_000
"""Documents that are kept: twenty pages, some 7 MB."""

HIGHLIGHTS = "highlights"

_Highlights = RootModel[tuple[FieldSpan, ...]]


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """What a request wants of an article: ``fields`` as in the query, without what other ``sources`` delivered."""

    fields: str | None = None
    sources: tuple[str, ...] = ()


class ArticleDocuments:
    """Makes the documents of lists, and remembers the last ones; may be used by many threads.

    What may change about an article without its stored version is part of the key.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._known = lru_cache(maxsize=remembered)(_document)

    def listed(
        self,
        article: Article,
        state: PresentState,
        form: DocumentForm,
        *,
        highlights: tuple[FieldSpan, ...] | None = None,
    ) -> bytes:
        """Return the JSON of a ``ListedArticle`` with the wanted fields."""
        document = self._known(SameArticle(article), state, form)
        if HIGHLIGHTS not in chosen(form.fields, ListedArticle):
            return document + b"}"
        separator = b"," if len(document) > 1 else b""
        places = b"null" if highlights is None else _Highlights(highlights).model_dump_json().encode()
        return b'%b%b"highlights":%b}' % (document, separator, places)


def joined_page(documents: Sequence[bytes], next_cursor: str | None) -> bytes:
    """Return the JSON of a page of a list."""
    cursor = RootModel[str | None](next_cursor).model_dump_json().encode()
    return b'{"items":[%b],"next_cursor":%b}' % (b",".join(documents), cursor)


def _document(same: SameArticle, state: PresentState, form: DocumentForm) -> bytes:
    """Return the JSON without highlights and without the closing brace."""
    article = same.article
    if form.sources:
        article = without_other_sources(article, form.sources)
    fields = chosen(form.fields, ListedArticle) - {HIGHLIGHTS}
    return listed(article, state).model_dump_json(include=fields).encode()[:-1]
