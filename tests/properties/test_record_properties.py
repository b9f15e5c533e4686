"""Records in the store's short form are read as what was written."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

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
    Span,
    Subject,
    Tag,
    TaggedBy,
    Tagging,
    Topic,
)
from copytaster.model.delivery import UNRECORDED, Delivery, DeliveryState, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import LANES
from copytaster.store.redis.article_links import pack_link, read_links
from copytaster.store.redis.article_records import article_record, tagging_record, unpack_article, unpack_tagging
from copytaster.store.redis.delivery_records import LINES, STAGES, end_fields, pack_entry, read_delivery, registration
from copytaster.store.redis.packing import joined, pack, pieces, unpack
from copytaster.system.running_version import running_version
from tests.factories import a_delivery, an_article, delivery_id

# Without surrogates: neither JSON documents nor files have them when they reach the store.
characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters, min_size=1, max_size=60)
hashes = st.binary(min_size=1, max_size=40).map(bytes.hex)
marked = st.one_of(texts, hashes, st.builds("".join, st.tuples(texts, hashes)))
article_ids = st.one_of(marked, st.binary(min_size=10, max_size=10).map(lambda each: f"a{each.hex()}")).map(ArticleId)
times = st.datetimes(timezones=st.just(UTC))
shares = st.floats(0, 1)
optional_texts = st.none() | marked
provenances = st.dictionaries(
    texts, st.builds(lambda place, sure: Provenance(from_=place, confidence=sure), texts, shares), max_size=4
)
words = st.sampled_from(["Ferry", "ferry", "ferryman", "Saltby", "İstanbul", "straße", "_quay", "10", "é"])
stories = st.lists(words | texts, min_size=1, max_size=30).map(" ".join)
relations = st.builds(Relation, kind=st.sampled_from(RelationKind), of=texts.map(ArticleId), score=shares, why=texts)

A_TAG = Tag(name="t", rule="r", why="w", spans=(FieldSpan(start=0, end=1, field="text"),))


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Return an article with any fields of a version."""
    fields: dict[str, Any] = {
        "id": draw(marked),
        "identity": draw(optional_texts),
        "text": draw(stories),
        "sha256": draw(marked),
        "guid": draw(optional_texts),
        "authors": draw(st.lists(texts, max_size=2)),
        "published_at": draw(st.none() | times),
        "received_at": draw(times),
        "relation": draw(st.none() | relations),
        "provenance": draw(provenances),
        "status": draw(st.sampled_from(ArticleStatus)),
        "guid_version": draw(st.none() | st.integers()),
        "subjects": draw(st.lists(st.builds(Subject, code=optional_texts, name=optional_texts), max_size=2)),
        "images": draw(st.lists(st.builds(Image, url=optional_texts, caption=optional_texts), max_size=2)),
        "paywalled": draw(st.booleans()),
    }
    return an_article().model_copy(update=dict(Article.model_validate(an_article().model_dump() | fields)))


@st.composite
def spans_in(draw: st.DrawFn, text: str, name: str) -> tuple[Span, ...]:
    """Return the places of the name, or any places, in any order."""
    found = [Span(start=each.start(), end=each.end()) for each in re.finditer(re.escape(name), text, re.IGNORECASE)]
    free = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    others = draw(st.lists(free, max_size=4))
    return draw(st.sampled_from([tuple(found), tuple(Span(start=first, end=last) for first, last in others)]))


@st.composite
def taggings(draw: st.DrawFn, text: str) -> Tagging:
    """Return a tagging of a text."""

    def why(name: str) -> str:
        return draw(st.sampled_from([name, f"{name}: in the gazetteer", f"{name}: "]))

    def entity(name: str) -> Entity:
        spans, kind = draw(spans_in(text, name)), draw(st.sampled_from(EntityType))
        count = draw(st.sampled_from([max(1, len(spans)), 7]))
        return Entity(name=name, type=kind, count=count, spans=spans, why=draw(st.none() | st.just(why(name))))

    names = draw(st.lists(words | texts, max_size=4))
    return Tagging(
        language=draw(texts),
        topics=tuple(
            Topic(code=each, name=each, score=draw(shares), why="w", spans=draw(spans_in(text, each)), rule=rule)
            for each, rule in zip(names, draw(st.lists(optional_texts, min_size=4, max_size=4)), strict=False)
        ),
        entities=draw(st.none() | st.just(tuple(map(entity, names)))),
        keywords=tuple(
            Keyword(term=each, score=draw(shares), why=draw(optional_texts), spans=draw(spans_in(text, each)))
            for each in names
        ),
        tags=draw(st.just(()) | st.just((A_TAG,))),
        ruling=draw(st.none() | st.just(Ruling(status=ArticleStatus.CANCELED, rule="r", version="1", why="w"))),
        tagged_by=draw(st.none() | st.builds(TaggedBy, labels=hashes, rules=texts, declared_language=optional_texts)),
        provenance=draw(provenances),
    )


@given(articles())
def test_an_article_is_read_as_it_was_written(article: Article) -> None:
    fields = unpack_article(pack(article_record(article)), "article a1")

    assert Article.model_validate(fields | {"version": article.version}) == article


@given(st.data())
def test_a_tagging_is_read_as_it_was_written(data: st.DataObject) -> None:
    text = data.draw(stories)
    tagging = data.draw(taggings(text))

    fields = unpack_tagging(pack(tagging_record(tagging, text), text=text), text, "article a1")

    assert Tagging.model_validate(fields) == tagging


@given(
    folder=st.text(characters, max_size=90),
    name=st.text(characters, min_size=1, max_size=90).filter(lambda name: "/" not in name),
    sha256=st.none() | hashes,
    lane=st.sampled_from(LANES),
    when=times,
)
def test_a_registered_delivery_is_read_as_it_was_written(
    folder: str, name: str, sha256: str | None, lane: Any, when: datetime
) -> None:
    delivery = a_delivery(
        path=f"{folder}/{name}", source=folder or None, sha256=sha256, lane=lane, received_at=when, retry_of="d1"
    )

    assert read_delivery(delivery.id, hash_of(registration(delivery)) | {b"state": b"waiting", b"attempts": b"0"}) == (
        delivery
    )


@given(
    disposition=st.sampled_from(Disposition),
    reason=st.none() | st.sampled_from(Reason),
    message=optional_texts,
    article_ids=st.lists(article_ids, max_size=1) | st.lists(article_ids, max_size=200),
    relation=st.none() | relations,
    when=times,
)
def test_the_end_of_a_delivery_is_read_as_it_was_written(  # noqa: PLR0913  # the fields of an outcome
    disposition: Disposition,
    reason: Reason | None,
    message: str | None,
    article_ids: list[ArticleId],
    relation: Relation | None,
    when: datetime,
) -> None:
    outcome = Outcome(
        disposition=disposition, reason=reason, message=message, article_ids=tuple(article_ids), relation=relation
    )
    stored = hash_of(registration(a_delivery())) | hash_of(end_fields(outcome, when))

    found = read_delivery(delivery_id(1), stored | {b"state": b"settled", b"attempts": b"1"})

    ended = outcome.model_dump(exclude=set(UNRECORDED)) | {
        "state": DeliveryState.SETTLED,
        "settled_at": when,
        "attempts": 1,
        "software": running_version() if disposition.keeps_file else None,
    }
    assert found == Delivery.model_validate(a_delivery().model_dump() | ended)


@given(when=times, stage=texts | st.sampled_from(STAGES), by=texts, what=texts | st.sampled_from(LINES))
def test_an_entry_of_a_timeline_is_read_as_it_was_written(when: datetime, stage: str, by: str, what: str) -> None:
    stored = hash_of(registration(a_delivery())) | {b"state": b"waiting", b"attempts": b"0"}

    (entry,) = read_delivery(delivery_id(1), stored, [pack_entry(when, stage, by, what)]).timeline

    assert (entry.at, entry.stage, entry.by, entry.what) == (when, stage, by, what)


@given(
    st.builds(
        Duplicate,
        delivery_id=texts | st.binary(min_size=11, max_size=11).map(lambda each: f"d{each.hex()}"),
        kind=st.sampled_from(RelationKind),
        score=shares,
        name=texts,
        source=st.none() | st.text(characters),
        article_id=article_ids,
        received_at=times,
    )
)
def test_a_link_to_a_copy_is_read_as_it_was_written(link: Duplicate) -> None:
    assert read_links([pack_link(link)]) == [link]


@given(st.dictionaries(texts, marked, max_size=20))
def test_any_texts_of_a_record_are_read_as_they_were_written(record: dict[str, str]) -> None:
    assert unpack(pack(record), "a record") == record


@given(st.binary(min_size=1, max_size=3_000))
def test_the_pieces_of_a_record_are_joined_again(packed: bytes) -> None:
    stored = {name.encode(): part for name, part in pieces("b", packed).items()}

    assert joined(stored | {b"body": b"{}", b"state": b"waiting"}, "b") == packed


def hash_of(arguments: list[str | bytes]) -> dict[bytes, bytes]:
    """Return the hash that the server stores for the arguments of a command."""
    parts = [each.encode() if isinstance(each, str) else each for each in arguments]
    return dict(zip(parts[::2], parts[1::2], strict=True))
