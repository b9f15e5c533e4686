"""Documents are the JSON of the articles, whichever store they come from and whatever its records are like."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic_core import to_json

from copytaster.errors import NewerRecordError
from copytaster.model.article import (
    Article,
    ArticleId,
    ArticleStatus,
    Duplicate,
    Entity,
    EntityType,
    FieldSpan,
    Image,
    Keyword,
    Provenance,
    Relation,
    RelationKind,
    Ruling,
    Signal,
    Span,
    Subject,
    Tag,
    TaggedBy,
    Tagging,
    Topic,
)
from copytaster.model.article_document import status_at
from copytaster.model.release import Release
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.redis import article_documents, article_rows
from copytaster.store.store import Store
from tests.factories import FROM_TEST, START, an_article, delivery_id

A1 = ArticleId("a1")

TEXT = "Port Hadley opens. İn Port Hadley the harbour, the Harbour_ and the harbour opened."

FULL = {
    "identity": "guid:urn:1",
    "text": TEXT,
    "summary": "Kürzer.",
    "byline": "By Ann Lee",
    "authors": ("Ann Lee", "Bo"),
    "url": "https://example.org/1",
    "published_at": START - timedelta(hours=1, microseconds=5),
    "published_local": START - timedelta(hours=1),
    "modified_at": START,
    "captured_at": START + timedelta(hours=1),
    "guid": "urn:1",
    "guid_version": 3,
    "signal": Signal.CORRECTION,
    "status": ArticleStatus.WITHHELD,
    "embargoed_until": START + timedelta(days=1),
    "urgency": 4,
    "located": ("Oslo",),
    "subjects": (Subject(code="medtop:04000000"), Subject(name="ports")),
    "images": (Image(url="https://example.org/1.jpg"), Image(caption="Harbour", credit="Bo")),
    "source_keywords": ("ports",),
    "paywalled": True,
    "item": "3",
    "provenance": {"title": FROM_TEST, "text": Provenance(**{"from": "html:body", "confidence": 1.0})},
}

TAGGING = Tagging(
    language="en",
    topics=(
        Topic(code="20000763", name="harbour", score=0.25, why="", spans=(Span(start=40, end=47),)),
        Topic(code="1", name="set", score=1.0, why="rule", rule="r1"),
    ),
    entities=(
        Entity(
            name="Port Hadley", type=EntityType.PLACE, count=2, spans=(Span(start=0, end=11), Span(start=22, end=33))
        ),
        Entity(name="Ann", type=EntityType.PERSON, count=7, spans=(), why="Ann: by title"),
    ),
    keywords=(Keyword(term="harbour", score=1e-7, spans=(Span(start=1, end=3),)), Keyword(term="x", score=2, why="y")),
    tags=(
        Tag(name="Ports", rule="r1", why="harbour", spans=(FieldSpan(field="title", start=0, end=7),)),
        Tag(name="Bare", rule="r2", version="2", why="always"),
    ),
    ruling=Ruling(status=ArticleStatus.CANCELED, rule="r3", version="1", why="no"),
    tagged_by=TaggedBy(labels="l", rules="none"),
    provenance={"language": FROM_TEST},
)

COPY = Duplicate(
    delivery_id=delivery_id(3),
    kind=RelationKind.NEAR,
    score=0.75,
    name="copy.txt",
    source=None,
    article_id=ArticleId("a2"),
    received_at=START,
)

NEAR = Relation(kind=RelationKind.UPDATE, of=ArticleId("a0"), score=0.5)


def stored(store: Store, *, tagging: Tagging | None, **fields: Any) -> Article:
    article = an_article("a1", **fields)
    store.articles.create(article, owner=delivery_id(1))
    if tagging:
        store.articles.annotate(A1, 1, tagging)
    found = store.articles.get(A1)
    assert found
    return found


def documents(store: Store) -> list[bytes]:
    """Return the article as JSON, as each method has it."""
    listed = store.articles.find_documents(ArticleQuery()).documents
    return [to_json(each.fields) for each in (*listed, *store.articles.get_documents([A1]))]


@pytest.mark.parametrize("tagging", [None, TAGGING, TAGGING.model_copy(update={"entities": None, "tags": ()})])
@pytest.mark.parametrize("fields", [{}, FULL, {"relation": NEAR}, {"title": "\N{GRINNING FACE} in a title"}])
def test_the_document_is_the_json_of_the_article(store: Store, tagging: Tagging | None, fields: dict[str, Any]) -> None:
    article = stored(store, tagging=tagging, **fields)

    assert documents(store) == [article.model_dump_json().encode()] * 2


def test_it_has_copies_and_decisions(store: Store) -> None:
    article = stored(store, tagging=TAGGING, **FULL)
    store.articles.add_duplicate(A1, COPY)
    store.articles.release(A1, article.origin, Release(at=START, by="desk", decided_at=START))
    changed = store.articles.get(A1)
    (found,) = store.articles.get_documents([A1])

    assert changed
    assert changed.duplicates == (COPY,)
    assert documents(store) == [changed.model_dump_json().encode()] * 2
    for now in (START - timedelta(days=9), START + timedelta(days=9)):
        assert status_at(found, now) is changed.at(now).status
    assert found.article == changed


def test_an_accepted_copy_has_no_relation(store: Store) -> None:
    stored(store, tagging=None, relation=Relation(kind=RelationKind.NEAR, of=ArticleId("a0"), score=0.5))
    before = store.articles.find_documents(ArticleQuery()).documents
    store.articles.accept(A1)
    (found,) = store.articles.find_documents(ArticleQuery()).documents

    assert (before, found.fields["relation"]) == ((), None)


def test_a_page_of_documents_is_that_of_the_articles(store: Store) -> None:
    for number in range(5):
        article = an_article(f"a{number}", received_at=START + timedelta(minutes=number), source="Wire")
        store.articles.create(article, owner=delivery_id(number))
    query = ArticleQuery(source="wire", limit=3)
    page, same = store.articles.find(query), store.articles.find_documents(query)

    assert [each.id for each in same.documents] == [each.id for each in page.articles]
    assert (same.next_cursor, len(same.documents)) == (page.next_cursor, 3)


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"status": "embargoed-elsewhere"},
        {"signal": "retract"},
        {"relation": {"kind": "translation", "of": "a0", "score": 1.0}},
        {"subjects": [{"code": "1", "scheme": "x"}]},
        {"ruling": {"status": "held", "rule": "r", "version": "1", "why": "-"}},
    ],
)
def test_a_record_of_a_newer_release_is_refused(
    server_store: Store, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    stored(server_store, tagging=None)
    for module in (article_documents, article_rows):
        known = module.unpack_article
        monkeypatch.setattr(module, "unpack_article", lambda *given, known=known: known(*given) | change)

    with pytest.raises(NewerRecordError):
        server_store.articles.get_documents([A1])
