"""Fixtures for the tests of the tag stage: articles, and the models, which are loaded once per module."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from copytaster.model.article import Article, ArticleId
from copytaster.tagging.entities.gazetteer import Gazetteer, load_gazetteer
from copytaster.tagging.entities.recogniser import EntityRecogniser, load_entity_recogniser
from copytaster.tagging.tagger import Tagger, load_tagger

MakeArticle = Callable[..., Article]


@pytest.fixture
def an_article() -> MakeArticle:
    def make(title: str, text: str, *, language: str | None = None) -> Article:
        return Article(
            id=ArticleId("a1"),
            version=1,
            title=title,
            text=text,
            language=language,
            received_at=datetime(2026, 1, 1, tzinfo=UTC),
            word_count=len(text.split()),
            format="text",
            provenance={},
            sha256="0" * 64,
        )

    return make


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="module")
def model_entities(gazetteer: Gazetteer) -> EntityRecogniser:
    return load_entity_recogniser(gazetteer)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger()
