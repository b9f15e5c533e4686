from __future__ import annotations

import pytest

from copytaster.parsing.html.fragments import address, plain_paragraphs, read_fragment


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One <b>bold</b> word.</p><p>Two.</p>", "One bold word.\n\nTwo."),
        ("One.<br><br>Two.<br/>Still two.", "One.\n\nTwo. Still two."),
        ("One.<br>Two.", "One.\n\nTwo."),
        ("<ul><li>Milk</li><li>Bread</li></ul>", "Milk\n\nBread"),
        ("AT&amp;T &ndash; up", "AT&T \u2013 up"),
        ("Safe<script>evil()</script> words<style>p {}</style>", "Safe words"),
        ("<!DOCTYPE html><html><head><title>No</title></head><body><p>Yes</p></body></html>", "Yes"),
        ("<![CDATA[<p>Twice wrapped</p>]]>", "Twice wrapped"),
        ("5 <! 6 and so on", "5 <! 6 and so on"),
        ("<p>It was <q>quick</q>, <q>\u201cvery\u201d</q>.</p>", "It was \u201cquick\u201d, \u201cvery\u201d."),
        ("<p>She said <q>it <i>was</i></q>.</p>", "She said \u201cit was\u201d."),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> inch", "1/2 inch"),
        ("", ""),
        ("<img src='https://example.org/a.jpg'>", ""),
    ],
)
def test_markup_becomes_paragraphs(markup: str, text: str) -> None:
    assert read_fragment(markup).text == text


def test_the_line_added_by_blog_software_is_removed() -> None:
    markup = "<p>Rain fell.</p><p>The post <a href='x'>Rain</a> appeared first on <a href='y'>The Gazette</a>.</p>"

    assert read_fragment(markup).text == "Rain fell."


def test_a_picture_has_its_caption_and_its_address_from_the_base() -> None:
    markup = "<figure><img src='../a.jpg' alt='no'><figcaption>A <i>bridge</i></figcaption></figure><p>Text.</p>"

    fragment = read_fragment(markup, "https://example.org/news/1")

    assert [(image.url, image.caption) for image in fragment.images] == [("https://example.org/a.jpg", "A bridge")]
    assert fragment.text == "Text."


def test_tracking_pixels_and_embedded_pictures_are_ignored() -> None:
    markup = (
        f"<img src='https://example.org/p.gif' width='1' height='1'><img src='data:image/png;base64,{'A' * 30_000}'>x"
    )

    fragment = read_fragment(markup)

    assert (fragment.text, fragment.images) == ("x", ())


def test_thousands_of_nested_elements_are_read_without_recursion() -> None:
    assert "deep" in read_fragment("<div>" * 200 + "deep" + "</div>" * 200).text


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("One.\nTwo.", "One.\n\nTwo."),
        ("One\ngoes on.\n\nTwo.", "One goes on.\n\nTwo."),
        ("a < b <i>and</i> c", "a < b <i>and</i> c"),
        ("  \n", ""),
    ],
)
def test_plain_text_is_split_at_blank_lines_or_else_at_each_line(text: str, paragraphs: str) -> None:
    assert plain_paragraphs(text) == paragraphs


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("/a", "https://example.org/a"),
        ("javascript:alert(1)", None),
        ("https://[broken", None),
        ("some words", "https://example.org/some words"),
        (None, "https://example.org/"),
    ],
)
def test_only_http_addresses_are_returned_as_absolute_addresses(value: str | None, url: str | None) -> None:
    expected = None if url and " " in url else url

    assert address(value, "https://example.org/") == expected


def test_an_address_without_a_scheme_has_that_of_its_page_or_https() -> None:
    assert address("//cdn.example/1.jpg") == "https://cdn.example/1.jpg"
    assert address("//cdn.example/1.jpg", "http://quay.example/") == "http://cdn.example/1.jpg"
