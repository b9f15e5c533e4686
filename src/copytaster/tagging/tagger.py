"""The tag stage: from articles to what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from copytaster.article import Article, Provenance, Tagging
from copytaster.tagging.entities import load_model_entities
from copytaster.tagging.gazetteer import load_gazetteer
from copytaster.tagging.keywords import load_keywords
from copytaster.tagging.language import load_language_detector
from copytaster.tagging.parts import UNDETERMINED, EntityPart, KeywordPart, LanguagePart, Passage, TopicPart
from copytaster.tagging.topics import TermTopics
from copytaster.tagging.vocabulary import load_vocabulary


class Tagger(Protocol):
    """Says what articles are about."""

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return one tagging per article, in order. The same article always gets the same tagging."""
        ...


@dataclass(frozen=True, slots=True)
class StageTagger:
    """Runs the four parts one after another: the later ones need the language, keywords also the entities."""

    language: LanguagePart
    topics: TopicPart
    entities: EntityPart
    keywords: KeywordPart

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return one tagging per article, in order; entities of all articles are found in one batch."""
        languages = [self.language.detect(each.title, each.text, declared=each.language) for each in articles]
        passages = [
            Passage(article.title, article.text, language.value)
            for article, language in zip(articles, languages, strict=True)
        ]
        marked = self.entities.entities(passages)
        taggings = []
        for passage, language, entities in zip(passages, languages, marked, strict=True):
            topics = self.topics.topics(passage)
            keywords = self.keywords.keywords(passage, entities.value or ())
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
    """Finds nothing, without any model: the fake for tests of what comes before and after the tag stage."""

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        """Return an empty tagging per article, in language "und"."""
        nothing = Provenance.model_validate({"from": "plain tagger", "confidence": 0})
        provenance = dict.fromkeys(("language", "topics", "entities", "keywords"), nothing)
        empty = Tagging(language=UNDETERMINED, topics=(), entities=(), keywords=(), provenance=provenance)
        return [empty for _ in articles]


def load_tagger() -> Tagger:
    """Load the tag stage with its models: about a second, and 220 MB for the process.

    Call it once and before forking, so that the children share the memory.
    """
    return StageTagger(
        language=load_language_detector(),
        topics=TermTopics(load_vocabulary()),
        entities=load_model_entities(load_gazetteer()),
        keywords=load_keywords(),
    )
