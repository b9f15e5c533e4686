from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families

from copytaster.archive.damage import DamageKind
from copytaster.model.delivery import new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock


def scrape(client: TestClient) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_balance_is_told_with_a_figure_for_each_disposition(desk: Any, client: TestClient) -> None:
    desk.settle("a.txt", Disposition.STORED)
    desk.settle("b.txt", Disposition.REJECTED, Reason.EMPTY)
    desk.deliver("c.txt")

    figures = scrape(client)

    assert figures["copytaster_store_up", ()] == 1
    assert figures["copytaster_deliveries_seen_total", ()] == 3
    assert {each: figures["copytaster_deliveries", (each,)] for each in Disposition} == {
        "stored": 1,
        "new_version": 0,
        "duplicate": 0,
        "rejected": 1,
        "quarantined": 0,
    }
    assert figures["copytaster_deliveries_in_flight", ()] == 1
    assert figures["copytaster_balance_closed", ()] == 1
    assert figures["copytaster_waiting", ("ingest",)] == 1
    assert figures["copytaster_waiting", ("tag",)] == 0


def test_articles_are_counted_without_copies(desk: Any, client: TestClient) -> None:
    desk.publish("a1")
    desk.publish_copy("a2", of="a1")

    assert scrape(client)["copytaster_articles", ()] == 1
    assert scrape(client)["copytaster_open_stories", ()] == 0


@pytest.mark.parametrize("queue", ["ingest", "tag"])
def test_each_queue_is_measured(queue: str, client_stalled: TestClient) -> None:
    figures = scrape(client_stalled)

    assert figures["copytaster_queue_length", (queue,)] == 3
    assert figures["copytaster_queue_unacknowledged", (queue,)] == 1
    assert figures["copytaster_queue_oldest_seconds", (queue,)] == 90


def test_the_oldest_message_of_an_empty_queue_has_waited_for_no_time(client: TestClient) -> None:
    assert scrape(client)["copytaster_queue_oldest_seconds", ("ingest",)] == 0


def test_a_silent_part_is_down_and_a_beating_one_up(desk: Any, clock: ManualClock, client: TestClient) -> None:
    desk.beat(Part.WATCHER, "watcher@desk:1")
    clock.advance(seconds=21)
    desk.beat(Part.WORKER, "worker@desk:2")

    figures = scrape(client)

    assert figures["copytaster_part_up", ("watcher@desk:1", "watcher")] == 0
    assert figures["copytaster_part_up", ("worker@desk:2", "worker")] == 1


def test_damage_in_the_archive_is_counted_by_kind(desk: Any, clock: ManualClock, client: TestClient) -> None:
    before = scrape(client)
    details = {"damage_journal_line": 2, "archive_checked_at": clock.now().isoformat(), "archive_check_seconds": 60.0}
    desk.beat(Part.WATCHER, "watcher@desk:1", details=details)

    figures = scrape(client)

    assert before["copytaster_archive_checked_timestamp_seconds", ()] == 0
    assert figures["copytaster_archive_checked_timestamp_seconds", ()] == clock.now().timestamp()
    assert before["copytaster_archive_check_interval_seconds", ()] == 0
    assert figures["copytaster_archive_check_interval_seconds", ()] == 60
    assert {each: figures["copytaster_archive_damage", (each,)] for each in DamageKind} == dict.fromkeys(
        DamageKind, 0
    ) | {DamageKind.JOURNAL_LINE: 2}


def test_problems_and_notices_are_told_by_code(desk: Any, client: TestClient) -> None:
    desk.beat(Part.WORKER, "worker@desk:2", details={"unsandboxed": "path restriction"})

    figures = scrape(client)

    assert {labels for name, labels in figures if name == "copytaster_problem"} == {
        ("no_watcher", "problem"),
        ("unsandboxed", "notice"),
    }


def test_the_oldest_delivery_of_each_lane_is_told_but_not_one_of_a_rebuild(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    weeks_ago = clock.now() - timedelta(days=15)
    desk.deliver("weeks-ago.txt", id=new_delivery_id(weeks_ago), received_at=weeks_ago)
    desk.deliver("old.txt")
    clock.advance(seconds=70)
    desk.deliver("new.txt")
    desk.settle("done.txt", Disposition.STORED)

    figures = scrape(client)

    assert figures["copytaster_oldest_delivery_seconds", ("ingest",)] == 70
    assert figures["copytaster_oldest_delivery_seconds", ("suspect",)] == 0


def test_a_delivery_that_has_waited_for_days_still_counts_also_while_a_rebuild_goes_on(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    desk.deliver("friday.txt")
    weeks_ago = clock.now() - timedelta(days=15)
    desk.deliver("weeks-ago.txt", id=new_delivery_id(weeks_ago), received_at=weeks_ago)
    clock.advance(seconds=3 * 86_400)
    desk.deliver("monday.txt")

    figures = scrape(client)

    assert figures["copytaster_oldest_delivery_seconds", ("ingest",)] == 3 * 86_400


def test_watchers_report_inbox_disks_and_webhooks_and_the_worst_is_told(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    began = (clock.now() - timedelta(seconds=40)).isoformat()
    one = {"backlog": 7, "behind_since": began, "disk_free_inbox": 900, "disk_pause_bytes": 500}
    other = {"backlog": 9, "disk_free_inbox": 800, "webhooks_dead": 2, "webhooks_failing_since": began}
    desk.beat(Part.WATCHER, "watcher@desk:1", details=one)
    desk.beat(Part.WATCHER, "watcher@desk:2", details=other | {"memory_main": 64, "memory_sandbox": 32})

    figures = scrape(client)

    assert figures["copytaster_inbox_files", ("backlog",)] == 9
    assert figures["copytaster_intake_behind_seconds", ()] == 40
    assert figures["copytaster_disk_free_bytes", ("inbox",)] == 800
    assert figures["copytaster_disk_pause_bytes", ()] == 500
    assert figures["copytaster_webhook_messages", ("dead",)] == 2
    assert figures["copytaster_webhook_failing_seconds", ()] == 40
    assert figures["copytaster_process_memory_bytes", ("watcher@desk:2", "watcher", "sandbox")] == 32


def test_a_reader_of_the_stream_lags_by_the_age_of_its_next_event(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    desk.deliver("read.txt")
    read = desk.store.events.end()
    assert desk.store.webhooks.enqueue({}, cursor=None, moved_to=read)
    clock.advance(seconds=30)
    desk.beat(Part.WATCHER, "watcher@desk:1", details={"webhooks_active": 1})
    caught_up = scrape(client)
    desk.deliver("unread.txt")
    clock.advance(seconds=5)
    behind = scrape(client)
    desk.beat(Part.WATCHER, "watcher@desk:1", details={"webhooks_active": 0})
    without_endpoint = scrape(client)

    label = ("copytaster_event_lag_seconds", ("webhooks",))
    assert [each[label] for each in (caught_up, behind, without_endpoint)] == [0, 5, 0]


def test_sources_have_counts_and_a_time_of_their_last_item(desk: Any, clock: ManualClock, client: TestClient) -> None:
    desk.store.source_statistics.count_first("d1", "kestrel")
    clock.advance(seconds=9)
    desk.store.source_statistics.count_copy("d2", "heron", of="kestrel", lead=timedelta(seconds=9))

    figures = scrape(client)

    assert figures["copytaster_first_articles_total", ("kestrel",)] == 1
    assert figures["copytaster_duplicates_total", ("heron",)] == 1
    assert figures["copytaster_source_last_seen_timestamp_seconds", ("heron",)] == clock.now().timestamp()


def test_a_scrape_while_the_server_is_away_says_so_and_still_tells_of_the_process(
    desk: Any, client_away: TestClient
) -> None:
    Counter("own_figure", "A figure of this process.", registry=desk.deps.registry).inc(4)

    figures = scrape(client_away)

    assert figures["copytaster_store_up", ()] == 0
    assert figures["own_figure_total", ()] == 4
    assert not any(name.startswith("copytaster_deliveries") for name, _ in figures)
