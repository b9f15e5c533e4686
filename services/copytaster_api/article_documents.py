"""The JSON of articles in lists, which is made once for each state of an article that clients see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import RootModel
from pydantic_core import to_json

from copytaster.articles.views import ListedArticle, PresentState, listed_document, without_other_sources
from copytaster.model.article_document import ArticleDocument
from copytaster.search.highlights import Highlights
from copytaster_api.article_fields import chosen

REMEMBERED = 1_000
"""Documents that are kept: twenty pages, some 7 MB."""

HIGHLIGHTS = "highlights"


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """What a request wants of an article: ``fields`` as in the query, without what other ``sources`` delivered."""

    fields: str | None = None
    sources: tuple[str, ...] = ()


class ArticleDocuments:
    """Makes the documents of lists, and remembers the last ones; may be used by many threads.

    A document of the store is the same object as long as the stored article is the same; what else may change is part
    of the key.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._known = lru_cache(maxsize=remembered)(_document)

    def listed(
        self,
        article: ArticleDocument,
        state: PresentState,
        form: DocumentForm,
        *,
        highlights: Highlights | None = None,
    ) -> bytes:
        """Return the JSON of a ``ListedArticle`` with the wanted fields."""
        document = self._known(article, state, form)
        if HIGHLIGHTS not in chosen(form.fields, ListedArticle):
            return document + b"}"
        separator = b"," if len(document) > 1 else b""
        places = b"null" if highlights is None else highlights.json
        return b'%b%b"highlights":%b}' % (document, separator, places)


def joined_page(documents: Sequence[bytes], next_cursor: str | None) -> bytes:
    """Return the JSON of a page of a list."""
    cursor = RootModel[str | None](next_cursor).model_dump_json().encode()
    return b'{"items":[%b],"next_cursor":%b}' % (b",".join(documents), cursor)


def _document(document: ArticleDocument, state: PresentState, form: DocumentForm) -> bytes:
    """Return the JSON without highlights and without the closing brace."""
    if form.sources:
        document = ArticleDocument.of(without_other_sources(document.article, form.sources))
    fields, wanted = listed_document(document, state), chosen(form.fields, ListedArticle)
    if form.fields:
        fields = {name: value for name, value in fields.items() if name in wanted}
    return to_json(fields)[:-1]
