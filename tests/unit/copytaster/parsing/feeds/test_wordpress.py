"""Exports of WordPress: what is an article, what is none, and what is withheld."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from copytaster.model.article import ArticleStatus
from copytaster.model.disposition import Reason
from copytaster.parsing.feeds.parser import FeedParser
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMESPACE = "http://wordpress.org/export/1.2/"


def cdata(element: str, value: str | None, prefix: str = "wp") -> str:
    return "" if value is None else f"<{prefix}:{element}><![CDATA[{value}]]></{prefix}:{element}>"


def an_entry(  # noqa: PLR0913  # the elements of an entry that matter here
    title: str = "Ferry berth reopens",
    *,
    status: str | None = "publish",
    type_: str | None = "post",
    password: str | None = "",
    gmt: str | None = "2026-05-04 06:30:00",
    local: str | None = "2026-05-04 08:30:00",
    published: str = "Mon, 04 May 2026 06:30:00 +0000",
    prefix: str = "wp",
) -> str:
    return (
        f"<item><title>{title}</title><link>https://quay.example/?p={len(title)}</link>"
        f"<pubDate>{published}</pubDate><dc:creator><![CDATA[rowan]]></dc:creator>"
        f"<guid isPermaLink='false'>https://quay.example/?p={len(title)}</guid><description></description>"
        f"<content:encoded><![CDATA[<p>{title}: the harbour office confirmed it.</p>]]></content:encoded>"
        f"<excerpt:encoded><![CDATA[In brief: {title}]]></excerpt:encoded>"
        + cdata("post_date", local, prefix)
        + cdata("post_date_gmt", gmt, prefix)
        + cdata("post_modified_gmt", "2026-05-05 07:00:00", prefix)
        + cdata("status", status, prefix)
        + cdata("post_type", type_, prefix)
        + cdata("post_password", password, prefix)
        + "</item>"
    )


def an_export(*entries: str, prefix: str = "wp", namespace: str = NAMESPACE) -> str:
    declared = f'xmlns:{prefix}="{namespace}"' if namespace else ""
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<!-- generator="WordPress/6.5" -->\n<rss version="2.0"'
        ' xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/" {declared}><channel><title>Quay Courier</title>'
        f"<link>https://quay.example</link><language>en-GB</language>{''.join(entries)}</channel></rss>"
    )


def items(content: str) -> list[Draft | BadItem]:
    return list(FeedParser().parse(Original(content=content.encode(), name="export.xml", now=NOW)))


def only_draft(content: str) -> Draft:
    [draft] = items(content)
    assert isinstance(draft, Draft)
    return draft


@pytest.mark.parametrize("type_", ["post", "page", "news", "press-release"])
def test_published_texts_are_articles(type_: str) -> None:
    draft = only_draft(an_export(an_entry(type_=type_)))

    assert (draft.title, draft.status, draft.embargoed_until) == ("Ferry berth reopens", ArticleStatus.USABLE, None)
    assert draft.text == "Ferry berth reopens: the harbour office confirmed it."
    assert draft.summary == "In brief: Ferry berth reopens"
    assert draft.published_at == datetime(2026, 5, 4, 6, 30, tzinfo=UTC)
    assert draft.modified_at == datetime(2026, 5, 5, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (an_entry(status="draft", gmt="0000-00-00 00:00:00"), "has the status draft"),
        (an_entry(status="auto-draft"), "has the status auto-draft"),
        (an_entry(status="pending"), "has the status pending"),
        (an_entry(status="private"), "has the status private"),
        (an_entry(status=" Trash "), "has the status trash"),
        (an_entry(status="private", type_="page"), "has the status private"),
        (an_entry(status="draft", type_="news"), "has the status draft"),
        (an_entry(status="inherit", type_="revision"), "has the type revision"),
        (an_entry(status="inherit", type_="attachment"), "has the type attachment"),
        (an_entry(type_="nav_menu_item"), "has the type nav_menu_item"),
        (an_entry(type_="wp_block"), "has the type wp_block"),
        (an_entry(type_="wp_global_styles"), "has the type wp_global_styles"),
        (an_entry(password="anchor"), "is protected by a password"),
        (an_entry(status="future", password="anchor"), "is protected by a password"),
    ],
)
def test_what_a_site_does_not_publish_is_an_item_that_is_no_article(entry: str, why: str) -> None:
    first, second = items(an_export(entry, an_entry("Second story")))

    assert isinstance(first, BadItem)
    assert (first.locator, first.reason, first.refused) == ("entry 1", Reason.NO_TEXT, True)
    assert f"export.xml: entry 1 of a WordPress export {why}, so it is no published article" in first.message
    assert isinstance(second, Draft)


@pytest.mark.parametrize(
    ("times", "until"),
    [
        ({"gmt": "2026-07-01 05:00:00"}, datetime(2026, 7, 1, 5, tzinfo=UTC)),
        # Without a zone, the embargo ends where this time is latest on earth.
        ({"gmt": "0000-00-00 00:00:00", "local": "2026-07-01 05:00:00"}, datetime(2026, 7, 1, 17, tzinfo=UTC)),
        ({"gmt": None, "local": "2026-07-01 05:00:00"}, datetime(2026, 7, 1, 17, tzinfo=UTC)),
    ],
)
def test_a_scheduled_text_is_withheld_until_its_time(times: dict[str, Any], until: datetime) -> None:
    draft = only_draft(an_export(an_entry(status="future", published="Wed, 01 Jul 2026 05:00:00 +0000", **times)))

    assert draft.embargoed_until == until


@pytest.mark.parametrize(
    "times",
    [
        {"gmt": "0000-00-00 00:00:00", "local": "0000-00-00 00:00:00"},
        {"gmt": "next week", "local": "2026-07-01 05:00:00"},
        {"gmt": None, "local": None},
    ],
)
def test_a_scheduled_text_without_a_readable_time_is_withheld_without_an_end(times: dict[str, Any]) -> None:
    draft = only_draft(an_export(an_entry(status="future", **times)))

    assert (draft.status, draft.embargoed_until) == (ArticleStatus.WITHHELD, None)
    assert "embargo without an end" in draft.provenance["status"].from_


@pytest.mark.parametrize("status", ["pitch", "in-progress", ""])
def test_a_status_that_is_not_known_withholds(status: str) -> None:
    draft = only_draft(an_export(an_entry(status=status)))

    assert draft.status is ArticleStatus.WITHHELD
    assert draft.provenance["status"].from_ == f"rss:wp:status: unknown status {status!r}"


@pytest.mark.parametrize(
    ("prefix", "namespace"),
    [("wp", "http://wordpress.org/export/1.0/"), ("export", "https://wordpress.org/export/1.2"), ("wp", "")],
)
def test_the_elements_are_found_under_any_prefix_and_without_a_namespace(prefix: str, namespace: str) -> None:
    entries = (an_entry(status="draft", prefix=prefix), an_entry("Second story", prefix=prefix))

    first, second = items(an_export(*entries, prefix=prefix, namespace=namespace))

    assert isinstance(first, BadItem)
    assert isinstance(second, Draft)
    assert second.status is ArticleStatus.USABLE


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("The berth reopens.\n\nCars <b>board</b>\nfrom six.", "The berth reopens.\n\nCars board from six."),
        ("The berth reopens.\r\n \r\nCars board.", "The berth reopens.\n\nCars board."),
        ("<!-- wp:paragraph -->\n<p>The berth\n\nreopens.</p>\n<!-- /wp:paragraph -->", "The berth reopens."),
        (
            '[caption id="a1"]<img src="/b.jpg" /> The berth[/caption]\n\nCars board.\n\n[gallery ids="1,2"]',
            "Cars board.",
        ),
        ("Cars [vans excluded] board.\n\nFrom six.", "Cars [vans excluded] board.\n\nFrom six."),
    ],
)
def test_the_text_has_the_paragraphs_that_the_site_shows(content: str, text: str) -> None:
    export = an_export(an_entry("Berth"))

    assert only_draft(export.replace("<p>Berth: the harbour office confirmed it.</p>", content)).text == text


def test_a_feed_that_is_no_export_is_not_affected() -> None:
    draft = only_draft(an_export(an_entry(status=None, type_=None, password=None, gmt=None, local=None)))

    assert (draft.status, draft.title) == (ArticleStatus.USABLE, "Ferry berth reopens")
