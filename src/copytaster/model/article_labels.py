"""The labels of an article, apart from it and put on it."""

from __future__ import annotations

from copytaster.model.article import Article, Tagging


def annotated(article: Article, tagging: Tagging) -> Article:
    """Return the article with this tagging."""
    return article.model_copy(update={name: getattr(tagging, name) for name in Tagging.model_fields})


def tagging_of(article: Article) -> Tagging:
    """Return the labels that a tagged article has, with all of its provenance."""
    return Tagging.model_validate({name: getattr(article, name) for name in Tagging.model_fields})
