"""Pages that describe several articles: their own, related ones, updates, entries of lists."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.parser import Draft, Original

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ADDRESS = "https://www.example.org/harbour/bridge-opens"
CANONICAL = f'<link rel="canonical" href="{ADDRESS}">'

STORY = """<p>The bridge over the harbour opened on Monday after four years of work, the mayor said.</p>
<p>Cars may use it from Tuesday, and a ferry that has run since 1911 will stop in the autumn.</p>"""

OWN = {
    "@type": "NewsArticle",
    "headline": "Bridge over the harbour opens",
    "datePublished": "2024-05-20T09:00:00Z",
    "author": {"@type": "Person", "name": "Ann Bell"},
}
OTHER = {
    "@type": "NewsArticle",
    "url": "https://www.example.org/zoo/elephant",
    "headline": "Elephant born in zoo",
    "datePublished": "2019-01-01T09:00:00Z",
    "author": {"@type": "Person", "name": "Otto Other"},
    "isAccessibleForFree": False,
    "articleBody": "An elephant was born in the zoo on New Year's Day, and its mother is well. " * 20,
}


def parse(*documents: object, head: str = CANONICAL) -> Draft:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in documents)
    page = (
        f"<html><head><title>Bridge over the harbour opens | The Example</title>{head}{scripts}</head>"
        f"<body><article><h1>Bridge over the harbour opens</h1>{STORY}</article></body></html>"
    )
    [draft] = HtmlParser().parse(Original(content=page.encode(), name="page.html", now=NOW))
    return draft


@pytest.mark.parametrize(
    "documents",
    [
        [OTHER, OWN | {"url": ADDRESS}],
        [OTHER, OWN | {"headline": "Ships wait no longer", "mainEntityOfPage": {"@id": ADDRESS.replace("www.", "")}}],
        [{"@graph": [OTHER, OWN | {"headline": "Ships wait no longer", "@id": f"{ADDRESS}/#article"}]}],
        [OTHER, OWN | {"headline": "Ships wait no longer", "url": "/harbour/bridge-opens"}],
        [{"@type": "ItemList", "itemListElement": [{"item": OTHER}]}, OWN | {"@type": "Article"}],
        [OWN | {"@type": "LiveBlogPosting", "liveBlogUpdate": [OTHER | {"url": f"{ADDRESS}#1"}]}],
    ],
    ids=["address", "page", "id", "relative address", "headline", "live blog"],
)
def test_of_several_articles_the_one_with_the_address_or_headline_of_the_page_is_its_own(
    documents: list[object],
) -> None:
    draft = parse(*documents)

    assert draft.published_at == datetime(2024, 5, 20, 9, tzinfo=UTC)
    assert draft.authors == ("Ann Bell",)
    assert draft.text.startswith("The bridge over the harbour")
    assert not draft.paywalled


def test_an_article_at_another_address_with_another_headline_says_nothing_about_the_page() -> None:
    draft = parse({"@type": "ItemList", "itemListElement": [{"item": OTHER}]})

    assert draft.text.startswith("The bridge over the harbour")
    assert (draft.published_at, draft.authors, draft.paywalled) == (None, (), False)


@pytest.mark.parametrize(
    "described",
    [OTHER | {"url": ADDRESS}, OTHER | {"headline": OWN["headline"]}, {**OTHER, "url": None}],
    ids=["headline", "address", "no address"],
)
def test_an_only_article_that_differs_in_address_or_headline_alone_describes_the_page(
    described: dict[str, object],
) -> None:
    assert parse(described).authors == ("Otto Other",)


def test_without_an_address_of_the_page_the_first_news_article_describes_it() -> None:
    assert parse(OTHER, head="").authors == ("Otto Other",)
