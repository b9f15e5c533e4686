from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.parser import TextParser

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def parse(text: str) -> Draft:
    [draft] = TextParser().parse(Original(content=text.encode(), name="story.txt", now=NOW))
    assert isinstance(draft, Draft)
    return draft


def test_the_first_line_is_the_title_and_blank_lines_separate_paragraphs() -> None:
    draft = parse("\n  Bridge opens\n\n\nThe bridge opened\non Monday.\n\nCars may use it.\n")

    assert draft.title == "Bridge opens"
    assert draft.text == "The bridge opened on Monday.\n\nCars may use it."
    assert draft.provenance["title"].from_ == "text:first-line"
    assert draft.provenance["charset"].from_ == "utf-8"


def test_without_any_blank_line_each_line_is_a_paragraph() -> None:
    draft = parse("Bridge opens\nThe bridge opened on Monday.\nCars may use it.\n")

    assert draft.text == "The bridge opened on Monday.\n\nCars may use it."


def test_lines_too_long_to_be_wrapped_by_hand_are_paragraphs() -> None:
    long = "The bridge was opened on Monday by the mayor and a band. " * 4

    draft = parse(f"Bridge opens\n\n{long}\nCars may use it.")

    assert draft.text == f"{long.strip()}\n\nCars may use it."


def test_a_title_alone_is_an_article_whose_text_is_its_title() -> None:
    draft = parse("Bridge opens\n")

    assert draft.text == "Bridge opens"
    assert draft.provenance["text"].from_ == "text:title-only"


def test_the_first_sentence_of_a_long_first_line_is_the_title_and_the_line_remains_in_the_text() -> None:
    line = "The bridge opened on Monday. " + "Cars may use it from now on, and so may carts. " * 5

    draft = parse(f"{line}\n\nMore follows.")

    assert draft.title == "The bridge opened on Monday."
    assert draft.text == f"{line.strip()}\n\nMore follows."


def test_a_long_first_line_without_a_sentence_is_cut_between_words() -> None:
    draft = parse("bridge " * 60)

    assert draft.title == "bridge " * 27 + "bridge…"


@pytest.mark.parametrize(
    ("printed", "dateline"),
    [
        ("LONDON, March 3 (Reuters) - ", "LONDON, March 3"),
        ("VLADIVOSTOK, Russia (AP) — ", "VLADIVOSTOK, Russia"),
        ("PARIS — ", "PARIS"),
        ("BERLIN (dpa) - ", "BERLIN"),
        ("NEW YORK/LONDON, 25 April (Reuters) -- ", "NEW YORK/LONDON, 25 April"),
        ("WASHINGTON (AP) _ ", "WASHINGTON"),
        ("Paris, Jan 3, 2024 (AFP) - ", "Paris, Jan 3, 2024"),
        ("ST. PETERSBURG, Fla. (AP) — ", "ST. PETERSBURG, Fla."),
    ],
)
def test_a_dateline_is_separated_from_the_first_paragraph(printed: str, dateline: str) -> None:
    draft = parse(f"Ministers meet\n\n{printed}Ministers met on Monday.\n\nThey ate.")

    assert draft.dateline == dateline
    assert draft.text == "Ministers met on Monday.\n\nThey ate."


@pytest.mark.parametrize(
    "prose",
    [
        "NATO - the alliance - said nothing.",
        "BREAKING — Ministers met on Monday.",
        "COVID-19 is back.",
        "Rain - as ever - fell on Monday.",
        "Ministers (all of them) - met on Monday.",
    ],
)
def test_prose_with_a_dash_is_not_a_dateline(prose: str) -> None:
    draft = parse(f"Ministers meet\n\n{prose}\n\nThey ate.")

    assert draft.dateline is None
    assert draft.text == f"{prose}\n\nThey ate."


def test_a_dateline_with_its_year_dates_the_article() -> None:
    draft = parse("Ministers meet\n\nLONDON, March 3, 2024 (Reuters) - Ministers met.")

    assert draft.published_at == datetime(2024, 3, 3, tzinfo=UTC)
    assert draft.provenance["published_at"].from_ == "text:dateline"


@pytest.mark.parametrize("year", ["1702", "2025"])
def test_an_implausible_year_dates_nothing(year: str) -> None:
    draft = parse(f"Ministers meet\n\nLONDON, March 3, {year} (Reuters) - Ministers met.")

    assert draft.published_at is None


def test_a_published_line_dates_the_article_and_is_not_in_the_text() -> None:
    draft = parse("Ministers meet\nPublished: 3 March 2024 14:30 GMT\n\nMinisters met.")

    assert draft.published_at == datetime(2024, 3, 3, 14, 30, tzinfo=UTC)
    assert draft.text == "Ministers met."


@pytest.mark.parametrize(
    "layout", ["Title\n{}\n\nMinisters met.", "Title\n\n{}\n\nMinisters met.", "Title\n\nMinisters met.\n\n{}"]
)
def test_a_byline_below_the_title_or_at_the_end_names_the_authors(layout: str) -> None:
    draft = parse(layout.format("By Jane Doe and John Roe, Staff Writer"))

    assert draft.byline == "By Jane Doe and John Roe, Staff Writer"
    assert draft.authors == ("Jane Doe", "John Roe")
    assert draft.text == "Ministers met."


def test_a_sentence_that_begins_with_by_is_not_a_byline() -> None:
    draft = parse("Ministers meet\n\nBy Monday the ministers had met twice.\n\nThey ate.")

    assert draft.byline is None
    assert draft.text == "By Monday the ministers had met twice.\n\nThey ate."


def test_a_credit_at_the_end_names_the_authors_without_a_byline() -> None:
    draft = parse("Ministers meet\n\nMinisters met.\n\n(Reporting by Ann Field; Editing by Bob Hill)")

    assert draft.text == "Ministers met."
    assert draft.authors == ("Ann Field",)


def test_a_call_directly_after_the_last_sentence_is_cut() -> None:
    draft = parse("Ministers meet\n\nThey spoke of “a first step.”ALSO ON EXAMPLE.COM")

    assert draft.text == "They spoke of “a first step.”"


def test_control_codes_are_removed() -> None:
    draft = parse("Ministers\x00 meet\n\nMinisters\x07 met.")

    assert (draft.title, draft.text) == ("Ministers meet", "Ministers met.")


def test_a_file_of_invisible_characters_is_refused_as_empty() -> None:
    with pytest.raises(RefusedError, match=r"story\.txt"):
        parse("\ufeff\n\x00\n")


def test_every_field_that_is_set_has_its_provenance() -> None:
    draft = parse("Title\nBy Jane Doe\n\nLONDON, March 3, 2024 (Reuters) - Ministers met.")

    assert set(draft.provenance) == {"charset", "title", "text", "byline", "authors", "dateline", "published_at"}
