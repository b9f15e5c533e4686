"""The dashboard marks the evidence of labels in the text, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, expect

from copytaster.bootstrap.store import memory_store
from copytaster.clock import SystemClock
from copytaster.model.article import (
    ArticleId,
    ArticleStatus,
    Entity,
    EntityType,
    FieldSpan,
    Ruling,
    Span,
    Tag,
    Tagging,
    Topic,
)
from copytaster.model.delivery import DeliveryId
from copytaster.store.store import Store
from tests.browser.test_article_dialogs import overview
from tests.factories import FROM_TEST, an_article

if TYPE_CHECKING:
    from tests.conftest import Waiter

# The text begins with characters that JavaScript counts twice.
TEXT = "\N{SHIP} \N{OCTOPUS} Mara Quill said <b>the strike</b> continues."


def at(words: str) -> Span:
    start = TEXT.index(words)
    return Span(start=start, end=start + len(words))


def newsroom() -> Store:
    store = memory_store(SystemClock())
    store.articles.create(an_article(title="Strike <i>continues</i>", text=TEXT), owner=DeliveryId("d1"))
    strike = at("<b>the strike</b>")
    tagging = Tagging(
        language="en",
        topics=(Topic(code="medtop:04000000", name="economy", score=1, why="strike", spans=(at("strike"),)),),
        entities=(Entity(name='Mara "Q" Quill', type=EntityType.PERSON, count=1, spans=(at("Mara Quill"),)),),
        keywords=(),
        tags=(
            Tag(
                name="<img src=x>",
                rule="walkout",
                version="3",
                why="strike",
                spans=(
                    FieldSpan(field="text", start=strike.start, end=strike.end),
                    FieldSpan(field="title", start=0, end=6),
                ),
            ),
        ),
        ruling=Ruling(status=ArticleStatus.WITHHELD, rule="walkout", version="3", why="strike"),
        provenance=dict.fromkeys(("language", "topics", "entities", "keywords"), FROM_TEST),
    )
    assert store.articles.annotate(ArticleId("a1"), 1, tagging)
    return store


def test_the_evidence_is_marked_in_the_text_without_becoming_markup(browser: Browser, wait: Waiter) -> None:
    with overview(browser, newsroom(), wait) as page:
        page.get_by_role("link", name="Strike <i>continues</i>").click()
        expect(page.locator("#dialog")).to_be_visible()
        found = page.locator("#dialog mark[title]")
        marks = [(each.get_attribute("class"), each.get_attribute("title"), each.inner_text()) for each in found.all()]
        dom = page.content()

    shown = "tag <img src=x> (rule walkout)"
    assert ("person", 'Mara "Q" Quill (person)', "Mara Quill") in marks
    assert ("tag", shown, "Strike") in marks
    assert ("tag", shown, "<b>the ") in marks
    assert ("topic tag", f"topic economy; {shown}", "strike") in marks
    assert "<img src=x" not in re.sub(r'title="[^"]*"', "", dom)
    assert "<b>the" not in dom


def test_the_meaning_of_the_marks_and_the_ruling_are_shown(browser: Browser, wait: Waiter) -> None:
    with overview(browser, newsroom(), wait) as page:
        page.get_by_role("link", name="Strike <i>continues</i>").click()
        expect(page.locator("#dialog")).to_be_visible()
        dom = page.content()

    assert '<mark class="person">person</mark>' in dom
    assert '<mark class="tag">matched by a rule</mark>' in dom
    assert '<mark class="place">' not in dom
    assert "withheld by rule walkout (3): strike" in dom
    assert "strike (rule walkout, 3)" in dom
