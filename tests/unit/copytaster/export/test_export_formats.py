"""The formats of an export: each of them can be read back, and none does harm where it is read."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.export.csv_table import FORMULA_STARTS
from copytaster.export.encoder import encode
from copytaster.export.exported import DeletedArticle, ExportedDocument, exported_article
from copytaster.export.formats import ExportFormat, open_encoder
from copytaster.export.parquet import ROWS, MissingExtraError
from copytaster.model.article import (
    Article,
    ArticleId,
    ArticleStatus,
    Entity,
    EntityType,
    Image,
    Keyword,
    Relation,
    RelationKind,
    Tag,
    Topic,
)
from tests.factories import START, an_article
from tests.unit.copytaster.export.ninjs_2_1 import SCHEMA

NINJS = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)


def a_full_article(article_id: str = "a1", **fields: Any) -> Article:
    return an_article(
        article_id,
        **{
            "summary": "Ferries sail again.",
            "byline": "By Ada Quill",
            "authors": ("Ada Quill",),
            "source": "wire",
            "publisher": "The Kestrel Post",
            "url": "https://kestrel.example/harbour",
            "guid": "urn:kestrel:7",
            "language": "en",
            "published_at": START,
            "urgency": 4,
            "note": "Check the times.",
            "slugline": "HARBOUR",
            "located": ("Kestrel",),
            "topics": (
                Topic(code="04000000", name="economy", score=0.8, why="port"),
                Topic(code="house:1", name="Local", score=1.0, why="given by the source"),
            ),
            "entities": (
                Entity(name="Ada Quill", type=EntityType.PERSON, count=1, spans=()),
                Entity(name="Port Authority", type=EntityType.ORGANISATION, count=1, spans=()),
                Entity(name="Kestrel", type=EntityType.PLACE, count=2, spans=()),
            ),
            "keywords": (Keyword(term="harbour", score=1.0),),
            "tags": (Tag(name="port", rule="r1", why="harbour"),),
            "images": (
                Image(url="https://kestrel.example/1.jpg", caption="The harbour", credit="Ada Quill"),
                Image(url="https://kestrel.example/Bär 2.jpg"),
                Image(url="/relative.jpg"),
                Image(caption="Without an address"),
            ),
            "relation": Relation(kind=RelationKind.UPDATE, of=ArticleId("a0"), score=0.5),
        }
        | fields,
    )


def written(format_: ExportFormat, *pages: Sequence[ExportedDocument]) -> bytes:
    return b"".join(encode(pages, open_encoder(format_)))


def a_deletion() -> DeletedArticle:
    return DeletedArticle(id=ArticleId("a9"), deleted_at=START, cursor="c.1-0.1-0")


DOCUMENTS: tuple[ExportedDocument, ...] = (
    exported_article(a_full_article(), "a.1-0.2-a1"),
    exported_article(an_article("a2"), "a.1-0.1-a2"),
    exported_article(a_full_article("a3", status=ArticleStatus.WITHHELD, embargoed_until=START), "a.1-0.1-a3"),
    exported_article(a_full_article("a4", status=ArticleStatus.CANCELED), "a.1-0.1-a4"),
    a_deletion(),
)


def test_json_lines_have_one_article_document_on_each_line() -> None:
    lines = written(ExportFormat.JSONL, DOCUMENTS[:2], DOCUMENTS[2:]).splitlines()

    found = [json.loads(line) for line in lines]
    assert [each["id"] for each in found] == ["a1", "a2", "a3", "a4", "a9"]
    assert found[0].keys() == Article.model_fields.keys() | {"cursor"}
    assert found[0]["topics"][0]["name"] == "economy"
    assert found[4] == {"id": "a9", "status": "deleted", "deleted_at": "2026-01-01T00:00:00Z", "cursor": "c.1-0.1-0"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.id)
def test_ninjs_items_have_the_properties_of_the_standard_and_no_others(document: ExportedDocument) -> None:
    (line,) = written(ExportFormat.NINJS, [document]).splitlines()

    assert [str(each) for each in NINJS.iter_errors(json.loads(line))] == []


def test_ninjs_states_what_may_not_be_used() -> None:
    items = [json.loads(line) for line in written(ExportFormat.NINJS, DOCUMENTS).splitlines()]

    assert [each["pubstatus"] for each in items] == ["usable", "usable", "withheld", "canceled", "canceled"]
    assert [each["representationtype"] for each in items] == ["full", "full", "partial", "partial", "partial"]
    assert items[2]["embargoed"] == "2026-01-01T00:00:00Z"
    assert not any({"bodies", "headlines", "title", "descriptions"} & each.keys() for each in items[2:])


def test_ninjs_has_the_content_and_the_labels() -> None:
    (item,) = [json.loads(line) for line in written(ExportFormat.NINJS, DOCUMENTS[:1]).splitlines()]

    assert item["bodies"][0]["value"] == "The harbour reopened on Monday."
    assert [each["name"] for each in item["subjects"]] == ["economy", "Local", "harbour", "port"]
    assert item["subjects"][0]["uri"] == "http://cv.iptc.org/newscodes/mediatopic/04000000"
    assert item["subjects"][1]["literal"] == "house:1"
    assert [each["name"] for each in (*item["people"], *item["organisations"], *item["places"])] == [
        "Ada Quill",
        "Port Authority",
        "Kestrel",
    ]
    assert [each["uri"] for each in item["associations"]] == [
        "https://kestrel.example/1.jpg",
        "https://kestrel.example/B%C3%A4r%202.jpg",
    ]
    assert {each["role"]: each["value"] for each in item["altids"]} == {
        "guid": "urn:kestrel:7",
        "url": "https://kestrel.example/harbour",
        "copytaster:cursor": "a.1-0.2-a1",
    }


TEXTS = st.text(min_size=1, max_size=20)


@given(text=TEXTS, url=TEXTS, urgency=st.integers(), code=TEXTS, score=st.floats(-1, 2))
def test_every_article_is_an_item_of_the_standard(text: str, url: str, urgency: int, code: str, score: float) -> None:
    topics = (Topic(code=code, name=text, score=score, why="x"),)
    article = a_full_article(title=text, guid=text, url=url, urgency=urgency, topics=topics, images=(Image(url=url),))
    (line,) = written(ExportFormat.NINJS, [exported_article(article, "a.1-0.1-a1")]).split(b"\n")[:-1]

    assert [str(each) for each in NINJS.iter_errors(json.loads(line))] == []


def test_ninjs_has_an_address_for_the_codes_of_the_iptc_alone() -> None:
    topics = tuple(Topic(code=each, name="x", score=1, why="x") for each in ("04000000", "house:1", "٠٤٠٠٠٠٠٠"))
    article = exported_article(an_article(topics=topics), "a.1-0.1-a1")

    (item,) = [json.loads(line) for line in written(ExportFormat.NINJS, [article]).splitlines()]

    assert ["uri" in each for each in item["subjects"]] == [True, False, False]
    assert [str(each) for each in NINJS.iter_errors(item)] == []


@pytest.mark.parametrize("format_", [ExportFormat.JSONL, ExportFormat.NINJS])
@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e", "\r", "\n", "\r\n"])
def test_a_document_is_one_line_whatever_a_reader_takes_for_the_end_of_a_line(format_: ExportFormat, end: str) -> None:
    article = an_article(title=f"Harbour{end}reopens", text=f"Ferries{end}sail.")

    (line,) = written(format_, [exported_article(article, "a.1-0.1-a1")]).decode().splitlines()

    assert json.loads(line)["title"] == f"Harbour{end}reopens"


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_csv_has_the_metadata_and_not_the_text() -> None:
    rows = read_csv(written(ExportFormat.CSV, DOCUMENTS[:2], DOCUMENTS[2:]))

    assert [each["id"] for each in rows] == ["a1", "a2", "a3", "a4", "a9"]
    assert [each["status"] for each in rows] == ["usable", "usable", "withheld", "canceled", "deleted"]
    assert rows[0]["topics"] == "economy; Local"
    assert rows[0]["relation_of"] == "a0"
    assert b"The harbour reopened" not in written(ExportFormat.CSV, DOCUMENTS)


@given(title=st.text(min_size=1), start=st.sampled_from(["", " ", *FORMULA_STARTS, "  ="]))
def test_no_cell_of_a_csv_file_begins_like_a_formula(title: str, start: str) -> None:
    article = an_article(title=start + title, byline=start + title)

    (row,) = read_csv(written(ExportFormat.CSV, [exported_article(article, "a.1-0.1-a1")]))

    for value in row.values():
        assert not value.lstrip(" ").startswith(FORMULA_STARTS)
    assert row["title"].removeprefix("'") == start + title or row["title"] == start + title


def test_a_resumed_csv_file_is_appended_without_a_second_row_of_names() -> None:
    first = written(ExportFormat.CSV, DOCUMENTS[:1])
    rest = b"".join(encode([DOCUMENTS[1:]], open_encoder(ExportFormat.CSV, resumed=True)))

    assert first + rest == written(ExportFormat.CSV, DOCUMENTS)


def test_parquet_has_typed_columns_and_is_written_while_it_is_read() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow, the extra parquet, is not installed")
    pages = [[exported_article(a_full_article(f"a{number}"), "a.1-0.1-a1")] * 1_000 for number in range(3)]

    parts = list(encode([*pages, DOCUMENTS], open_encoder(ExportFormat.PARQUET)))

    table = parquet.read_table(io.BytesIO(b"".join(parts)))
    assert len(parts) == 3  # the beginning, a full row group, and the rest
    assert table.num_rows == 3_000 + len(DOCUMENTS)
    assert parquet.ParquetFile(io.BytesIO(b"".join(parts))).metadata.row_group(0).num_rows == ROWS
    last = table.slice(3_000).to_pylist()
    assert [each["text"] for each in last] == ["The harbour reopened on Monday."] * 2 + [None] * 3
    assert last[0]["topics"] == ["economy", "Local"]
    assert last[0]["published_at"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_export_without_documents_is_a_valid_file_in_every_format() -> None:
    assert written(ExportFormat.JSONL) == written(ExportFormat.NINJS) == b""
    assert read_csv(written(ExportFormat.CSV)) == []


def test_without_pyarrow_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'copytaster\[parquet\]'"):
        open_encoder(ExportFormat.PARQUET)
