"""What the parts of the tag stage are, and what passes between them: each can be replaced without touching the rest."""

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
    """What a part found, with how it was found or why not."""

    value: T
    provenance: Provenance


def finding(value: T, *, how: str, confidence: float) -> Finding[T]:
    """Return a finding with its provenance: ``how`` it was found or why not, ``confidence`` 0 to 1."""
    return Finding(value, Provenance.model_validate({"from": how, "confidence": round(min(confidence, 1.0), 3)}))


@dataclass(frozen=True, slots=True)
class Passage:
    """What the parts read: an article's title and text, in a language that is settled (ISO 639, or "und").

    ``places`` are names that the article's head gives as places, in its dateline or its metadata; ``subjects`` what
    its source says it is about.
    """

    title: str
    text: str
    language: str
    places: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class KeywordRequest:
    """Whose keywords are wanted: a passage with its entities, ``version`` to name it by, ``new`` where never tagged."""

    passage: Passage
    entities: Sequence[Entity] = ()
    version: str = ""
    new: bool = True


class LanguageStage(Protocol):
    """Settles the language of a text."""

    def detect(self, title: str, text: str, *, declared: str | None) -> Finding[str]:
        """Return an ISO 639 code without region, or "und"; ``declared`` (a BCP 47 tag) is evidence, not truth."""
        ...


class TopicStage(Protocol):
    """Finds the Media Topics of a passage."""

    def topics(self, passage: Passage) -> Finding[tuple[Topic, ...]]:
        """Return the topics that the text gives evidence for, best first; possibly none."""
        ...


class EntityStage(Protocol):
    """Finds the people, organisations and places of passages, many at once because models are cheaper so."""

    def entities(self, passages: Sequence[Passage]) -> list[Finding[tuple[Entity, ...] | None]]:
        """Return one finding per passage, in order; None where there is no model for the language."""
        ...


class KeywordStage(Protocol):
    """Finds the terms that say what passages are about, many at once because the store is asked about them."""

    def keywords(self, requests: Sequence[KeywordRequest]) -> list[Finding[tuple[Keyword, ...]]]:
        """Return for each the best terms, best first, none of them part of the name of one of its entities."""
        ...

    def learning_from(self, frequencies: TermFrequencies) -> KeywordStage:
        """Return the same with frequencies that it looks up and adds to."""
        ...
