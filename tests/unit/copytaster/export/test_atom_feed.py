"""Atom feeds, as a feed parser and an XML parser see them."""

from __future__ import annotations

from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from copytaster.export.atom import FeedAddress, atom_feed
from copytaster.model.article import Article, ArticleStatus, Topic
from tests.factories import START, an_article

ADDRESS = FeedAddress(
    own="http://desk/api/v1/articles.atom?source=wire", query="source=wire", articles="http://desk/api/v1/articles"
)


def parsed(*articles: Article) -> Any:
    return feedparser.parse(atom_feed(articles, ADDRESS, title="Articles: wire"))


def test_a_feed_has_what_the_standard_demands() -> None:
    feed = parsed(an_article("a1", authors=("Ada Quill",)), an_article("a2"))

    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.id == "tag:copytaster,2026:feed:source=wire"
    assert feed.feed.title == "Articles: wire"
    assert feed.feed.author == "Copytaster"
    assert feed.feed.links[0] | {} == {"rel": "self", "type": "application/atom+xml", "href": ADDRESS.own}
    assert [each.id for each in feed.entries] == ["tag:copytaster,2026:article:a1", "tag:copytaster,2026:article:a2"]
    assert all(each.updated and each.title and each.link for each in feed.entries)


def test_an_entry_has_the_text_in_paragraphs_and_the_labels() -> None:
    (entry,) = parsed(
        an_article(
            text="Ferries <sail> again.\n\nTickets & times.",
            summary="Short.",
            url="https://kestrel.example/1",
            publisher="The Kestrel Post",
            published_at=START,
            language="en",
            topics=(Topic(code="04000000", name="economy", score=1, why="port"),),
        )
    ).entries

    assert entry.content[0].value == "<p>Ferries &lt;sail&gt; again.</p><p>Tickets &amp; times.</p>"
    assert entry.content[0].language == "en"
    assert entry.summary == "Short."
    assert entry.link == "https://kestrel.example/1"
    assert entry.author == "The Kestrel Post"
    assert entry.published == "2026-01-01T00:00:00Z"
    assert [(each.term, each.label) for each in entry.tags] == [("04000000", "economy")]


def test_an_article_without_an_address_links_to_the_api() -> None:
    (entry,) = parsed(an_article("a1", url="javascript:alert(1)")).entries

    assert entry.link == "http://desk/api/v1/articles/a1"


def test_a_topic_of_another_vocabulary_is_not_said_to_be_one_of_the_iptc() -> None:
    codes = ("04000000", "house:1", "123", "٠٤٠٠٠٠٠٠")
    topics = tuple(Topic(code=each, name="Economy", score=1, why="given by the source") for each in codes)

    (entry,) = parsed(an_article(topics=topics)).entries

    schemes = ["http://cv.iptc.org/newscodes/mediatopic/", None, None, None]
    assert [(each.term, each.scheme) for each in entry.tags] == list(zip(codes, schemes, strict=True))


def test_an_address_that_xml_readers_could_not_follow_is_encoded() -> None:
    (entry,) = parsed(an_article("a1", url="HTTPS://kestrel.example/a <b>|ü")).entries

    assert entry.link == "https://kestrel.example/a%20%3Cb%3E%7C%C3%BC"


@pytest.mark.parametrize("status", [ArticleStatus.WITHHELD, ArticleStatus.CANCELED])
def test_what_may_not_be_used_is_not_in_a_feed(status: ArticleStatus) -> None:
    assert parsed(an_article("a1", status=status)).entries == []


def test_an_empty_feed_does_not_change() -> None:
    assert atom_feed([], ADDRESS, title="x") == atom_feed([], ADDRESS, title="x")
    assert parsed().feed.updated == "1970-01-01T00:00:00Z"


@given(text=st.text(min_size=1), name=st.text(min_size=1))
def test_every_text_makes_well_formed_xml(text: str, name: str) -> None:
    article = an_article(title=text, text=text, summary=text, authors=(name,), url=f"https://{text}", language=None)

    root = etree.fromstring(atom_feed([article], ADDRESS, title=name))

    assert len(root) == 6
