"""The pages of articles: the list with search, filters and facets, and an article with versions, copies and story."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import (
    ArticleId,
    ArticleStatus,
    Duplicate,
    Entity,
    EntityType,
    FieldSpan,
    Ruling,
    Signal,
    Span,
    Tag,
    Topic,
)
from copytaster.model.delivery import DeliveryId
from tests.factories import put_into_one_story
from tests.unit.api.conftest import FROM_FILE
from tests.unit.api.test_overview_page import text_of

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

BROWSER = {"Accept": "text/html"}


def copy_of(article_id: str, number: int, clock: ManualClock) -> Duplicate:
    given = {"delivery_id": f"d{number:022x}", "kind": "near", "score": 0.9, "name": f"copy-{number}.txt"}
    return Duplicate.model_validate(
        given | {"source": "rival", "article_id": f"{article_id}{number}", "received_at": clock.now()}
    )


def test_the_list_has_the_newest_first_and_more_behind_an_address(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    for number in range(3):
        clock.advance(seconds=1)
        desk.publish(f"a{number}", title=f"Title {number}")

    first = client.get("/articles", params={"limit": 2, "source": "wire"}).text
    more = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(more).text

    assert first.index("Title 2") < first.index("Title 1")
    assert "Title 0" not in first
    assert "source=wire" in more
    assert "Title 0" in second
    assert "More articles" not in second


def test_words_of_an_article_have_its_language_and_the_direction_of_their_letters(
    desk: Any, client: TestClient
) -> None:
    given = {"title": "عودة العبّارة", "text": "عادت العبّارة إلى الميناء.", "language": "ar"}
    desk.publish("a1", **given, summary="عادت.", provenance={"summary": FROM_FILE})

    page, listed, overview = (client.get(each).text for each in ("/articles/a1", "/articles", "/"))
    versions = client.get("/articles/a1/versions").text

    assert '<h1 id="title" dir="auto" lang="ar">عودة العبّارة</h1>' in page
    assert '<p class="text" dir="auto" lang="ar">عادت العبّارة' in page
    assert '<p class="passage" dir="auto" lang="ar">عادت.</p>' in listed
    assert all('<a href="/articles/a1" dir="auto" lang="ar">عودة' in each for each in (listed, overview, versions))
    # What the page itself says there is in its own language.
    assert '<span class="tip" role="tooltip" id="from-summary" dir="ltr" lang="en">from text' in page


@pytest.mark.parametrize("language", [None, "und"])
def test_words_of_an_unknown_language_have_their_direction_alone(
    desk: Any, client: TestClient, language: str | None
) -> None:
    desk.publish("a1", title="Harbour", language=language)

    assert '<h1 id="title" dir="auto">Harbour</h1>' in client.get("/articles/a1").text


def test_facets_have_counts_and_lead_to_the_list_with_one_filter_more(desk: Any, client: TestClient) -> None:
    desk.publish_tagged("a1")
    desk.publish_tagged("a2", source="Bay & Times")
    desk.publish("a3", title="Untagged")

    page = client.get("/articles", params={"language": "en"}).text
    text = text_of(page)

    assert "Counts among the 2 articles of this page Source wire 1 Bay & Times 1 Topic sea transport 2" in text or (
        "Counts among the 2 articles of this page Source Bay & Times 1 wire 1 Topic sea transport 2" in text
    )
    assert 'href="/articles?language=en&amp;source=Bay+%26+Times"' in page
    assert 'href="/articles?language=en&amp;topic=20000763"' in page
    assert "Untagged" not in page


def test_filters_in_force_are_named_and_can_be_removed_one_by_one(desk: Any, client: TestClient) -> None:
    desk.publish_tagged("a1")

    page = client.get("/articles", params={"source": "wire", "topic": "20000763", "cursor": ""}, headers=BROWSER).text

    assert '<a class="chip" href="/articles?topic=20000763" aria-label="Remove the filter Source: wire">' in page
    assert '<a class="chip" href="/articles?source=wire" aria-label="Remove the filter Topic: 20000763">' in page
    assert 'name="source" type="text" value="wire"' in page


def test_a_search_marks_what_it_found(desk: Any) -> None:
    desk.publish("a1", text="The <b>harbour</b> reopened on Monday.")

    page = desk.searching().get("/articles", params={"q": "harbour monday", "sort": "relevance"}).text

    found = '<mark class="found" title="found by the search">'
    assert f"{found}Harbour</mark> reopens" in page
    assert f"The &lt;b&gt;{found}harbour</mark>&lt;/b&gt; reopened on {found}Monday</mark>." in page


def test_a_browser_keeps_its_search_that_cannot_be_understood_and_a_program_gets_a_problem(desk: Any) -> None:
    client = desk.searching()
    page, document = (client.get("/articles", params={"q": "-only"}, headers=each) for each in (BROWSER, {}))

    assert (page.status_code, document.status_code) == (422, 422)
    assert 'value="-only"' in page.text
    assert "The search cannot be understood" in page.text
    assert document.json()["parameters"][0]["name"] == "q"


def test_an_order_without_a_search_is_no_error(client: TestClient) -> None:
    assert client.get("/articles", params={"sort": "relevance"}).status_code == 200


def test_a_browser_is_led_to_the_address_without_empty_fields(client: TestClient) -> None:
    answer = client.get("/articles?q=&source=a%26b&topic=", headers=BROWSER, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, "/articles?source=a%26b")
    assert client.get("/articles?q=&topic=", headers=BROWSER, follow_redirects=False).headers["location"] == "/articles"


def test_an_empty_list_says_what_to_do(desk: Any, client: TestClient) -> None:
    empty = text_of(desk.client(inbox="/srv/inbox").get("/articles").text)
    filtered = text_of(client.get("/articles", params={"source": "nobody"}).text)

    assert "No article yet. Put a news file into the inbox, /srv/inbox" in empty
    assert "No article matches. Remove the search and all filters" in filtered


def test_a_language_without_a_model_is_said_on_both_pages(desk: Any, client: TestClient) -> None:
    desk.publish("a1", language="fi", topics=(), entities=None, keywords=())
    desk.publish("a2")

    assert client.get("/articles").text.count("no model for fi") == 1
    assert "no model for fi" in client.get("/articles/a1").text
    assert "not tagged yet" in client.get("/articles/a2").text


def test_an_article_shows_names_and_rule_hits_in_its_text_and_links_to_them(desk: Any, client: TestClient) -> None:
    desk.publish(
        "a1",
        text="Mara Quill ends <i>the strike</i>.",
        language="en",
        entities=(Entity(name="Mara Quill", type=EntityType.PERSON, count=1, spans=(Span(start=0, end=10),)),),
        topics=(Topic(code="m:1", name="labour", score=0.5, why="strike", spans=(Span(start=23, end=29),)),),
        keywords=(),
        tags=(Tag(name="<b>", rule="r1", version="3", why="hit", spans=(FieldSpan(field="title", start=0, end=7),)),),
    )

    page = client.get("/articles/a1").text

    assert '<mark class="person" id="at-0" title="Mara Quill (person)">Mara Quill</mark> ends &lt;i&gt;the ' in page
    assert '<mark class="tag" title="tag &lt;b&gt; (rule r1)">Harbour</mark> reopens' in page
    assert '<a href="#at-0">Mara Quill</a>' in page
    assert '<a href="#at-23">labour (m:1, 0.50)</a>' in page
    assert '<mark class="person">person</mark>' in page
    assert "&lt;b&gt;: hit (rule r1, 3)" in page


def test_the_origin_of_a_value_is_described_for_the_keyboard_and_screen_readers(desk: Any, client: TestClient) -> None:
    desk.publish("a1")

    page = client.get("/articles/a1").text

    assert 'tabindex="0" aria-describedby="from-title"' in page
    assert 'role="tooltip" id="from-title" dir="ltr" lang="en">from text:first-line, confidence 90 %' in page


def test_an_article_leads_to_its_story_its_versions_and_all_its_copies(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    article = desk.publish("a1")
    put_into_one_story(desk.store, article, desk.publish("a2", title="Harbour <open>"))
    desk.store.articles.add_version(
        article.model_copy(update={"text": "The harbour reopened on Tuesday.", "signal": Signal.CORRECTION}),
        owner=DeliveryId("d9"),
    )
    for number in range(25):
        desk.store.articles.add_duplicate(article.id, copy_of("c", number, clock))

    page = client.get("/articles/a1").text
    versions = client.get("/articles/a1/versions").text
    copies = client.get("/articles/a1/copies", params={"limit": 20}).text
    older = client.get(copies.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")).text

    assert '<a href="/stories/s1" dir="auto">' in page
    assert "2 versions with their changes" in page
    assert "All 25 copies" in page
    assert page.index("copy-24.txt") < page.index("copy-23.txt")
    assert 'data-address="/api/v1/articles/c24/accept"' in page
    assert "<del>Monday.</del><ins>Tuesday.</ins>" in versions
    assert "correction" in versions
    assert "copy-4.txt" not in copies
    assert "copy-4.txt" in older


def test_a_withheld_article_says_why_and_can_be_released(desk: Any, client: TestClient) -> None:
    desk.publish("a1", status=ArticleStatus.WITHHELD)
    ruling = Ruling(status=ArticleStatus.WITHHELD, rule="legal", version="2", why="name of a minor")
    desk.publish("a2", ruling=ruling)
    desk.publish("a3", status=ArticleStatus.CANCELED)

    pages = [client.get(f"/articles/{each}").text for each in ("a1", "a2", "a3")]

    assert 'data-address="/api/v1/articles/a1/release"' in pages[0]
    assert 'data-body="{&#34;by&#34;: &#34;dashboard&#34;, &#34;version&#34;: 1}"' in pages[0]
    assert "Withheld by rule legal (2): name of a minor." in text_of(pages[1])
    assert "/release" not in pages[1]
    assert "it must not be used" in pages[2]


def test_the_list_has_no_text_of_what_may_not_be_used(desk: Any, client: TestClient) -> None:
    desk.publish("a1", status=ArticleStatus.WITHHELD, summary="secret summary", text="secret text")

    page = client.get("/articles").text

    assert "Harbour reopens" in page
    assert "secret" not in page


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x"])
def test_an_address_of_an_article_becomes_a_link_only_if_it_is_of_the_web(
    address: str, desk: Any, client: TestClient
) -> None:
    desk.publish("a1", url=address)
    desk.publish("a2", url="https://wire.example/a2")

    assert f'href="{address}' not in client.get("/articles/a1").text
    assert 'href="https://wire.example/a2" target="_blank" rel="noopener noreferrer"' in client.get("/articles/a2").text


@pytest.mark.parametrize("path", ["/articles/a404", "/articles/a404/versions", "/articles/a404/copies"])
def test_an_unknown_article_is_not_found(path: str, client: TestClient) -> None:
    assert client.get(path).status_code == 404


def test_time_alone_does_not_change_an_article(desk: Any, clock: ManualClock, client: TestClient) -> None:
    desk.publish_tagged("a1")
    tags = [client.get("/articles/a1").headers["etag"], client.get("/articles").headers["etag"]]
    clock.advance(seconds=timedelta(hours=1).total_seconds())

    assert [client.get("/articles/a1").headers["etag"], client.get("/articles").headers["etag"]] == tags
    assert desk.store.articles.get(ArticleId("a1"))
