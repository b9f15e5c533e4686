"""XML of no known kind, read by the built-in names or by the operator's field map."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copytaster.errors import ConfigurationError, RefusedError
from copytaster.model.article import ArticleStatus
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.json_documents.field_map import PLAIN, FieldMap, load_field_map
from copytaster.parsing.json_documents.xml_records import XmlRecordParser
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PLAIN_ARTICLE = (
    "<article><id>7</id><title>Mill burns</title><author>Ann Lee</author><pubDate>2026-05-04T10:00:00Z</pubDate>"
    "<body>A mill burned.</body></article>"
)


def drafts(text: str, plain: FieldMap = PLAIN) -> list[Draft]:
    original = Original(content=f"<?xml version='1.0'?>{text}".encode(), name="story.xml", now=NOW)
    return [each.item for each in ParsingReader(default_parsers(plain)).read(original) if isinstance(each.item, Draft)]


def mapped(tmp_path: Path, content: str) -> FieldMap:
    file = tmp_path / "map.yml"
    file.write_text(content)
    return load_field_map(file)


def test_the_usual_names_are_read() -> None:
    (found,) = drafts(PLAIN_ARTICLE)

    assert (found.format, found.title, found.text, found.guid) == ("xml", "Mill burns", "A mill burned.", "7")
    assert (found.authors, found.published_at) == (("Ann Lee",), datetime(2026, 5, 4, 10, tzinfo=UTC))


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_each_article_of_a_list_is_an_item(levels: int) -> None:
    other = PLAIN_ARTICLE.replace("Mill", "Barn")
    text = f"<list>{PLAIN_ARTICLE}{other}</list>"
    for number in range(levels - 1):
        text = f"<around{number}><count>2</count>{text}</around{number}>"

    assert [found.title for found in drafts(text)] == ["Mill burns", "Barn burns"]


@pytest.mark.parametrize(
    "body",
    [
        "<p>One <b>loud</b> word.</p><p>Two.</p>",
        "&lt;p&gt;One loud word.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;",
        "<![CDATA[<p>One loud word.</p><p>Two.</p>]]>",
        "One loud word.\n\nTwo.",
    ],
)
def test_a_text_may_have_markup(body: str) -> None:
    (found,) = drafts(PLAIN_ARTICLE.replace("A mill burned.", body))

    assert found.text == "One loud word.\n\nTwo."


MAP = """
title: tekst/kop
text: [tekst/alinea]
published_at: "@dato"
authors: forfatter/@navn
guid: meta.nummer
embargoed_until: meta/sperret
language: kop/@sprog
"""
DOCUMENT = (
    "<nyhed dato='2026-05-04T10:00:00+02:00'><meta><nummer>88</nummer><sperret>%s</sperret></meta>"
    "<forfatter navn='Mette Krogh'/><tekst><kop>Ny bro</kop><alinea>En.</alinea><alinea>To.</alinea></tekst></nyhed>"
)


def test_the_operators_paths_name_elements_and_attributes(tmp_path: Path) -> None:
    (found,) = drafts(DOCUMENT % "", mapped(tmp_path, MAP))

    assert (found.title, found.text, found.guid) == ("Ny bro", "En.\n\nTo.", "88")
    assert (found.authors, found.published_at) == (("Mette Krogh",), datetime(2026, 5, 4, 8, tzinfo=UTC))
    assert found.provenance["title"].from_ == "xml:tekst/kop"


def test_a_path_may_begin_with_the_name_of_the_articles_element(tmp_path: Path) -> None:
    fields = mapped(tmp_path, "title: nyhed/tekst/kop\ntext: /nyhed/tekst/alinea")

    assert [found.title for found in drafts(f"<liste>{DOCUMENT % ''}{DOCUMENT % ''}</liste>", fields)] == ["Ny bro"] * 2


@pytest.mark.parametrize(
    ("stated", "status"),
    [("når det passer", ArticleStatus.WITHHELD), ("true", ArticleStatus.WITHHELD), ("false", ArticleStatus.USABLE)],
)
def test_an_embargo_that_cannot_be_read_withholds(tmp_path: Path, stated: str, status: ArticleStatus) -> None:
    (found,) = drafts(DOCUMENT % stated, mapped(tmp_path, MAP))

    assert found.status is status


@pytest.mark.parametrize("path", ["a//b", "a/", "a..b"])
def test_a_path_with_an_empty_name_is_a_wrong_setting(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigurationError, match="is no path such as author"):
        mapped(tmp_path, f"title: {path}")


@pytest.mark.parametrize(
    "text",
    [
        "<svg xmlns='http://www.w3.org/2000/svg'><title>Logo</title><text>Mill</text><image href='a'/></svg>",
        "<config><title>Window</title><width>300</width></config>",
        "<book><title>Mill</title><author>Ann Lee</author><url>https://x.example</url></book>",
        "<pom><name>mill</name><description>A mill</description><url>https://x.example</url></pom>",
    ],
)
def test_xml_without_articles_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        drafts(text)


def formats(content: str, name: str = "story.xml") -> list[str]:
    original = Original(content=content.encode(), name=name, now=NOW)
    return [
        each.item.format for each in ParsingReader(default_parsers()).read(original) if isinstance(each.item, Draft)
    ]


FIELDS = "<byline>By Ann Lee</byline><pubDate>2026-05-04T10:00:00Z</pubDate>"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN_ARTICLE,
        f"\ufeff\n{PLAIN_ARTICLE}",
        f"<!-- export -->\n{PLAIN_ARTICLE}",
        PLAIN_ARTICLE.replace("<article>", "<Article xml:lang='en'>").replace("</article>", "</Article>"),
        PLAIN_ARTICLE.replace("A mill burned.", "<p>A mill<br/> burned.</p><p>It was old.</p>"),
        PLAIN_ARTICLE.replace(
            "A mill burned.", "<![CDATA[<html><head></head><body><p>A mill burned.</p></body></html>]]>"
        ),
        f"<article><headline>Mill burns</headline>{FIELDS}<body>A mill burned.</body></article>",
        f"<section><article><headline>Mill burns</headline>{FIELDS}<body>A mill burned.</body></article></section>",
        f"<story><headline>Mill burns</headline>{FIELDS}<body>A mill burned.</body></story>",
        f"<main><headline>Mill burns</headline>{FIELDS}<body>A mill burned.</body></main>",
    ],
)
def test_an_xml_article_without_a_declaration_is_no_html(content: str) -> None:
    assert formats(content) == ["xml"]
    assert formats(content, "story.txt") == ["xml"]


STORY = "<p>The lock opened on Monday, and boats pass again after a long winter of repairs at the quay.</p>"


@pytest.mark.parametrize(
    "content",
    [
        f"<article><h1>Lock opens</h1><time>4 May 2026</time>{STORY}</article>",
        f"<article><header><h1>Lock opens</h1></header><section>{STORY}{STORY}</section></article>",
        f"<article><svg><title>Lock</title><text>4711</text></svg><h1>Lock opens</h1>{STORY}</article>",
        f"<article><my-title>Lock opens</my-title><my-byline>Ann Lee</my-byline>{STORY}</article>",
        f"<html><head><title>Lock opens</title></head><body><link rel=author>{STORY}</body></html>",
        f"<title>Lock opens</title><meta name=author content='Ann Lee'><body>{STORY}</body>",
        f"<head><title>Lock opens</title><link rel='next' href='/2'/><body>{STORY}</body>",
        f"<title>Lock opens</title><link rel='next' href='/2'/><body>{STORY}</body>",
    ],
)
def test_a_fragment_of_a_page_remains_html(content: str) -> None:
    assert formats(content) == ["html"]


def test_names_among_many_elements_that_are_not_closed_cost_no_square_of_the_time() -> None:
    content = f"<article>{'<p>' * 18_000}</b><title>Lock</title><body>{STORY}</body><author>Ann</author>"
    original = Original(content=content.encode(), name="page.xml", now=NOW)

    started = time.process_time()
    XmlRecordParser(PLAIN).score(original)

    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("attribute", "element", "status"),
    [
        ('status="withdrawn"', "", ArticleStatus.CANCELED),
        ("", "<status>draft</status>", ArticleStatus.WITHHELD),
        ('status="public"', "<published>false</published>", ArticleStatus.WITHHELD),
        ('status="public"', "<status>online</status>", ArticleStatus.USABLE),
    ],
)
def test_a_status_that_restricts_a_record_is_obeyed(attribute: str, element: str, status: ArticleStatus) -> None:
    (found,) = drafts(PLAIN_ARTICLE.replace("<article>", f"<article {attribute}>{element}"))

    assert found.status is status
