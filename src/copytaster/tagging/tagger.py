"""The tag stage: finds the language, topics, entities and keywords of articles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from copytaster.model.article import Article, Entity, Keyword, Provenance, Span, Tagging, Topic
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.tagging.composed import ComposedText
from copytaster.tagging.entities.gazetteer import load_gazetteer
from copytaster.tagging.entities.recogniser import load_entity_recogniser
from copytaster.tagging.given_up import given_up
from copytaster.tagging.keywords.extractor import load_keywords
from copytaster.tagging.language import load_language_detector
from copytaster.tagging.stages import (
    UNDETERMINED,
    EntityStage,
    Finding,
    KeywordRequest,
    KeywordStage,
    LanguageStage,
    Passage,
    TopicStage,
)
from copytaster.tagging.topics.classifier import load_topics

Label = TypeVar("Label", Topic, Entity, Keyword)

_DATELINE_SEPARATOR = re.compile(r"[,/(]|\s[-\N{EN DASH}\N{EM DASH}]\s|\band\b")
_PLACE = re.compile(r"(?!(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?$)[^\W\d_][^\d]{2,39}", re.IGNORECASE)


class Tagger(Protocol):
    """Finds the labels of articles."""

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return one tagging per article, in order. Raises ``TransientError`` when the store is unreachable."""
        ...

    def give_up(self, article: Article, attempts: int) -> Tagging:
        """Return the tagging of an article on which so many attempts have failed. Runs nothing that may fail again."""
        ...

    def with_frequencies(self, frequencies: TermFrequencies) -> Tagger:
        """Return a copy of this tagger that reads and updates the store's term frequencies."""
        ...


@dataclass(frozen=True, slots=True)
class StageTagger:
    """Runs the four stages in order: all others need the language, and keywords also need the entities."""

    language: LanguageStage
    topics: TopicStage
    entities: EntityStage
    keywords: KeywordStage

    def with_frequencies(self, frequencies: TermFrequencies) -> StageTagger:
        """Return a copy that uses the store's term frequencies and shares the models."""
        return replace(self, keywords=self.keywords.with_frequencies(frequencies))

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return one tagging per article, in order. The entities of all articles are found in one batch."""
        texts = [ComposedText(article.text) for article in articles]
        titles = [ComposedText(article.title).text for article in articles]
        languages = [
            self.language.detect(title, text.text, declared=article.language)
            for article, title, text in zip(articles, titles, texts, strict=True)
        ]
        passages = [
            Passage(title, text.text, language.value, _places(article), article.subjects)
            for article, title, text, language in zip(articles, titles, texts, languages, strict=True)
        ]
        all_entities = self.entities.entities(passages)
        requests = [
            KeywordRequest(passage, entities.value or (), f"{article.id}:{article.version}", not article.tagged)
            for article, passage, entities in zip(articles, passages, all_entities, strict=True)
        ]
        all_keywords = self.keywords.keywords(requests)
        all_topics = map(self.topics.topics, passages)
        found = zip(texts, languages, all_topics, all_entities, all_keywords, strict=True)
        return [_tagging(*each) for each in found]

    def give_up(self, article: Article, attempts: int) -> Tagging:
        """Return the labels that the article has; see ``Tagger.give_up``."""
        return given_up(article, attempts)


class PlainTagger:
    """A fake for tests of the other pipeline stages: it needs no model and returns empty labels."""

    def with_frequencies(self, frequencies: TermFrequencies) -> PlainTagger:
        """Return this tagger unchanged: it uses no term frequencies."""
        del frequencies
        return self

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return an empty tagging per article, in language "und"."""
        nothing = Provenance.model_validate({"from": "plain tagger", "confidence": 0})
        provenance = dict.fromkeys(("language", "topics", "entities", "keywords"), nothing)
        empty = Tagging(language=UNDETERMINED, topics=(), entities=(), keywords=(), provenance=provenance)
        return [empty for _ in articles]

    def give_up(self, article: Article, attempts: int) -> Tagging:
        """Return the labels that the article has; see ``Tagger.give_up``."""
        return given_up(article, attempts)


def _tagging(
    text: ComposedText,
    language: Finding[str],
    topics: Finding[tuple[Topic, ...]],
    entities: Finding[tuple[Entity, ...] | None],
    keywords: Finding[tuple[Keyword, ...]],
) -> Tagging:
    """Return the findings as one tagging, with the places in the stored text."""
    return Tagging(
        language=language.value,
        topics=tuple(_at_stored_places(each, text) for each in topics.value),
        entities=None if entities.value is None else tuple(_at_stored_places(each, text) for each in entities.value),
        keywords=tuple(_at_stored_places(each, text) for each in keywords.value),
        provenance={
            "language": language.provenance,
            "topics": topics.provenance,
            "entities": entities.provenance,
            "keywords": keywords.provenance,
        },
    )


def _at_stored_places(label: Label, text: ComposedText) -> Label:
    if text.is_stored:
        return label
    places = [text.stored_span(span.start, span.end) for span in label.spans]
    return label.model_copy(update={"spans": tuple(Span(start=start, end=end) for start, end in places)})


def _places(article: Article) -> tuple[str, ...]:
    """Return the places from an article's metadata and from its dateline."""
    parts = _DATELINE_SEPARATOR.split(article.dateline or "")
    return (*article.located, *(part.strip() for part in parts if _PLACE.fullmatch(part.strip())))


def load_tagger(*, taxonomy: Path | None = None, topic_model: Path | None = None) -> Tagger:
    """Load the tag stage with its models: takes about a second, and 220 MB for the process.

    Call it once, before forking, so that the children share the memory. ``taxonomy`` and ``topic_model`` are the files
    from the settings. Raises ``ConfigurationError`` when one of them cannot be used.
    """
    return StageTagger(
        language=load_language_detector(),
        topics=load_topics(taxonomy_file=taxonomy, model_file=topic_model),
        entities=load_entity_recogniser(load_gazetteer()),
        keywords=load_keywords(),
    )
