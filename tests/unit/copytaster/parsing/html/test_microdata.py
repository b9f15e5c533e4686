"""Properties of microdata: those of the article, and those of films, videos and comments in it or beside it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.parser import Draft, Original

NOW = datetime(2024, 6, 1, tzinfo=UTC)
OWN = datetime(2024, 5, 20, 9, tzinfo=UTC)
ARTICLE = 'itemscope itemtype="https://schema.org/NewsArticle"'

PROPERTIES = '<meta itemprop="datePublished" content="2024-05-20T09:00:00Z"><span itemprop="author">Ann Bell</span>'
OTHER = '<meta itemprop="datePublished" content="1994-01-01T10:00:00Z"><span itemprop="author">Otto Other</span>'

STORY = """<p>The bridge over the harbour opened on Monday after four years of work, the mayor said.</p>
<p>Cars may use it from Tuesday, and a ferry that has run since 1911 will stop in the autumn.</p>"""


def parse(body: str) -> Draft:
    page = f"<html><head><title>Bridge opens</title></head><body><h1>Bridge opens</h1>{body}{STORY}</body></html>"
    [draft] = HtmlParser().parse(Original(content=page.encode(), name="page.html", now=NOW))
    return draft


@pytest.mark.parametrize(
    "other",
    [
        f'<div itemprop="itemReviewed" itemscope itemtype="https://schema.org/Book">{OTHER}</div>',
        f'<div itemprop="video" itemscope itemtype="https://schema.org/VideoObject">{OTHER}</div>',
        f'<div itemprop="comment" itemscope>{OTHER}</div>',
    ],
    ids=["book", "video", "comment"],
)
def test_a_property_of_an_item_within_the_article_is_not_the_article_s(other: str) -> None:
    draft = parse(f"<div {ARTICLE}>{other}{PROPERTIES}</div>")

    assert (draft.published_at, draft.authors) == (OWN, ("Ann Bell",))


def test_a_property_of_a_video_or_comment_beside_the_article_is_not_the_article_s() -> None:
    video = f'<div itemscope itemtype="http://schema.org/VideoObject">{OTHER}</div>'
    comment = f'<div itemscope itemtype="http://schema.org/UserComments">{OTHER}</div>'
    draft = parse(f"{video}<div {ARTICLE}>{PROPERTIES}</div>{comment}")

    assert (draft.published_at, draft.authors) == (OWN, ("Ann Bell",))
    assert parse(video).published_at is None


@pytest.mark.parametrize(
    "around",
    [
        "<div>{}</div>",
        '<div itemscope itemtype="https://schema.org/WebPage">{}</div>',
        '<div itemscope><div itemprop="mainEntity" itemscope itemtype="https://schema.org/NewsArticle">{}</div></div>',
        '<div itemscope itemtype="https://schema.org/Blog"><div itemprop="blogPost" itemscope>{}</div></div>',
        f'<div {ARTICLE}><div itemprop="author" itemscope itemtype="https://schema.org/Person">{{}}</div></div>',
    ],
    ids=["no item", "page", "main entity", "post of a blog", "box of the author"],
)
def test_a_property_of_the_page_or_its_main_item_is_the_article_s(around: str) -> None:
    draft = parse(around.format(PROPERTIES))

    assert (draft.published_at, draft.authors) == (OWN, ("Ann Bell",))
