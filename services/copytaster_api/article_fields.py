"""The choice of an article's fields with the parameter ``fields``: a list of titles need not contain the texts."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, create_model

from copytaster.articles.views import ListedArticle
from copytaster.model.article import Document

DESCRIPTION = "Only these fields of the document, separated by commas, such as `id,title`; all without it."


def known_fields(document: type[BaseModel]) -> Callable[[str], str]:
    """Return a validator of names of the document's fields, separated by commas; its error names unknown ones."""

    def check(names: str) -> str:
        unknown = [repr(each) for each in names.split(",") if each not in document.model_fields]
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; the fields are {', '.join(document.model_fields)}")
        return names

    return check


def schema_of_names(document: type[BaseModel]) -> dict[str, str]:
    """Return the JSON schema of such names."""
    name = f"({'|'.join(document.model_fields)})"
    return {"type": "string", "pattern": f"^{name}(,{name})*$"}


@lru_cache(maxsize=100)  # it is asked for each item of a page
def chosen(names: str | None, document: type[BaseModel]) -> set[str]:
    """Return the fields that are wanted, all without names; the same set each time, which nobody changes."""
    return set(names.split(",") if names else document.model_fields)


_OPTIONAL: dict[str, Any] = {name: (each.annotation, None) for name, each in ListedArticle.model_fields.items()}

PartialArticle = create_model(
    "PartialArticle", __base__=Document, __doc__="Those fields of an article that `fields` names.", **_OPTIONAL
)


class PartialArticleList(Document):
    """A page of articles with those fields that `fields` names; ``next_cursor`` is null on the last."""

    items: tuple[PartialArticle, ...]
    next_cursor: str | None
