"""The evidence that an article belongs to a story."""

from __future__ import annotations

from pydantic import Field

from copytaster.model.article import Document, Relation, Text


class Evidence(Document):
    """Why an article belongs to a story, or how near it is to one that it did not join.

    ``score`` is the probability (0 to 1) that both report one event. ``names``, ``terms`` and ``numbers`` are what both
    have in common, in the words of the article, the most important first. ``hours_apart`` is the time between the
    article and the nearest one of the story. ``relation`` is the relation to an article of the story: a copy, an
    excerpt or an update belongs to its story whatever the score. ``by`` is the person who decided it, null if nobody
    did.
    """

    score: float = Field(ge=0, le=1)
    names: tuple[Text, ...] = ()
    terms: tuple[Text, ...] = ()
    numbers: tuple[Text, ...] = ()
    hours_apart: float = Field(default=0, ge=0)
    relation: Relation | None = None
    by: Text | None = None


def in_words(evidence: Evidence | None) -> str:
    """Return why an article is in a story, or how near it is to one, in words; without evidence it began a story."""
    if evidence is None:
        return "it began a story"
    if evidence.by:
        return f"decided by {evidence.by}"
    if evidence.relation:
        return f"{evidence.relation.kind} of {evidence.relation.of} at {evidence.relation.score:.2f}"
    shared = ", ".join((*evidence.names, *evidence.numbers, *evidence.terms))
    return f"score {evidence.score:.2f}, {evidence.hours_apart:g} h apart, in common: {shared or 'no words'}"
