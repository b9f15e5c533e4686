"""An article in the form of its JSON document, from which lists are written without a model of each of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from copytaster.model.article import (
    Article,
    ArticleId,
    ArticleStatus,
    RelationKind,
    Span,
)

Json = dict[str, Any]

_STATUSES = {each.value: each for each in ArticleStatus}


class Label:
    """A topic, entity, keyword, tag, relation or ruling of a document; it has the attributes of its kind."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Json) -> None:
        self._fields = fields

    @property
    def code(self) -> str:
        """The code of a topic."""
        value: str = self._fields["code"]
        return value

    @property
    def name(self) -> str:
        """The name of a topic, entity or tag."""
        value: str = self._fields["name"]
        return value

    @property
    def term(self) -> str:
        """The term of a keyword."""
        value: str = self._fields["term"]
        return value

    @property
    def of(self) -> ArticleId:
        """The other article of a relation."""
        value: ArticleId = self._fields["of"]
        return value

    @property
    def kind(self) -> RelationKind:
        """The kind of a relation."""
        return RelationKind(self._fields["kind"])

    @property
    def status(self) -> ArticleStatus:
        """The status of a ruling."""
        return _STATUSES[self._fields["status"]]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The places in the text."""
        return tuple(Span(start=each["start"], end=each["end"]) for each in self._fields["spans"])


class ArticleDocument:
    """An article of which ``fields`` is the JSON document, in the order of ``Article``; nobody changes it.

    The attributes, which lists and searches compare, are those of the article; ``article`` is all of it. Two documents
    are equal only if they are the same object.
    """

    def __init__(self, fields: Json) -> None:
        self.fields = fields

    @classmethod
    def of(cls, article: Article) -> ArticleDocument:
        """Return the document of an article. Cost: three times that of reading it from a record."""
        return cls(article.model_dump(mode="json"))

    @property
    def article(self) -> Article:
        """The article as a model; validated each time."""
        return Article.model_validate(self.fields)

    @property
    def id(self) -> ArticleId:
        """The id."""
        value: ArticleId = self.fields["id"]
        return value

    @property
    def title(self) -> str:
        """The title."""
        value: str = self.fields["title"]
        return value

    @property
    def text(self) -> str:
        """The text."""
        value: str = self.fields["text"]
        return value

    @property
    def byline(self) -> str | None:
        """The byline."""
        value: str | None = self.fields["byline"]
        return value

    @property
    def authors(self) -> Sequence[str]:
        """The authors."""
        return tuple(self.fields["authors"])

    @property
    def source(self) -> str | None:
        """Who delivered the file."""
        value: str | None = self.fields["source"]
        return value

    @property
    def publisher(self) -> str | None:
        """Who the file names."""
        value: str | None = self.fields["publisher"]
        return value

    @property
    def language(self) -> str | None:
        """The language."""
        value: str | None = self.fields["language"]
        return value

    @property
    def format(self) -> str:
        """The format of the file."""
        value: str = self.fields["format"]
        return value

    @cached_property
    def received_at(self) -> datetime:
        """When it was received."""
        return datetime.fromisoformat(self.fields["received_at"])

    @cached_property
    def published_at(self) -> datetime | None:
        """When it was published."""
        return _time(self.fields["published_at"])

    @property
    def topics(self) -> Sequence[Label] | None:
        """The topics; None before the tagging."""
        return _labels(self.fields["topics"])

    @property
    def entities(self) -> Sequence[Label] | None:
        """The entities."""
        return _labels(self.fields["entities"])

    @property
    def keywords(self) -> Sequence[Label] | None:
        """The keywords."""
        return _labels(self.fields["keywords"])

    @property
    def tags(self) -> Sequence[Label]:
        """The tags."""
        return [Label(each) for each in self.fields["tags"]]

    @property
    def status(self) -> ArticleStatus:
        """The provider's status."""
        return _STATUSES[self.fields["status"]]

    @property
    def ruling(self) -> Label | None:
        """The ruling of a user's rule."""
        found = self.fields["ruling"]
        return Label(found) if found else None

    @property
    def relation(self) -> Label | None:
        """How it stands to an earlier article."""
        found = self.fields["relation"]
        return Label(found) if found else None


AnyForm = Article | ArticleDocument
"""An article in either form."""


def status_at(article: AnyForm, now: datetime) -> ArticleStatus:
    """Return the status at ``now``; see ``Article.at``."""
    if article.status is ArticleStatus.USABLE and article.ruling is None:
        return article.status
    whole = article.article if isinstance(article, ArticleDocument) else article  # few are restricted
    return whole.at(now).status


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _labels(found: Any) -> Sequence[Label] | None:
    return None if found is None else [Label(each) for each in found]
