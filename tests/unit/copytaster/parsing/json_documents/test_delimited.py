from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.json_documents.field_map import PLAIN
from copytaster.parsing.parser import BadItem, Draft, Original
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEADER = ["Publication Date", "Media Outlet", "Headline", "Full Text", "Author", "URL"]
ROW = [
    "2026-03-02T10:00:00Z",
    "Hill Post",
    "Tram depot closes",
    "The depot closes.",
    "Ann Field",
    "https://hill.example/1",
]


def table(*rows: list[str], delimiter: str = ",") -> str:
    return "\n".join(
        delimiter.join(f'"{cell}"' if delimiter in cell or "\n" in cell else cell for cell in row) for row in rows
    )


def items(content: str, name: str = "clippings.csv", charset: str = "utf-8") -> list[Draft | BadItem]:
    original = Original(content=content.encode(charset), name=name, now=NOW)
    return [each.item for each in ParsingReader(default_parsers()).read(original)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_each_row_is_an_article(delimiter: str, charset: str) -> None:
    second = [*ROW[:2], "Café opens", 'It opens, says the owner; at "nine".', "", ""]

    first, other = items(table(HEADER, ROW, second, delimiter=delimiter).replace('""', '"'), charset=charset)

    assert isinstance(first, Draft)
    assert isinstance(other, Draft)
    assert (first.format, first.title, first.text) == ("csv", "Tram depot closes", "The depot closes.")
    assert (first.publisher, first.authors, first.url) == ("Hill Post", ("Ann Field",), "https://hill.example/1")
    assert first.published_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert first.provenance["text"].from_ == "csv:full_text"
    assert other.title == "Café opens"


def test_lines_above_the_header_and_blank_rows_are_passed_over() -> None:
    content = f"Report of the Hill Monitor\nfrom March 2\n\n{table(HEADER, ROW)}\n\n,,,,,\n{table(ROW)}\n"

    assert [type(each) for each in items(content)] == [Draft, Draft]


def test_a_cell_may_have_paragraphs() -> None:
    (only,) = items(table(HEADER, [*ROW[:3], "The depot closes.\n\nTrams use the yard.", *ROW[4:]]))

    assert isinstance(only, Draft)
    assert only.text == "The depot closes.\n\nTrams use the yard."


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([*ROW, "one more"], "7 cells, but the header has 6"),
        (["torn"], "one cell"),
        (["2026-03-02", "Hill Post", "", "", "", ""], "neither a headline nor a text"),
    ],
)
def test_a_bad_row_is_an_item_and_the_others_are_read(row: list[str], message: str) -> None:
    first, bad, last = items(table(HEADER, ROW, row, ROW))

    assert isinstance(bad, BadItem)
    assert (bad.locator, message in bad.message) == ("row 3", True)
    assert isinstance(first, Draft)
    assert isinstance(last, Draft)


def test_a_bad_row_has_the_reason_of_its_fault() -> None:
    _, bad = items(table(HEADER, ROW, [*ROW, "one more"]))

    assert isinstance(bad, BadItem)
    assert bad.reason is Reason.PARSE_FAILED


def test_missing_cells_at_the_end_of_a_row_are_empty() -> None:
    _, short = items(table(HEADER, ROW, ROW[:4]))

    assert isinstance(short, Draft)
    assert (short.title, short.url) == ("Tram depot closes", None)


def test_the_field_map_of_the_operator_names_columns() -> None:
    parsers = default_parsers(PLAIN.changed({"title": ("schlagzeile",), "text": ("beitrag",), "guid": ("nummer",)}))
    content = "Schlagzeile;Beitrag;Nummer\nDepot schließt;Es schließt.;7\n"

    (reading,) = ParsingReader(parsers).read(Original(content=content.encode(), name="a.csv", now=NOW))

    assert isinstance(reading.item, Draft)
    assert (reading.item.title, reading.item.guid) == ("Depot schließt", "7")


@pytest.mark.parametrize(
    "text",
    [
        "The title, the text, and the date\n\nThe depot closes, the council says, on Sunday.",
        "Club,P,Pts\nHill,4,12\nRiverside,4,7",
    ],
)
def test_prose_and_other_tables_are_no_clippings(text: str) -> None:
    choice, _ = default_parsers().choose(Original(content=text.encode(), name="a.txt", now=NOW))

    assert choice.format == "text"


@pytest.mark.parametrize("empty", ["N/A", "NULL", "\\N", "0"])
def test_rows_with_an_empty_id_and_the_address_of_a_site_are_articles_of_their_own(empty: str) -> None:
    rows = [[empty, "https://hill.example", f"Tram {number}", f"Tram {number} is late."] for number in (1, 2)]

    found = [each for each in items(table(["id", "url", "title", "text"], *rows)) if isinstance(each, Draft)]

    assert [(each.title, each.guid, each.url) for each in found] == [("Tram 1", None, None), ("Tram 2", None, None)]
