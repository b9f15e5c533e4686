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
