"""The tagging of an article on which every attempt has failed."""

from __future__ import annotations

from copytaster.model.article import Article, Provenance, Tagging
from copytaster.model.article_labels import tagging_of


def given_up(article: Article, attempts: int) -> Tagging:
    """Return the labels that the article has, if an attempt wrote them and did not end; else none, with the reason."""
    if article.tagged:
        return tagging_of(article)
    note = Provenance(from_=f"none: {reason(attempts)}", confidence=0)
    return Tagging(
        language=article.language or "und",
        topics=(),
        entities=None,
        keywords=(),
        provenance=dict.fromkeys(("language", "topics", "entities", "keywords"), note),
    )


def reason(attempts: int) -> str:
    """Return why the tagging ended, as it is shown with the article."""
    return f"tagging failed {attempts} times"
