"""The tag stage: finds the language, topics, entities and keywords of articles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from copytaster.model.article import Article, Provenance, Tagging
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.tagging.entities.gazetteer import load_gazetteer
from copytaster.tagging.entities.recogniser import load_entity_recogniser
from copytaster.tagging.keywords.extractor import load_keywords
from copytaster.tagging.language import load_language_detector
from copytaster.tagging.stages import (
    UNDETERMINED,
    EntityStage,
    KeywordRequest,
    KeywordStage,
    LanguageStage,
    Passage,
    TopicStage,
)
from copytaster.tagging.topics.classifier import load_topics

_DATELINE_SEPARATOR = re.compile(r"[,/(]|\s[-\N{EN DASH}\N{EM DASH}]\s|\band\b")
_PLACE = re.compile(r"(?!(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?$)[^\W\d_][^\d]{2,39}", re.IGNORECASE)


class Tagger(Protocol):
    """Finds the labels of articles."""

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return one tagging per article, in order. Raises ``TransientError`` when the store is unreachable."""
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
        languages = [self.language.detect(each.title, each.text, declared=each.language) for each in articles]
        passages = [
            Passage(article.title, article.text, language.value, _places(article), article.subjects)
            for article, language in zip(articles, languages, strict=True)
        ]
        all_entities = self.entities.entities(passages)
        requests = [
            KeywordRequest(passage, entities.value or (), f"{article.id}:{article.version}", not article.tagged)
            for article, passage, entities in zip(articles, passages, all_entities, strict=True)
        ]
        all_keywords = self.keywords.keywords(requests)
        taggings = []
        for passage, language, entities, keywords in zip(passages, languages, all_entities, all_keywords, strict=True):
            topics = self.topics.topics(passage)
            taggings.append(
                Tagging(
                    language=language.value,
                    topics=topics.value,
                    entities=entities.value,
                    keywords=keywords.value,
                    provenance={
                        "language": language.provenance,
                        "topics": topics.provenance,
                        "entities": entities.provenance,
                        "keywords": keywords.provenance,
                    },
                )
            )
        return taggings


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
