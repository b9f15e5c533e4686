"""Authors of pages: people before publishers, names without buttons, degrees and roles, lines without markup."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml.html import document_fromstring

from copytaster.parsing.html.metadata_sources import author_lines
from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.parser import Draft, Original

NOW = datetime(2024, 6, 1, tzinfo=UTC)

FIRST = "The bridge over the harbour opened on Monday after four years of work, the mayor said."
LAST = "Cars may use it from Tuesday, and a ferry that has run since 1911 will stop in the autumn."
STORY = f"<p>{FIRST}</p><p>{LAST}</p>"


def parse(body: str, head: str = "") -> Draft:
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    [draft] = HtmlParser().parse(Original(content=page.encode(), name="page.html", now=NOW))
    return draft


def authors(lines: str, head: str = "") -> tuple[str, ...]:
    return parse(f"<article><h1>Bridge opens</h1>{lines}{STORY}</article>", head).authors


def author(content: str) -> str:
    return f'<meta name="author" content="{content}">'


@pytest.mark.parametrize("house", ["Pier Broadcasting Corporation", "Pier Daily", "Editorial Team"])
def test_a_visible_person_takes_precedence_over_the_publisher(house: str) -> None:
    head = author(house) + '<meta property="og:site_name" content="Pier Daily">'

    assert authors("<p class=byline>By state political reporter <a>Ann Lee</a></p>", head) == ("Ann Lee",)


@pytest.mark.parametrize(
    "house",
    [
        "Pier Post", "The Pier", "pier-post.example", "Stadtwerke Pier", "Pier GmbH", "Pier City Council",
        "Ministry of Piers", "Pier University", "Pier Police", "Université de Pier", "Gemeente Pier",
        "Office for Piers and Quays",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "line",
    [
        "By Ann Lee, Business editor",
        "By Ann Lee | Business Editor",
        "By Ann Lee<br>Business editor",
        "By <a>Ann Lee</a> <span>Business editor</span>",
        "Von Ann Lee, Wirtschaftsredakteurin",
        "Par Ann Lee, cheffe du service économie",
    ],
)
def test_a_visible_person_with_a_role_takes_precedence_over_a_house_that_no_other_field_names(
    house: str, line: str
) -> None:
    assert authors(f"<p class=byline>{line}</p>", author(house)) == ("Ann Lee",)


def test_a_publisher_is_the_author_of_a_page_without_a_person() -> None:
    assert authors("", author("Pier Broadcasting Corporation")) == ("Pier Broadcasting Corporation",)


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("Ann Lee, PhD", ("Ann Lee",)),
        ("and Ann Lee, The Canadian Press", ("Ann Lee",)),
        ("Eingestellt von Ann Lee", ("Ann Lee",)),
        ("Ann Lee Share on Facebook", ("Ann Lee",)),
        ("Ann Lee and Tom Share", ("Ann Lee", "Tom Share")),
    ],
)
def test_names_in_metadata_are_without_degrees_publishers_and_buttons(stated: str, names: tuple[str, ...]) -> None:
    assert authors("", author(stated)) == names


@pytest.mark.parametrize(
    "line",
    [
        "<div>By <a href='/x'>Ann Lee</a></div>",
        "<p>Written by: <b>Ann Lee</b></p>",
        "<span>Verfasst von Ann Lee</span>",
        "<a href='https://example.org/authors/ann-lee'>Ann Lee</a>",
    ],
)
def test_a_line_below_the_headline_states_the_author_without_markup(line: str) -> None:
    assert authors(line) == ("Ann Lee",)


@pytest.mark.parametrize("line", ["<p>By the harbour</p>", "<aside>By Ann Lee</aside>"])
def test_other_lines_name_no_author(line: str) -> None:
    page = f"<h1>Bridge opens</h1>{line}<div>{STORY}</div>"

    assert parse(page).authors == ()


def test_a_sentence_that_starts_with_by_is_no_author_line() -> None:
    tree = document_fromstring("<h1>Bridge opens</h1><p>By Monday Cars Ran.</p><p>By Ann Lee</p>")

    assert author_lines(tree) == ["By Ann Lee"]


def test_the_label_of_a_card_names_the_author() -> None:
    label = '<meta name="twitter:label1" content="{}"><meta name="twitter:data1" content="Ann Lee">'

    assert authors("", label.format("Written by")) == ("Ann Lee",)
    assert authors("", label.format("Reading time")) == ()


def test_a_list_among_paragraphs_straight_in_the_body_is_kept() -> None:
    points = [f"Rule {n}: walkers on pier {n} keep to the side of the sea at all hours." for n in range(3)]
    items = "".join(f"<li>{point}</li>" for point in points)

    text = parse(f"<h1>Bridge opens</h1><p>{FIRST}</p><ul>{items}</ul><p>{LAST}</p>").text

    assert [point in text for point in points] == [True] * 3
    assert text.startswith(FIRST)
    assert text.endswith(LAST)
