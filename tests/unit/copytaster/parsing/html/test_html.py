from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.parser import Draft, Original

NOW = datetime(2024, 6, 1, tzinfo=UTC)

BODY = """<article><h1>Bridge opens</h1>
<p>The bridge over the harbour opened on Monday after four years of work, the mayor said.</p>
<p>Cars may use it from Tuesday, and a ferry that has run since 1911 will stop in the autumn.</p></article>"""

TEXT = (
    "The bridge over the harbour opened on Monday after four years of work, the mayor said.\n\n"
    "Cars may use it from Tuesday, and a ferry that has run since 1911 will stop in the autumn."
)


def parse(head: str = "", body: str = BODY, *, root: str = "<html>") -> Draft:
    content = f"<!DOCTYPE html>{root}<head>{head}</head><body>{body}</body></html>".encode()
    [draft] = HtmlParser().parse(Original(content=content, name="page.html", now=NOW))
    return draft


def json_ld(document: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(document)}</script>'


ARTICLE = {
    "@type": "NewsArticle",
    "headline": "Harbour bridge opens &amp; ferry ends",
    "author": [{"@type": "Person", "name": "By Jane Doe"}, {"@id": "#roe"}],
    "datePublished": "2024-05-06T10:00:00+02:00",
    "dateModified": "2024-05-06T12:00:00",
    "publisher": {"name": "Example News"},
    "mainEntityOfPage": {"@id": "https://example.org/2024/bridge"},
    "inLanguage": "en-GB",
    "description": "Four years of work are over.",
}


def test_the_text_has_paragraphs_and_no_heading() -> None:
    draft = parse()

    assert draft.title == "Bridge opens"
    assert draft.text == TEXT
    assert draft.provenance["text"].from_ == "html:trafilatura"


@pytest.mark.parametrize(
    "document",
    [
        ARTICLE | {"author": [ARTICLE["author"][0], {"name": "John Roe"}]},  # type: ignore[index]
        [{"@type": "WebSite", "name": "x"}, ARTICLE | {"author": "Jane Doe and John Roe"}],
        {"@graph": [{"@type": "BreadcrumbList"}, ARTICLE, {"@id": "#roe", "@type": "Person", "name": "John Roe"}]},
    ],
)
def test_json_ld_gives_every_field_as_an_object_in_a_list_or_in_a_graph(document: object) -> None:
    draft = parse(json_ld(document))

    assert draft.title == "Harbour bridge opens & ferry ends"
    assert draft.authors == ("Jane Doe", "John Roe")
    assert draft.published_at == datetime(2024, 5, 6, 8, tzinfo=UTC)
    assert draft.modified_at == datetime(2024, 5, 6, 12, tzinfo=UTC)
    assert draft.publisher == "Example News"
    assert draft.url == "https://example.org/2024/bridge"
    assert draft.language == "en"
    assert draft.summary == "Four years of work are over."
    assert draft.provenance["title"].from_ == "json-ld:headline"


def test_a_date_without_a_zone_has_a_lower_confidence() -> None:
    draft = parse(json_ld(ARTICLE))

    assert draft.provenance["modified_at"].confidence < draft.provenance["published_at"].confidence


def test_with_broken_json_ld_the_next_source_gives_the_field() -> None:
    draft = parse(
        '<script type="application/ld+json">{"headline": </script><meta property="og:title" content="Bridge is open">'
    )

    assert draft.title == "Bridge is open"
    assert draft.provenance["title"].from_ == "og:title"


@pytest.mark.parametrize(
    ("before", "behind"), [("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("", ";"), ("/*<![CDATA[*/", "/*]]>*/")]
)
def test_json_ld_wrapped_for_old_browsers_is_read(before: str, behind: str) -> None:
    head = json_ld(ARTICLE).replace(">{", f">{before}\n{{").replace("}</", f"}}\n{behind}</")

    assert parse(head).title == "Harbour bridge opens & ferry ends"


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "WebSite"}\n{"@type": "NewsArticle", "headline": "Bridge, [sic,] is open"}',
        '{"@type": "WebSite"},{"@type": "NewsArticle", "headline": "Bridge, [sic,] is open"};',
        '[{"@type": "NewsArticle", "headline": "Bridge, [sic,] is open", "author": ["Ada Berg",],},]',
        '{"@type": "NewsArticle", "headline": "Bridge, [sic,] is open"} {"@type": broken}',
    ],
    ids=["two lines", "a comma between", "commas at the ends", "a broken one behind"],
)
def test_json_ld_of_several_documents_or_with_commas_at_ends_is_read(script: str) -> None:
    draft = parse(f'<script type="application/ld+json">{script}</script><p>Text.</p>')

    assert draft.title == "Bridge, [sic,] is open"


def test_deeply_nested_json_ld_is_ignored() -> None:
    draft = parse(f'<script type="application/ld+json">{"[" * 50_000}</script>')

    assert draft.title == "Bridge opens"


@pytest.mark.parametrize("bar", [" - ", " | ", " — "])
def test_a_known_site_name_is_cut_from_the_title(bar: str) -> None:
    draft = parse(f'<title>A new bridge{bar}Example News</title><meta property="og:site_name" content="Example News">')

    assert draft.title == "A new bridge"
    assert draft.provenance["title"].from_ == "html:title"


def test_the_only_h1_precedes_the_name_of_the_site_in_open_graph() -> None:
    draft = parse('<title>Bridge opens - The Pier</title><meta property="og:title" content="The Pier">')

    assert draft.title == "Bridge opens"


def test_a_separator_in_a_title_remains_if_the_site_name_is_unknown() -> None:
    assert parse("<title>Bridges | a history</title>").title == "Bridges | a history"


def test_a_headline_not_visible_on_the_page_is_not_the_title() -> None:
    draft = parse(json_ld({"@type": "Article", "headline": "kind of thing over water"}) + "<title>Bridge opens</title>")

    assert draft.title == "Bridge opens"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://example.org/a#top", "https://example.org/a"),
        ("/a?id=1", "https://example.org/a?id=1"),
        ("https://example.org/", None),
        ("javascript:void(0)", None),
        ("https://[broken", None),
    ],
)
def test_only_an_articles_own_web_address_is_its_url(href: str, url: str | None) -> None:
    draft = parse(f'<base href="https://example.org/"><link rel="canonical" href="{href}">')

    assert draft.url == url


@pytest.mark.parametrize("moment", ["1799-12-31T23:59:59Z", "2024-06-02T00:00:01Z", "yesterday", "2024-13-40"])
def test_an_implausible_date_is_dropped(moment: str) -> None:
    draft = parse(f'<meta property="article:published_time" content="{moment}">')

    assert draft.published_at is None
    assert "published_at" not in draft.provenance


def test_a_date_is_plausible_up_to_a_day_in_the_future_for_wrong_clocks_and_assumed_zones() -> None:
    draft = parse('<meta property="article:published_time" content="2024-06-02T00:00:00Z">')

    assert draft.published_at == datetime(2024, 6, 2, tzinfo=UTC)


def test_a_time_element_dates_the_article_if_no_better_source_does() -> None:
    draft = parse(body=f'<time datetime="2024-05-06T08:00Z">Monday</time>{BODY}')

    assert draft.published_at == datetime(2024, 5, 6, 8, tzinfo=UTC)
    assert draft.provenance["published_at"].from_ == "html:time"


def test_each_author_is_listed_once_without_links() -> None:
    head = '<meta name="author" content="By Jane Doe, John Roe and JANE DOE">'
    head += '<meta name="author" content="https://example.org/jane">'

    assert parse(head).authors == ("Jane Doe", "John Roe")


def test_commenters_are_not_authors() -> None:
    comments = '<div class="comments"><span itemprop="author">Angry Reader</span></div>'

    assert parse(body=BODY + comments).authors == ()


def test_the_declared_charset_is_used() -> None:
    page = '<html><head><meta charset="windows-1251"></head><p>Мост открыли в понедельник, сказал мэр.</p></html>'

    [draft] = HtmlParser().parse(Original(content=page.encode("cp1251"), name="page.html", now=NOW))

    assert draft.text == "Мост открыли в понедельник, сказал мэр."
    assert (draft.charset, draft.provenance["charset"].from_) == ("cp1251", "declared")


def test_xhtml_with_an_encoding_declaration_is_read() -> None:
    prolog = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    page = f'{prolog}<html xmlns="http://www.w3.org/1999/xhtml" lang="fr"><body>{BODY}<p>Café</p></body></html>'

    [draft] = HtmlParser().parse(Original(content=page.encode("latin-1"), name="page.xhtml", now=NOW))

    assert draft.text == f"{TEXT}\n\nCafé"
    assert draft.language == "fr"


def test_furniture_and_dateline_are_removed_from_the_text_of_pages() -> None:
    story = "<p>LONDON, March 3 (Reuters) - The bridge opened on Monday.</p><p>Cars may use it.</p>"

    draft = parse(body=f"<article>{story}<p>Follow us on Twitter</p></article>")

    assert draft.text == "The bridge opened on Monday.\n\nCars may use it."
    assert draft.dateline == "LONDON, March 3"


def test_a_page_that_loads_its_text_by_script_is_read_from_its_json_ld() -> None:
    draft = parse(json_ld(ARTICLE | {"articleBody": "The bridge opened.\nCars may use it."}), body="<div id=app></div>")

    assert draft.text == "The bridge opened.\n\nCars may use it."
    assert draft.provenance["text"].from_ == "json-ld:articleBody"


@pytest.mark.parametrize("body", ["", "<nav><a href=/>Home</a></nav>", "<p>404</p>"])
def test_a_page_without_a_body_is_refused(body: str) -> None:
    with pytest.raises(RefusedError, match=r"page\.html") as caught:
        parse(body=body)

    assert caught.value.reason is Reason.NO_TEXT


def test_an_element_with_thousands_of_attributes_fails_at_once() -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(6_000))

    with pytest.raises(PermanentError, match=r"page\.html.*6000 attributes") as caught:
        parse(body=f"<p {attributes}>Text</p>")

    assert caught.value.reason is Reason.PARSE_FAILED


def test_without_title_and_heading_the_first_sentence_is_the_title() -> None:
    draft = parse(body="<p>The bridge opened on Monday. Cars may use it from Tuesday on.</p>")

    assert draft.title == "The bridge opened on Monday."
    assert draft.provenance["title"].from_ == "text:first-sentence"


def test_quotation_marks_that_browsers_draw_are_in_the_text() -> None:
    body = BODY.replace("after four years of work", "<q>after four years of work</q>")

    assert parse(body=body).text == TEXT.replace("after four years of work", "\u201cafter four years of work\u201d")


def test_a_canonical_address_without_a_scheme_is_an_address() -> None:
    draft = parse(
        '<link rel="canonical" href="//example.org/a">', BODY.replace("</h1>", "</h1><img src='//example.org/1.jpg'>")
    )

    assert draft.url == "https://example.org/a"
