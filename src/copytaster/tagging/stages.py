"""The interfaces of the four stages of tagging, and the data that passes between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from copytaster.model.article import Entity, Keyword, Provenance, Subject, Topic
from copytaster.store.ports.term_frequencies import TermFrequencies

UNDETERMINED = "und"
"""The language code of ISO 639-2 for "not determined"."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding(Generic[T]):
    """The result of a stage, with its provenance."""

    value: T
    provenance: Provenance


def finding(value: T, *, how: str, confidence: float) -> Finding[T]:
    """Return a finding; ``how`` states the method, or the reason for an empty result; ``confidence`` is 0 to 1."""
    return Finding(value, Provenance.model_validate({"from": how, "confidence": round(min(confidence, 1.0), 3)}))


@dataclass(frozen=True, slots=True)
class Passage:
    """The input of the stages: an article's title and text, and its language (an ISO 639 code, or "und").

    ``places`` are the places named in the article's dateline or metadata. ``subjects`` are the source's own.
    """

    title: str
    text: str
    language: str
    places: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class KeywordRequest:
    """The input of the keyword stage: a passage and its entities.

    ``version`` identifies the version of the article; ``new`` is true when the article has never been tagged.
    """

    passage: Passage
    entities: Sequence[Entity] = ()
    version: str = ""
    new: bool = True


class LanguageStage(Protocol):
    """Determines the language of a text."""

    def detect(self, title: str, text: str, *, declared: str | None) -> Finding[str]:
        """Return an ISO 639 code without region, or "und". ``declared`` (a BCP 47 tag) is evidence, not proof."""
        ...


class TopicStage(Protocol):
    """Finds the Media Topics of a passage."""

    def topics(self, passage: Passage) -> Finding[tuple[Topic, ...]]:
        """Return the topics for which the passage has evidence, best first; may be empty."""
        ...


class EntityStage(Protocol):
    """Finds the people, organisations and places in passages, in batches because models are cheaper that way."""

    def entities(self, passages: Sequence[Passage]) -> list[Finding[tuple[Entity, ...] | None]]:
        """Return one finding per passage, in order; its value is None when the language has no model."""
        ...


class KeywordStage(Protocol):
    """Finds the characteristic terms of passages, in batches because each batch costs one query to the store."""

    def keywords(self, requests: Sequence[KeywordRequest]) -> list[Finding[tuple[Keyword, ...]]]:
        """Return the keywords of each request, best first. No keyword is part of an entity's name."""
        ...

    def with_frequencies(self, frequencies: TermFrequencies) -> KeywordStage:
        """Return a copy of this stage that reads and updates ``frequencies``."""
        ...
