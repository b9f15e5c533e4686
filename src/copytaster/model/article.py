"""The article document: what comes out, field by field, with where each field came from.

The JSON names are a contract (see docs/concepts.md): absent values are null, never "", times are RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

ArticleId = NewType("ArticleId", str)

Text = Annotated[str, StringConstraints(min_length=1)]
"""Text that is there: absence is None."""


class Document(BaseModel):
    """Base of everything that leaves the program as JSON: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")


class EntityType(StrEnum):
    """What an entity is."""

    PERSON = "person"
    ORGANISATION = "org"
    PLACE = "place"


class RelationKind(StrEnum):
    """How an article stands to an earlier one."""

    EXACT = "exact"
    NEAR = "near"
    EXCERPT = "excerpt"
    UPDATE = "update"
    RELATED = "related"


class ArticleStatus(StrEnum):
    """Whether an article may be used."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


STRICTNESS = (ArticleStatus.USABLE, ArticleStatus.WITHHELD, ArticleStatus.CANCELED)
"""The states from the laxest to the strictest."""


class Signal(StrEnum):
    """What a provider wants done with what it sent before under the same id."""

    UPDATE = "update"
    CORRECTION = "correction"
    KILL = "kill"


class Provenance(Document):
    """Where a field's value was found (``json-ld:headline``, ``text:first-line``) and how sure that is (0 to 1)."""

    from_: str = Field(alias="from")
    confidence: float = Field(ge=0, le=1)

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Subject(Document):
    """What the source itself says that an article is about: a code (``medtop:04000000``), a name, or both."""

    code: Text | None = None
    name: Text | None = None


class Image(Document):
    """A picture that belongs to an article; the picture itself is not kept."""

    url: Text | None = None
    caption: Text | None = None
    credit: Text | None = None


class Span(Document):
    """A stretch of the article's text: ``text[start:end]``, counted in characters."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Topic(Document):
    """An IPTC Media Topic, with its share of the evidence (0 to 1), what spoke for it, and where in the text.

    ``rule`` is the id of the user's rule that set it; null for what was found.
    """

    code: str
    name: str
    score: float
    why: str
    spans: tuple[Span, ...] = ()
    rule: Text | None = None


class Entity(Document):
    """A person, organisation or place, once under its fullest name, with every mention.

    ``why`` says by what its type was settled.
    """

    name: Text
    type: EntityType
    count: int = Field(ge=1)
    spans: tuple[Span, ...]
    why: Text | None = None


class Keyword(Document):
    """A term that says what this text is about; the score compares keywords of one article only.

    ``why`` says how often it stands here and elsewhere, ``spans`` where in the text.
    """

    term: Text
    score: float
    why: Text | None = None
    spans: tuple[Span, ...] = ()


class FieldSpan(Span):
    """A stretch of a field of the article: ``title``, ``text``, ``summary``, ``byline`` or ``dateline``."""

    field: Text


class Tag(Document):
    """A label that a user's rule set: the rule's id and version, what it matched, and where."""

    name: Text
    rule: str
    version: Text | None = None
    why: str
    spans: tuple[FieldSpan, ...] = ()


class Ruling(Document):
    """What a user's rule did to the status of an article: withheld or canceled, by which rule, and why."""

    status: ArticleStatus
    rule: str
    version: Text
    why: str


class TaggedBy(Document):
    """By what an article was tagged, to see whether it would be tagged otherwise today.

    ``labels`` is a hash over text, models, vocabulary and code, ``rules`` one over the user's rules (``none`` without).
    ``declared_language`` is what the source said, which the detected one takes the place of.
    """

    labels: Text
    rules: Text
    declared_language: Text | None = None


class Relation(Document):
    """How this article stands to the earlier article ``of``, how alike the texts are (0 to 1), and why it says so."""

    kind: RelationKind
    of: ArticleId
    score: float = Field(ge=0, le=1)
    why: Text | None = None


class Duplicate(Document):
    """A later delivery of this article: the same text, or nearly."""

    delivery_id: str
    kind: RelationKind
    score: float = Field(ge=0, le=1)
    name: str
    source: str | None
    article_id: ArticleId
    received_at: AwareDatetime


class Article(Document):
    """A settled item in the store. ``topics``, ``entities`` and ``keywords`` are null until it has been tagged.

    ``identity`` says by what it is known (``guid:…``, ``url:…``, ``text:…``). ``subjects`` and ``source_keywords`` are
    the source's own; ``note`` is the provider's word to editors, ``urgency`` its rank from 1 (flash) to 9, ``located``
    the places that it names. ``item`` says where in its file the article lay, null where the file is the article.
    ``status`` is the provider's; ``at`` puts it together with an embargo's end and a rule's ``ruling``.
    """

    id: ArticleId
    identity: Text | None = None
    version: int = Field(ge=1)
    title: Text
    text: Text
    summary: Text | None = None
    byline: Text | None = None
    authors: tuple[Text, ...] = ()
    dateline: Text | None = None
    source: Text | None = None
    url: Text | None = None
    language: Text | None = None
    published_at: AwareDatetime | None = None
    modified_at: AwareDatetime | None = None
    received_at: AwareDatetime
    word_count: int = Field(ge=0)
    guid: Text | None = None
    format: Text
    topics: tuple[Topic, ...] | None = None
    entities: tuple[Entity, ...] | None = None
    keywords: tuple[Keyword, ...] | None = None
    tags: tuple[Tag, ...] = ()
    story_id: Text | None = None
    duplicates: tuple[Duplicate, ...] = ()
    relation: Relation | None = None
    provenance: dict[str, Provenance]
    sha256: Text
    status: ArticleStatus = ArticleStatus.USABLE
    embargoed_until: AwareDatetime | None = None
    guid_version: int | None = None
    signal: Signal | None = None
    slugline: Text | None = None
    urgency: int | None = None
    note: Text | None = None
    located: tuple[Text, ...] = ()
    subjects: tuple[Subject, ...] = ()
    source_keywords: tuple[Text, ...] = ()
    images: tuple[Image, ...] = ()
    paywalled: bool = False
    item: Text | None = None
    ruling: Ruling | None = None
    tagged_by: TaggedBy | None = None

    @property
    def tagged(self) -> bool:
        """Whether the tag stage has run on this version."""
        return self.topics is not None

    def at(self, now: datetime) -> Article:
        """Return the article as it is at ``now``.

        One that was withheld until an embargo ended is usable then. A user's rule makes it stricter, never laxer.
        """
        over = self.embargoed_until is not None and self.embargoed_until <= now
        own = ArticleStatus.USABLE if over and self.status is ArticleStatus.WITHHELD else self.status
        strictest = max(own, self.ruling.status, key=STRICTNESS.index) if self.ruling else own
        return self if strictest is self.status else self.model_copy(update={"status": strictest})

    @property
    def rank(self) -> tuple[int, datetime]:
        """What orders versions: the provider's number where there is one, then ``effective_at``."""
        return (self.guid_version or 0, self.effective_at)

    @property
    def effective_at(self) -> datetime:
        """When this version came to be: modified, else published, else received."""
        return self.modified_at or self.published_at or self.received_at


class Tagging(Document):
    """What the tag stage found about one version of an article; it replaces what an earlier run found.

    ``entities`` is null where there is no model for the language. ``provenance`` has an entry for each of ``language``,
    ``topics``, ``entities`` and ``keywords``: by what they were found, or why not.
    """

    language: Text
    topics: tuple[Topic, ...]
    entities: tuple[Entity, ...] | None
    keywords: tuple[Keyword, ...]
    tags: tuple[Tag, ...] = ()
    ruling: Ruling | None = None
    tagged_by: TaggedBy | None = None
    provenance: dict[str, Provenance]
