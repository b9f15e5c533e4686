from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft

PROSE = "".join(
    f"<p>The {name} of the old mill was repaired by volunteers, who worked for two summers without any pay.</p>"
    for name in ("roof", "wheel", "gate", "cellar")
)


def parse(lines: str, *, head: str = "", lang: str = "en") -> Draft:
    page = (
        f"<html lang={lang}><head><title>Mill turns again</title>{head}</head>"
        f"<body><article><h1>Mill turns again</h1>{lines}{PROSE}</article></body></html>"
    )
    [draft] = HtmlParser().parse(Original(name="p.html", content=page.encode(), now=datetime(2026, 6, 1, tzinfo=UTC)))
    return draft


@pytest.mark.parametrize(
    ("lines", "lang"),
    [
        ("<div><span>By Ada Quill</span> <span>9 March 2025</span></div>", "en"),
        ("<p class=x>March 9, 2025 &middot; 4 min read</p>", "en"),
        ("<p>Gepubliceerd: 9 maart 2025</p>", "nl"),
        ("<p>09.03.2025</p>", "de"),
        ("<p>Updated <b>2 May 2025</b></p><p>Posted on <b>9 March 2025</b></p>", "en"),
    ],
)
def test_a_day_that_is_only_printed_is_read_without_certainty_about_its_time(lines: str, lang: str) -> None:
    draft = parse(lines, lang=lang)

    assert draft.published_at == datetime(2025, 3, 9, tzinfo=UTC)
    assert draft.published_local is None
    assert draft.provenance["published_at"].from_ == "html:date-line"
    assert draft.provenance["published_at"].confidence < 0.5


@pytest.mark.parametrize(
    "lines",
    [
        "<p>Reviewed 9 March 2025</p>",
        "<div class=related-stories><p>9 March 2025</p></div>",
        "<p>03/09/2025</p>",
    ],
)
def test_the_day_of_a_change_and_a_day_of_another_story_are_not_the_publication(lines: str) -> None:
    assert parse(lines).provenance.get("published_at") is None


@pytest.mark.parametrize(
    "lines", ["<p>Last updated: <b>9 March 2025</b></p>", "<p><span>Updated on</span> <span>March 9, 2025</span></p>"]
)
def test_the_only_printed_day_is_that_of_a_change_and_is_the_publication_with_low_confidence(lines: str) -> None:
    draft = parse(lines)

    assert draft.modified_at == draft.published_at == datetime(2025, 3, 9, tzinfo=UTC)
    assert draft.provenance["published_at"].from_ == "html:changed-line"
    assert draft.provenance["published_at"].confidence < 0.25


def test_a_printed_day_of_publication_precedes_the_one_of_a_change() -> None:
    draft = parse("<p>Updated 12 May 2025</p><p>9 March 2025</p>")

    assert (draft.published_at, draft.modified_at) == (
        datetime(2025, 3, 9, tzinfo=UTC),
        datetime(2025, 5, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("https://example.org/2025/03/09/mill-turns-again", 9),
        ("https://example.org/news/2025-03-09-mill-turns-again", 9),
        ("https://example.org/20250309/mill.html", 9),
        ("https://example.org/2025/13/09/mill", None),
        ("https://example.org/2025/03/mill", None),
        ("https://example.org/12025/03/09/mill", None),
        ("https://example.org/2031/03/09/mill", None),
    ],
)
def test_the_day_in_the_address_is_read_if_the_page_states_none(address: str, day: int | None) -> None:
    draft = parse("", head=f'<link rel="canonical" href="{address}">')

    assert draft.published_at == (datetime(2025, 3, day, tzinfo=UTC) if day else None)
    assert day is None or draft.provenance["published_at"].from_ == "html:address"
    assert day is None or draft.provenance["published_at"].confidence < 0.5


def test_the_headline_is_the_heading_that_the_title_repeats() -> None:
    page = (
        "<html><head><title>Mill turns again - The Weir Post</title></head><body>"
        "<h1><img src=logo.png></h1><p>1 January 2024</p><table><tr><td><h3>Mill turns again</h3></td>"
        f"<td>9 March 2025</td></tr></table>{PROSE}</body></html>"
    )
    [draft] = HtmlParser().parse(Original(name="p.html", content=page.encode(), now=datetime(2026, 6, 1, tzinfo=UTC)))

    assert draft.published_at == datetime(2025, 3, 9, tzinfo=UTC)


def test_a_class_of_the_element_around_headline_and_story_makes_its_lines_no_box_beside_it() -> None:
    page = (
        "<html><head><title>Mill turns again</title></head><body><div class='page under-menu'>"
        f"<h1>Mill turns again</h1><p>By Ada Quill</p><p>9 March 2025</p>{PROSE}</div></body></html>"
    )
    [draft] = HtmlParser().parse(Original(name="p.html", content=page.encode(), now=datetime(2026, 6, 1, tzinfo=UTC)))

    assert draft.published_at == datetime(2025, 3, 9, tzinfo=UTC)
    assert draft.authors == ("Ada Quill",)


def test_a_page_node_of_json_ld_gives_the_date_if_the_article_has_none() -> None:
    script = (
        '[{"@type": "WebPage", "datePublished": "2025-03-09T23:30:00-05:00"}, {"@type": "Article", "headline": "x"}]'
    )
    draft = parse("", head=f'<script type="application/ld+json">{script}</script>')

    assert draft.published_at == datetime(2025, 3, 10, 4, 30, tzinfo=UTC)
    assert draft.published_local is not None
    assert draft.published_local.isoformat() == "2025-03-09T23:30:00-05:00"


def test_json_ld_with_escaped_quotes_is_read() -> None:
    script = '{"@type": "NewsArticle", "datePublished": "2025-03-09T08:00:00Z"}'.replace('"', "&quot;")
    draft = parse("", head=f'<script type="application/ld+json">{script}</script>')

    assert draft.published_at == datetime(2025, 3, 9, 8, tzinfo=UTC)
