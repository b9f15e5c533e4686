"""The routes of the export and of feeds; the formats have tests of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from copytaster.articles.embargoes import release_due, update_embargo
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition

EXPORT, FEED = "/api/v1/export", "/api/v1/articles.atom"


def arrive(desk: Any, article_id: str, **fields: Any) -> None:
    """Store an article with the event of its delivery's end."""
    delivery: DeliveryId = desk.deliver(f"{article_id}.txt")
    desk.publish(article_id, **fields)
    outcome = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId(article_id),))
    desk.store.ledger.settle(delivery, outcome, by="worker@desk:2")


def documents(client: Any, **parameters: str) -> list[dict[str, Any]]:
    answer = client.get(EXPORT, params=parameters)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.iter_lines()]


def test_an_export_has_the_articles_that_match_the_filters(desk: Any, client: Any) -> None:
    desk.publish_tagged("a1")
    desk.publish("a2", source="desk")

    assert [each["id"] for each in documents(client)] == ["a2", "a1"]
    assert [each["id"] for each in documents(client, topic="sea transport")] == ["a1"]
    assert [each["id"] for each in documents(client, source="Desk")] == ["a2"]


@pytest.mark.parametrize(
    ("format_", "media_type", "file"),
    [
        ("jsonl", "application/x-ndjson", "articles.jsonl"),
        ("ninjs", "application/x-ndjson", "articles.ninjs.jsonl"),
        ("csv", "text/csv; charset=utf-8; header=present", "articles.csv"),
    ],
)
def test_an_answer_says_its_format(client: Any, desk: Any, format_: str, media_type: str, file: str) -> None:
    desk.publish("a1")

    answer = client.get(EXPORT, params={"format": format_})

    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file}"'
    assert b"a1" in answer.content


def test_the_next_export_begins_after_the_event_in_the_header(desk: Any, client: Any) -> None:
    arrive(desk, "a1")
    first = client.get(EXPORT)
    arrive(desk, "a2")

    changes = documents(client, after=first.headers["Copytaster-Next-After"])

    assert [each["id"] for each in changes] == ["a2"]


def test_an_export_goes_on_after_a_cursor(desk: Any, client: Any) -> None:
    desk.publish("a1")
    desk.publish("a2")

    first = documents(client)[0]

    assert [each["id"] for each in documents(client, cursor=first["cursor"])] == ["a1"]


def test_missing_events_are_answered_by_410(desk: Any, client: Any) -> None:
    arrive(desk, "a1")

    answer = client.get(EXPORT, params={"after": "1-0"})

    assert answer.status_code == 410
    assert "export all articles" in answer.json()["detail"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"after": "x"},
        {"cursor": "x"},
        {"cursor": "a.1-0.9999999999999999-a1"},
        {"cursor": "c.٣-0.٣-0"},
        {"format": "xls"},
        {"colour": "red"},
    ],
)
def test_wrong_parameters_are_named(client: Any, parameters: dict[str, str]) -> None:
    answer = client.get(EXPORT, params=parameters)

    assert answer.status_code == 422
    assert answer.json()["parameters"][0]["name"] == next(iter(parameters))


def test_an_embargoed_text_is_neither_exported_nor_in_a_feed(desk: Any, client: Any) -> None:
    desk.publish("a1", title="Zanzibar", text="Zanzibar", status=ArticleStatus.WITHHELD)

    answers = [client.get(EXPORT, params={"format": each}) for each in ("jsonl", "ninjs", "csv")]

    assert all(each.status_code == 200 and "Zanzibar" not in each.text for each in [*answers, client.get(FEED)])


def test_a_feed_has_the_articles_that_match_its_filters(desk: Any, client: Any) -> None:
    desk.publish("a1", source="desk")
    desk.publish("a2")

    feed = client.get(FEED, params={"source": "desk"})

    assert feed.headers["Content-Type"] == "application/atom+xml"
    assert "article:a1" in feed.text
    assert "article:a2" not in feed.text
    assert "http://testserver/api/v1/articles.atom?source=desk" in feed.text


def test_a_reader_with_the_present_feed_gets_304_until_something_changes(
    desk: Any, client: Any, clock: ManualClock
) -> None:
    arrive(desk, "a1")
    clock.advance(seconds=2)
    feed = client.get(FEED)

    by_tag = client.get(FEED, headers={"If-None-Match": feed.headers["ETag"]})
    by_time = client.get(FEED, headers={"If-Modified-Since": feed.headers["Last-Modified"]})
    arrive(desk, "a2")
    clock.advance(seconds=2)

    assert (by_tag.status_code, by_time.status_code) == (304, 304)
    assert client.get(FEED, headers={"If-None-Match": feed.headers["ETag"]}).status_code == 200
    assert client.get(FEED, headers={"If-Modified-Since": feed.headers["Last-Modified"]}).status_code == 200


def test_a_feed_has_no_time_of_change_while_more_may_change_in_the_same_second(
    desk: Any, client: Any, clock: ManualClock
) -> None:
    arrive(desk, "a1")

    during = client.get(FEED)
    clock.advance(seconds=1)

    assert "Last-Modified" not in during.headers
    assert "Last-Modified" in client.get(FEED).headers


@pytest.mark.parametrize(
    "header",
    [
        "yesterday",
        "",
        "Thu, 32 Jan 2026 00:00:00 GMT",
        f"Thu, 01 Jan {'9' * 20} 00:00:00 GMT",
        f"Thu, 01 Jan 2026 00:00:00 +{'9' * 20}",
    ],
)
def test_a_time_that_cannot_be_read_is_ignored(client: Any, header: str) -> None:
    assert client.get(FEED, headers={"If-Modified-Since": header}).status_code == 200


@pytest.mark.parametrize("header", ["Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -0100"])
def test_a_time_far_ahead_is_that_of_a_reader_with_the_present_feed(
    desk: Any, client: Any, clock: ManualClock, header: str
) -> None:
    arrive(desk, "a1")
    clock.advance(seconds=1)

    assert client.get(FEED, headers={"If-Modified-Since": header}).status_code == 304


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine be in another zone."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
def test_a_time_without_a_zone_is_utc_wherever_the_api_runs(desk: Any, client: Any, clock: ManualClock) -> None:
    arrive(desk, "a1")
    clock.advance(seconds=1)
    changed = parsedate_to_datetime(client.get(FEED).headers["Last-Modified"])

    times = [f"{each:%a, %d %b %Y %H:%M:%S} -0000" for each in (changed - timedelta(seconds=1), changed)]

    assert [client.get(FEED, headers={"If-Modified-Since": each}).status_code for each in times] == [200, 304]


def test_an_embargo_that_ends_is_a_change_before_its_event_and_after(
    desk: Any, client: Any, clock: ManualClock
) -> None:
    arrive(desk, "a1", status=ArticleStatus.WITHHELD, embargoed_until=clock.now() + timedelta(hours=1))
    update_embargo(ArticleId("a1"), desk.store, now=clock.now())
    clock.advance(seconds=3599)
    before = client.get(FEED)
    clock.advance(seconds=1)

    known = {"If-Modified-Since": before.headers["Last-Modified"]}
    ended = client.get(FEED, headers=known)
    release_due(desk.store, clock=clock, by="watcher@desk:1")
    clock.advance(seconds=1)
    reported = client.get(FEED, headers=known)

    assert "article:a1" not in before.text
    assert [(each.status_code, "article:a1" in each.text) for each in (ended, reported)] == [(200, True)] * 2
    assert "Last-Modified" not in ended.headers
    assert client.get(FEED, headers={"If-Modified-Since": reported.headers["Last-Modified"]}).status_code == 304


def test_an_embargo_that_ends_is_a_change(desk: Any, client: Any, clock: ManualClock) -> None:
    desk.publish("a1", status=ArticleStatus.WITHHELD, embargoed_until=clock.now() + timedelta(hours=1))
    before = client.get(FEED)
    clock.advance(seconds=3600)

    after = client.get(FEED, headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert "article:a1" in after.text
