"""Fields of pages other than headline, text and dates: pictures, keywords, sections, paywalls, AMP."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from copytaster.model.article import Image, Subject
from copytaster.parsing.html.images import without_captions
from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.parser import Draft, Original

NOW = datetime(2024, 6, 1, tzinfo=UTC)

STORY = """<p>The bridge over the harbour opened on Monday after four years of work, the mayor said.</p>
<p>Cars may use it from Tuesday, and a ferry that has run since 1911 will stop in the autumn.</p>"""

LONG = "".join(
    f"<p>On pier {n} the builders set two hundred stones by hand in the cold of the spring.</p>" for n in range(30)
)


def parse(head: str = "", body: str = STORY) -> Draft:
    page = f"<!DOCTYPE html><html><head>{head}</head><body><article><h1>Bridge opens</h1>{body}</article></body></html>"
    [draft] = HtmlParser().parse(Original(content=page.encode(), name="page.html", now=NOW))
    return draft


def json_ld(**properties: object) -> str:
    document = {"@type": "NewsArticle", "headline": "Bridge opens"} | properties
    return f'<script type="application/ld+json">{json.dumps(document)}</script>'


def source_of(draft: Draft, name: str) -> str:
    return draft.provenance[name].from_


def test_readings_above_japanese_characters_are_not_text() -> None:
    sentence = (
        "<ruby>町<rp>(</rp><rt>まち</rt><rp>)</rp></ruby>の<ruby>図書館<rt>としょかん</rt></ruby>は月曜日から夜も開く。"
        "利用者は仕事の後に本を借りられるようになる。"
    )
    draft = parse(body=f"<article><h1>図書館、夜も開く</h1><p>{sentence}</p><p>{sentence}</p></article>")

    assert draft.text.startswith("町の図書館は月曜日から夜も開く。")


@pytest.mark.parametrize("separator", ["_", "-", "｜", " | "])  # noqa: RUF001  # a wide bar is meant
def test_a_chinese_title_is_cut_before_the_name_of_the_site(separator: str) -> None:
    head = f"<title>图书馆周一起延长开放时间{separator}河谷新闻网</title>"
    draft = parse(head, f"<h1>图书馆周一起延长开放时间</h1>{STORY}")

    assert draft.title == "图书馆周一起延长开放时间"


def test_keywords_are_listed_once_regardless_of_case() -> None:
    draft = parse(json_ld(keywords="Harbour, bridges; harbour , Ferry") + '<meta name="keywords" content="site">')

    assert draft.keywords == ("Harbour", "bridges", "Ferry")
    assert source_of(draft, "keywords") == "json-ld:keywords"


def test_article_tags_are_the_keywords_if_no_better_source_has_any() -> None:
    draft = parse('<meta property="article:tag" content="Ports, docks"><meta property="article:tag" content="Ferries">')

    assert draft.keywords == ("Ports, docks", "Ferries")
    assert source_of(draft, "keywords") == "meta:article:tag"


def test_a_list_of_hundreds_of_keywords_is_truncated() -> None:
    draft = parse(json_ld(keywords=[f"word {n}" for n in range(300)]))

    assert len(draft.keywords) == 30


def test_the_section_is_a_subject() -> None:
    described = parse(json_ld(articleSection=["Transport", "transport", "Harbour"]))
    shared = parse('<meta property="article:section" content="Transport">')

    assert described.subjects == (Subject(name="Transport"), Subject(name="Harbour"))
    assert source_of(described, "subjects") == "json-ld:articleSection"
    assert shared.subjects == (Subject(name="Transport"),)
    assert source_of(shared, "subjects") == "meta:article:section"


def test_a_picture_in_json_ld_has_caption_and_credit() -> None:
    image = {"@type": "ImageObject", "url": "/p/1.jpg", "caption": "The  bridge", "creditText": "Jane Doe"}

    draft = parse('<link rel="canonical" href="https://example.org/bridge">' + json_ld(image=image))

    assert draft.images == (Image(url="https://example.org/p/1.jpg", caption="The bridge", credit="Jane Doe"),)
    assert source_of(draft, "images") == "json-ld:image"


def test_crops_of_a_picture_are_one_picture() -> None:
    draft = parse(json_ld(image=["https://example.org/1x1.jpg", "https://example.org/16x9.jpg"]))

    assert [image.url for image in draft.images] == ["https://example.org/1x1.jpg"]


def test_a_figure_has_caption_and_credit_and_the_text_does_not_repeat_them() -> None:
    figure = (
        '<figure><img src="data:image/gif;base64,R0" data-src="https://example.org/2.jpg">'
        '<figcaption>The bridge at dawn, seen from the pier. <span class="photo-credit">Photo: Jane Doe</span>'
        "</figcaption></figure>"
    )

    draft = parse(body=LONG + figure + STORY)

    assert draft.images == (
        Image(url="https://example.org/2.jpg", caption="The bridge at dawn, seen from the pier.", credit="Jane Doe"),
    )
    assert source_of(draft, "images") == "html:figcaption"
    assert "at dawn" not in draft.text


def test_two_sources_of_a_picture_are_combined() -> None:
    figure = '<figure><img src="https://example.org/1.jpg?w=640"><figcaption>The bridge</figcaption></figure>'

    draft = parse('<meta property="og:image" content="https://example.org/1.jpg?w=1200">', STORY + figure)

    assert draft.images == (Image(url="https://example.org/1.jpg?w=1200", caption="The bridge"),)
    assert source_of(draft, "images") == "og:image"


@pytest.mark.parametrize(
    "picture",
    [
        '<figure><img src="data:image/gif;base64,R0"></figure>',
        '<figure><img src="https://example.org/face.jpg" width="40" height="40"></figure>',
        '<p><a href="/other-story"><img src="https://example.org/other.jpg"></a></p>',
        '<div class="related"><figure><img src="https://example.org/other.jpg"></figure></div>',
        '<img src="https://example.org/logo.jpg">',
    ],
)
def test_icons_placeholders_and_pictures_of_other_stories_are_ignored(picture: str) -> None:
    assert parse(body=STORY + picture).images == ()


def test_a_gallery_is_truncated() -> None:
    figures = "".join(f'<figure><img src="https://example.org/{n}.jpg"></figure>' for n in range(50))

    assert len(parse(body=STORY + figures).images) == 20


@pytest.mark.parametrize(
    ("head", "where"),
    [
        (json_ld(isAccessibleForFree=False), "json-ld:isAccessibleForFree"),
        (json_ld(isAccessibleForFree="False", wordCount=900), "json-ld:isAccessibleForFree"),
        (json_ld(hasPart={"cssSelector": ".rest", "isAccessibleForFree": "False"}), "json-ld:hasPart"),
        ('<meta property="article:content_tier" content="locked">', "meta:article:content_tier"),
    ],
)
def test_a_short_text_of_a_restricted_article_is_a_stub(head: str, where: str) -> None:
    draft = parse(head)

    assert draft.paywalled
    assert source_of(draft, "paywalled") == where


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (json_ld(isAccessibleForFree=False), LONG),
        (json_ld(isAccessibleForFree=False, wordCount=480), LONG),
        (json_ld(isAccessibleForFree=True), STORY + "<p>Subscribe to continue reading.</p>"),
        ('<meta property="article:content_tier" content="free">', STORY),
        ("", STORY + '<p>Already a subscriber? <a href="/in">Log in</a></p>'),
        ("", LONG + "<p>Subscribe to continue reading.</p>"),
        ("", STORY + "<script>let wall = 'Subscribe to continue reading';</script>"),
    ],
)
def test_a_complete_or_free_article_is_not_a_stub(head: str, body: str) -> None:
    draft = parse(head, body)

    assert not draft.paywalled
    assert "paywalled" not in draft.provenance


@pytest.mark.parametrize(
    "wall",
    [
        "Subscribe to continue reading.",
        "To keep reading, please log in to your account.",
        "This article is for subscribers only.",
        "Cet article est réservé aux abonnés.",
    ],
)
def test_a_short_page_with_a_paywall_notice_is_a_stub(wall: str) -> None:
    draft = parse('<meta charset="utf-8">', f'{STORY}<div class="wall"><p>{wall}</p></div>')

    assert draft.paywalled
    assert source_of(draft, "paywalled") == "html:wall"


def test_a_text_far_shorter_than_its_declared_length_is_a_stub() -> None:
    draft = parse(json_ld(isAccessibleForFree=False, wordCount=1900), LONG)

    assert draft.paywalled


def test_an_amp_page_has_the_address_of_its_canonical_page_and_its_pictures() -> None:
    page = (
        "<!DOCTYPE html><html amp><head><title>Bridge opens</title>"
        '<link rel="canonical" href="https://example.org/bridge">'
        '<meta property="og:url" content="https://example.org/amp/bridge"></head><body><article>'
        f'{STORY}<figure><amp-img src="/b.jpg" width="640" height="480"></amp-img></figure></article></body></html>'
    )

    [draft] = HtmlParser().parse(Original(content=page.encode(), name="amp.html", now=NOW))

    assert draft.url == "https://example.org/bridge"
    assert [image.url for image in draft.images] == ["https://example.org/b.jpg"]


def test_captions_are_removed_from_the_text_and_prose_with_the_same_beginning_is_not() -> None:
    images = (Image(url="https://example.org/2.jpg", caption="The bridge at dawn.", credit="Jane Doe"),)
    prose = "The bridge at dawn. It was all that she remembered of Jane Doe and the years in the harbour town."

    assert without_captions(f"One.\n\nThe bridge at dawn. Photo: Jane Doe\n\n{prose}", images) == f"One.\n\n{prose}"
    assert without_captions("One.\n\nThe bridge at dawn.", images) == "One."
    assert without_captions("The bridge at dawn.", images) == "The bridge at dawn."
