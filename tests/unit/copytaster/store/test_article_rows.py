"""Rows of articles that a reading store keeps."""

from __future__ import annotations

from copytaster.store.redis.article_records import article_record
from copytaster.store.redis.article_rows import ArticleRows
from copytaster.store.redis.packing import pack
from tests.factories import an_article


def row(title: str, *, accepted: int = 0) -> list[object]:
    return [b"1", pack(article_record(an_article(title=title))), b"", [], 0, accepted, b""]


def test_a_row_that_was_read_before_is_not_unpacked_again() -> None:
    rows = ArticleRows(remembered=2)

    assert rows.article(row("Ferry burns")) is rows.article(row("Ferry burns"))


def test_a_row_with_any_difference_is_another_article() -> None:
    rows = ArticleRows(remembered=2)
    first = rows.article(row("Ferry burns"))

    assert rows.article(row("Ferry sinks")).title == "Ferry sinks"
    assert rows.article(row("Ferry burns", accepted=1)) is not first


def test_a_store_that_remembers_nothing_reads_every_row() -> None:
    rows = ArticleRows(remembered=0)

    assert rows.article(row("Ferry burns")) is not rows.article(row("Ferry burns"))
