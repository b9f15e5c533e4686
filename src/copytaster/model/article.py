"""The article document, with the provenance of each field.

The JSON names are a contract (see docs/concepts.md): absent values are null, never "", times are RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, NewType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from copytaster.model.pin import Pin
from copytaster.model.release import Release

ArticleId = NewType("ArticleId", str)

Text = Annotated[str, StringConstraints(min_length=1)]
"""Text that is not empty: absent text is None."""


class Document(BaseModel):
    """Base class of everything that the program outputs as JSON: frozen, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")


class EntityType(StrEnum):
    """The type of an entity."""

    PERSON = "person"
    ORGANISATION = "org"
    PLACE = "place"


class RelationKind(StrEnum):
    """The relation of an article to an earlier one."""

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
"""The statuses from the least to the most restrictive."""


class Signal(StrEnum):
    """A provider's instruction about an article that it sent before under the same id."""

    UPDATE = "update"
    CORRECTION = "correction"
    KILL = "kill"


class Provenance(Document):
    """The place in the file where a value was found (``json-ld:headline``), and the confidence in it (0 to 1)."""

    from_: str = Field(alias="from")
    confidence: float = Field(ge=0, le=1)

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Subject(Document):
    """A subject that the source assigned to the article: a code (``medtop:04000000``), a name, or both."""

    code: Text | None = None
    name: Text | None = None


class Image(Document):
    """A picture that belongs to an article; the picture itself is not stored."""

    url: Text | None = None
    caption: Text | None = None
    credit: Text | None = None


class Span(Document):
    """A range of the article's text: ``text[start:end]``, counted in characters."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Topic(Document):
    """An IPTC Media Topic: its share of the evidence (0 to 1), the evidence, its places, and the rule that set it."""

    code: str
    name: str
    score: float
    why: str
    spans: tuple[Span, ...] = ()
    rule: Text | None = None


class Entity(Document):
    """A person, organisation or place under its fullest name, with all mentions, and the evidence for its type."""

    name: Text
    type: EntityType
    count: int = Field(ge=1)
    spans: tuple[Span, ...]
    why: Text | None = None


class Keyword(Document):
    """A term that characterises the text; scores are comparable within one article only.

    ``why`` states how often it occurs here and in other articles, ``spans`` are its places in the text.
    """

    term: Text
    score: float
    why: Text | None = None
    spans: tuple[Span, ...] = ()


class FieldSpan(Span):
    """A range of a field of the article: ``title``, ``text``, ``summary``, ``byline`` or ``dateline``."""

    field: Text


class Tag(Document):
    """A label that a user's rule set: the rule's id and version, what it matched, and at which places."""

    name: Text
    rule: str
    version: Text | None = None
    why: str
    spans: tuple[FieldSpan, ...] = ()


class Ruling(Document):
    """A status, withheld or canceled, that a user's rule set: the rule's id and version, and the reason."""

    status: ArticleStatus
    rule: str
    version: Text
    why: str


class TaggedBy(Document):
    """The versions of everything that the tagging depends on, to detect whether it would be different today.

    ``labels`` is a hash over text, models, vocabulary and code, ``rules`` one over the user's rules (``none`` without).
    ``declared_language`` is the language that the source declared, which the detected one replaces.
    """

    labels: Text
    rules: Text
    declared_language: Text | None = None


class Relation(Document):
    """The relation of this article to the earlier article ``of``, the similarity of the texts (0 to 1), and why."""

    kind: RelationKind
    of: ArticleId
    score: float = Field(ge=0, le=1)
    why: Text | None = None


class Duplicate(Document):
    """A later delivery of this article, with the same or nearly the same text."""

    delivery_id: str
    kind: RelationKind
    score: float = Field(ge=0, le=1)
    name: str
    source: str | None
    article_id: ArticleId
    received_at: AwareDatetime


class Article(Document):
    """A settled item in the store. ``topics``, ``entities`` and ``keywords`` are null until it is tagged.

    ``source`` is who delivered the file, ``publisher`` who the file names. ``published_local`` is ``published_at`` with
    the offset that the publisher states, so that it has the publisher's day; null if the publisher states no offset.
    ``captured_at`` is when a crawler or a browser stored the page; it only orders versions.

    ``identity`` is what the id is derived from (``guid:…``, ``url:…``, ``text:…``). ``subjects``, ``source_keywords``,
    ``note`` (a message to editors), ``urgency`` (from 1, flash, to 9) and ``located`` (places) are assigned by the
    provider. ``item`` is the place of the article in its file, null if the file is the article. ``status`` is the
    provider's; ``at`` combines it with the end of an embargo, a person's ``release`` and a rule's ``ruling``. ``pin``
    is a person's decision to keep the article. ``duplicates`` are the newest of ``duplicate_count`` copies.
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
    publisher: Text | None = None
    url: Text | None = None
    language: Text | None = None
    published_at: AwareDatetime | None = None
    published_local: AwareDatetime | None = None
    modified_at: AwareDatetime | None = None
    captured_at: AwareDatetime | None = None
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
    duplicate_count: int = Field(default=0, ge=0)
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
    release: Release | None = None
    pin: Pin | None = None
    tagged_by: TaggedBy | None = None

    @property
    def tagged(self) -> bool:
        """Whether the tag stage has processed this version."""
        return self.topics is not None

    def at(self, now: datetime) -> Article:
        """Return the article with its status at ``now``; a user's rule can only make the status stricter."""
        has_ended = self.withheld_until is not None and self.withheld_until <= now
        status = ArticleStatus.USABLE if has_ended and self.status is ArticleStatus.WITHHELD else self.status
        if self.ruling:
            status = max(status, self.ruling.status, key=STRICTNESS.index)
        return self if status is self.status else self.model_copy(update={"status": status})

    @property
    def withheld_until(self) -> datetime | None:
        """The end of the withholding, if it has one: the time of a person's release, else the end of the embargo."""
        return self.release.at if self.release and self.release.at else self.embargoed_until

    @property
    def origin(self) -> str:
        """Identifies the version in rebuilt stores, where its number may differ: its receipt, original and item."""
        return f"{self.received_at.astimezone(UTC).isoformat()} {self.sha256} {self.item or ''}"

    @property
    def effective_at(self) -> datetime:
        """The time of this version: modified, else published, else received."""
        return self.modified_at or self.published_at or self.received_at


class Tagging(Document):
    """The results of the tag stage for one version of an article; they replace earlier results.

    ``entities`` is null without a model in scripts without capitals. ``provenance`` has an entry for each of
    ``language``, ``topics``, ``entities`` and ``keywords``: how they were found, or why not.
    """

    language: Text
    topics: tuple[Topic, ...]
    entities: tuple[Entity, ...] | None
    keywords: tuple[Keyword, ...]
    tags: tuple[Tag, ...] = ()
    ruling: Ruling | None = None
    tagged_by: TaggedBy | None = None
    provenance: dict[str, Provenance]
