"""The overview: its verdict, the way of the files, the charts, and how much it sends."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import EmptyQueues, QueueDepth, Work
from copytaster.store.ports.history import Ring, Sample
from copytaster.store.ports.presence import Part
from copytaster.system.running_version import running_version
from copytaster_api.charts import Chart, charts_of, rates_of, sparkline
from copytaster_api.runbooks import load_runbooks

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

LIVE = re.compile(r'<[^>]*\bid="([\w-]+)"[^>]*data-live')

MOST_BYTES = 60_000
"""A page with all it can have, without compression. Before, each reader got 113 KB every two seconds."""


def text_of(page: str) -> str:
    """Return what a reader sees, with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def run_everything(desk: Any) -> None:
    desk.beat(Part.WATCHER, "watcher@desk:1", details={"waiting": 2, "incomplete": 1})
    desk.beat(Part.WORKER, "worker@desk:2", details={"queues": "ingest,retag,tag", "processes": 2, "active": 1})
    desk.beat(Part.WORKER, "worker@desk:3", details={"queues": "backfill,suspect", "processes": 1})


def a_sample(clock: ManualClock, **fields: Any) -> Sample:
    given = {"at": clock.now(), "seen": 0, "in_flight": 0, "dispositions": {}, "oldest_seconds": None}
    return Sample(**given | {"latency_p50_seconds": None, "latency_p95_seconds": None} | fields)


def test_a_healthy_system_has_one_line_that_says_so(desk: Any, client: TestClient) -> None:
    run_everything(desk)

    text = text_of(client.get("/").text)

    assert "All is well All processes run, no work is overdue, and every file" in text
    assert "What to do " not in text.replace("What to do about", "")


def test_a_problem_has_its_time_and_what_to_do(clock: ManualClock, client: TestClient) -> None:
    client.get("/")
    clock.advance(seconds=3600)
    page = client.get("/").text

    assert "2 problems" in text_of(page)
    assert "<title>(2) Overview" in page
    assert "Since 1 Jan 2026, 00:00:00 UTC" in text_of(page)
    assert '<a href="/problems#no_watcher"' in page


def test_every_problem_of_the_operations_page_has_its_place(client: TestClient) -> None:
    page = client.get("/problems").text
    operations = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    section = operations.split("\n## Problems\n")[1].split("\n## ")[0]

    codes = re.findall(r"^### (\w+)$|<a id=\"(\w+)\">", section, re.MULTILINE)
    assert len(codes) > 20
    for code in (one or other for one, other in codes):
        assert f'id="{code}"' in page
    assert "](" not in page


def test_links_between_runbooks_stay_and_others_become_text() -> None:
    found = {each.codes[0]: each.html for each in load_runbooks()}

    assert '<a href="#no_redis">' in found["outage_archive"]
    assert "retries" in found["stalled_ingest"]
    assert "<a" not in found["stalled_ingest"]


def test_the_way_of_the_files_has_counts_ages_and_rates(desk: Any, clock: ManualClock) -> None:
    run_everything(desk)
    desk.deliver("waiting.txt")
    for stored in (10, 40):
        clock.advance(seconds=60)
        desk.store.history.add(Ring.HOUR, a_sample(clock, dispositions={Disposition.STORED: stored}))
    run_everything(desk)

    text = text_of(desk.client().get("/").text)

    assert "Inbox 3 2 being written. 1 incomplete." in text
    assert "Waiting 1 nothing in the queues" in text
    assert "Being processed 1 1 of 3 processes busy" in text
    assert "0 stored, 30.0 a minute" in text


class RetagQueues(EmptyQueues):
    """A broker with one old message for the articles that are tagged again."""

    def depth(self, work: Work) -> QueueDepth:
        """Return the depth of a queue."""
        if work is not Work.RETAG:
            return super().depth(work)
        return QueueDepth(name=work, length=1, unacknowledged=0, oldest_seconds=90)


def test_articles_that_are_tagged_again_wait_too(desk: Any) -> None:
    desk.store.ledger.request_tagging([ArticleId("a1"), ArticleId("a2")], due_in=timedelta(0))

    assert "To be tagged 2 nothing in the queues" in text_of(desk.client().get("/").text)
    assert "To be tagged 2 oldest 1 min 30 s" in text_of(desk.client(queues=RetagQueues()).get("/").text)


def test_the_two_workers_have_different_names(desk: Any, client: TestClient) -> None:
    run_everything(desk)

    text = text_of(client.get("/").text)

    assert "worker ingest, retag, tag processes 1 message, 1 of 2 processes busy" in text
    assert "background worker backfill, suspect idle" in text


def test_a_part_that_falls_silent_is_marked(desk: Any, clock: ManualClock, client: TestClient) -> None:
    run_everything(desk)
    clock.advance(seconds=30)

    assert "silent: last heartbeat" in text_of(client.get("/").text)


def test_a_language_without_a_model_is_not_an_article_that_waits_for_tags(desk: Any, client: TestClient) -> None:
    desk.publish("a1", language="fi", topics=(), entities=None, keywords=())
    desk.publish("a2")

    page = client.get("/").text

    assert page.count("no model for fi") == 1
    assert page.count("not tagged yet") == 1


def test_a_file_of_many_items_counts_once_beside_the_number_of_articles(desk: Any, client: TestClient) -> None:
    desk.settle("many.jsonl", Disposition.STORED)
    for number in range(3):
        desk.publish(f"a{number}")

    text = text_of(client.get("/").text)

    assert "3 articles in the store" in text
    assert "A file counts once here, however many items it has; the store has 3 articles." in text


def test_only_a_file_that_may_end_differently_has_a_button_to_retry_it(desk: Any, client: TestClient) -> None:
    failed = [desk.deliver(f"file-{number}.txt") for number in range(2)]
    for delivery_id, reason in zip(failed, (Reason.NOT_A_FILE, Reason.ORIGINAL_MISSING), strict=True):
        outcome = Outcome(disposition=Disposition.QUARANTINED, reason=reason, message="it failed")
        desk.store.ledger.settle(delivery_id, outcome, by="worker@desk:2")

    page = client.get("/").text

    records = [desk.store.ledger.get(each) for each in failed]
    assert [each.may_change(running_version()) for each in records] == [False, True]
    assert f"/api/v1/deliveries/{failed[0]}/retry" not in page
    assert f"/api/v1/deliveries/{failed[1]}/retry" in page


def test_a_file_that_waits_for_a_person_is_not_hidden_by_newer_ones_that_were_retried(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    waiting = desk.settle("waits.txt", Disposition.QUARANTINED, Reason.PARSER_CRASH)
    for number in range(5):
        clock.advance(seconds=1)
        failed = desk.settle(f"retried-{number}.txt", Disposition.QUARANTINED, Reason.PARSER_CRASH)
        again = desk.settle(f"retried-{number}.txt", Disposition.STORED)
        desk.store.ledger.record_retry(failed, again, by="anna")

    shown = re.findall(r'id="failed-(\w+)"', client.get("/").text)

    assert (shown[0], len(shown)) == (waiting, 5)


def test_an_empty_system_says_where_the_inbox_is_and_what_to_do_first(desk: Any) -> None:
    client = desk.client(inbox="/srv/<news>/inbox")
    page = client.get("/").text

    assert "Put a news file into the inbox, <code>/srv/&lt;news&gt;/inbox</code>" in page
    assert "Put a news file into the inbox, <code>/srv/&lt;news&gt;/inbox</code>" in client.get("/sources").text
    assert "copytaster up" in page


def test_a_full_overview_is_small_and_an_unchanged_one_is_not_sent(desk: Any, clock: ManualClock) -> None:
    run_everything(desk)
    for number in range(30):
        clock.advance(seconds=1)
        desk.publish_tagged(f"a{number}", title="A ferry with 214 aboard is towed to Port Hadley after a fire")
        desk.settle(f"desk/story-{number}.txt", Disposition.REJECTED, Reason.EMPTY)
    for ring in Ring:
        for step in range(ring.length):
            sample = a_sample(
                clock,
                at=clock.now() - ring.step * step,
                dispositions=dict.fromkeys(Disposition, step * step % 700),
                oldest_seconds=step % 7,
                latency_p50_seconds=step % 5,
                latency_p95_seconds=step % 9,
            )
            desk.store.history.add(ring, sample)
    client = desk.client()
    page = client.get("/")
    again = client.get("/", headers={"If-None-Match": page.headers["etag"]})

    assert len(page.content) < MOST_BYTES
    assert (again.status_code, len(again.content)) == (304, 0)


def test_time_alone_does_not_change_the_page(desk: Any, clock: ManualClock, client: TestClient) -> None:
    run_everything(desk)
    desk.publish("a1")
    first = client.get("/").headers["etag"]
    clock.advance(seconds=5)

    assert client.get("/").headers["etag"] == first


def test_each_part_that_is_kept_up_to_date_has_a_name(client: TestClient) -> None:
    names = LIVE.findall(client.get("/").text)

    assert {"verdict", "flow", "articles", "trouble", "charts"} <= set(names)
    assert len(names) == len(set(names))


def chart(charts: tuple[Chart, ...], name: str) -> Chart:
    return next(each for each in charts if each.id.endswith(name))


def test_rates_are_differences_and_a_loss_of_data_is_no_negative_rate(clock: ManualClock) -> None:
    samples = []
    for stored in (0, 60, 5):
        samples.append(a_sample(clock, dispositions={Disposition.STORED: stored}))
        clock.advance(seconds=120)

    assert [rates[Disposition.STORED] for _, rates in rates_of(samples)] == [30, 0]


def test_a_chart_of_nothing_is_empty(clock: ManualClock) -> None:
    assert all(each.is_empty for each in charts_of(Ring.HOUR, [], now=clock.now()))
    assert all(each.is_empty for each in charts_of(Ring.HOUR, [a_sample(clock)], now=clock.now()))


def test_a_line_is_interrupted_where_nothing_was_measured(clock: ManualClock) -> None:
    samples = []
    for minutes in (1, 1, 10, 1):
        clock.advance(seconds=minutes * 60)
        samples.append(a_sample(clock, latency_p50_seconds=2.0))

    (p50, _) = chart(charts_of(Ring.HOUR, samples, now=clock.now()), "latency").shapes

    assert p50.path.count("M") == 2
    assert p50.path.count("L") == 2


def test_a_chart_says_in_words_what_it_shows(clock: ManualClock) -> None:
    samples = []
    for age in (1.0, 42.0, 7.0):
        clock.advance(seconds=60)
        samples.append(a_sample(clock, oldest_seconds=age))

    age_chart = chart(charts_of(Ring.HOUR, samples, now=clock.now()), "age")

    assert age_chart.summary == "oldest: last 7, at most 42 s"
    assert age_chart.top == 50


def test_a_line_ends_where_the_samples_end_if_none_is_taken_any_more(clock: ManualClock) -> None:
    samples = list[Sample]()
    for _ in range(3):
        clock.advance(seconds=60)
        samples.append(a_sample(clock, oldest_seconds=2.0, dispositions={Disposition.STORED: len(samples)}))
    clock.advance(seconds=30 * 60)

    charts = charts_of(Ring.HOUR, samples, now=clock.now())

    (age,), (stored,) = chart(charts, "age").shapes, chart(charts, "files").shapes
    assert [point.split()[0] for point in age.path[1:].split("L")] == ["280", "290", "300"]
    assert stored.path.startswith("M290 ")


def test_rates_of_samples_that_are_not_recent_are_not_shown(desk: Any, clock: ManualClock) -> None:
    for stored in (10, 40):
        clock.advance(seconds=60)
        desk.store.history.add(Ring.HOUR, a_sample(clock, dispositions={Disposition.STORED: stored}))
    at_once = text_of(desk.client().get("/").text)
    clock.advance(seconds=151)

    assert "0 stored, 30.0 a minute" in at_once
    assert (
        "a minute" not in text_of(desk.client().get("/").text).split("Done")[1].split("In work")[0].split("Newest")[0]
    )


def test_areas_stand_on_one_another(clock: ManualClock) -> None:
    samples = []
    for count in (0, 10):
        samples.append(a_sample(clock, dispositions={Disposition.STORED: count, Disposition.REJECTED: count}))
        clock.advance(seconds=60)

    stored, rejected = chart(charts_of(Ring.HOUR, samples, now=clock.now()), "files").shapes

    assert stored.path == "M600 60L600 120Z"
    assert rejected.path == "M600 0L600 60Z"


@pytest.mark.parametrize(("values", "path"), [((0, 2), "M0 120L600 0"), ((3,), "M0 0"), ((0, 0), "M0 120L600 120")])
def test_a_sparkline_fills_its_height(values: tuple[int, ...], path: str) -> None:
    assert sparkline(values) == path


def test_a_day_covers_a_day() -> None:
    assert Ring.DAY.step * (Ring.DAY.length - 1) == timedelta(days=1)
    assert Ring.HOUR.step * (Ring.HOUR.length - 1) == timedelta(hours=1)
