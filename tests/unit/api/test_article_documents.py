"""The JSON of articles in lists is that of the documents, whatever has changed since it was made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from copytaster.articles.views import PresentState, listed, without_other_sources
from copytaster.model.article import Article, ArticleStatus, Duplicate, FieldSpan, RelationKind
from copytaster.model.article_document import ArticleDocument
from copytaster.model.pin import Pin
from copytaster.search.highlights import Highlights
from copytaster.store.ports.stories import StoryId
from copytaster_api.article_documents import ArticleDocuments, DocumentForm, joined_page
from tests.factories import START, an_article, delivery_id

USABLE = PresentState(ArticleStatus.USABLE, None, None)
STATES = [
    USABLE,
    PresentState(ArticleStatus.WITHHELD, None, None),
    PresentState(ArticleStatus.USABLE, StoryId("s1"), None),
    PresentState(ArticleStatus.USABLE, None, Pin(by="desk", at=START)),
]
MARKED = (FieldSpan(field="title", start=0, end=5),)


@pytest.fixture
def article() -> Article:
    copies = tuple(
        Duplicate(
            delivery_id=delivery_id(number),
            kind=RelationKind.EXACT,
            score=1,
            name=f"{source}.txt",
            source=source,
            article_id="a1",
            received_at=START,
        )
        for number, source in enumerate(["wire", "mail"])
    )
    return an_article("a1", title='"Ferry" ändert', summary="Kurz.", duplicates=copies, duplicate_count=2)


def found_at(spans: tuple[FieldSpan, ...] | None) -> Highlights | None:
    return None if spans is None else Highlights((each.field, each.start, each.end) for each in spans)


def read(document: bytes) -> Any:
    return json.loads(document)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("highlights", [None, (), MARKED])
def test_it_is_the_document_of_the_article_in_its_state(
    article: Article, state: PresentState, highlights: tuple[FieldSpan, ...] | None
) -> None:
    documents, document = ArticleDocuments(), ArticleDocument.of(article)
    for each in STATES:
        documents.listed(document, each, DocumentForm())

    found = documents.listed(document, state, DocumentForm(), highlights=found_at(highlights))

    expected = listed(article, state).model_copy(update={"highlights": highlights})
    assert found == expected.model_dump_json().encode()


@pytest.mark.parametrize("fields", ["id", "id,title", "highlights", "id,highlights"])
def test_it_has_the_wanted_fields(article: Article, fields: str) -> None:
    documents, document = ArticleDocuments(), ArticleDocument.of(article)
    documents.listed(document, USABLE, DocumentForm())

    found = documents.listed(document, USABLE, DocumentForm(fields), highlights=found_at(MARKED))

    assert list(read(found)) == fields.split(",")


def test_it_has_no_copies_of_sources_that_the_caller_must_not_see(article: Article) -> None:
    documents, document = ArticleDocuments(), ArticleDocument.of(article)
    documents.listed(document, USABLE, DocumentForm())

    found = documents.listed(document, USABLE, DocumentForm(sources=("mail",)))

    expected = listed(without_other_sources(article, ["mail"]), USABLE)
    assert found == expected.model_dump_json().encode()
    assert [each["source"] for each in read(found)["duplicates"]] == ["mail"]


def test_an_equal_article_of_another_reading_has_a_document_of_its_own(article: Article) -> None:
    documents, document = ArticleDocuments(), ArticleDocument.of(article)
    changed = ArticleDocument.of(article.model_copy(update={"title": "Another title"}))

    assert read(documents.listed(document, USABLE, DocumentForm()))["title"] == article.title
    assert read(documents.listed(changed, USABLE, DocumentForm()))["title"] == "Another title"


@pytest.mark.parametrize("cursor", [None, '1-a"1'])
def test_a_page_has_its_documents_and_the_cursor(cursor: str | None) -> None:
    assert read(joined_page([b'{"id":"a1"}', b'{"id":"a2"}'], cursor)) == {
        "items": [{"id": "a1"}, {"id": "a2"}],
        "next_cursor": cursor,
    }
