"""The pages of processes, sources, settings and webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from copytaster.archive.webhook_endpoints import MemoryEndpoints
from copytaster.bootstrap.effective_settings import effective_settings
from copytaster.clock import ManualClock
from copytaster.model.webhook import Attempt, AttemptEnd, EndpointId, Message
from copytaster.model.work import Work
from copytaster.outbound.webhooks.administration import EndpointOrder, Webhooks
from copytaster.outbound.webhooks.attempts import Attempts
from copytaster.outbound.webhooks.switches import Switches
from copytaster.settings import Settings
from copytaster.store.ports.presence import Part
from copytaster.store.ports.source_statistics import MAX_SOURCES
from tests.unit.api.test_overview_page import text_of

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


class Refusing:
    """A receiver that refuses every message."""

    def send(self, url: str, headers: object, body: bytes) -> int:
        del url, headers, body
        return 503


def webhooks_of(desk: Any) -> Webhooks:
    clock = desk.deps.clock
    switches = Switches(MemoryEndpoints(), desk.store.webhooks, desk.store.events, clock)
    return Webhooks(switches, Attempts(Refusing(), clock), clock)


def test_the_workers_page_names_the_files_in_work(desk: Any, client: TestClient) -> None:
    desk.beat(Part.WORKER, "worker@desk:2", details={"queues": "ingest", "processes": 2, "rules_fault": None})
    delivery_id = desk.deliver("long.jsonl")
    desk.store.ledger.begin(delivery_id, owner="worker@desk:2", lease=timedelta(minutes=1))

    text = text_of(client.get("/workers").text)

    assert "wire/long.jsonl 1 \N{EN DASH} " in text
    assert "taken for 60 s, worker@desk:2" in text
    assert "processes 2" in text
    assert "rules fault" not in text


def test_the_workers_page_has_each_queue(client: TestClient) -> None:
    page = client.get("/workers").text

    assert all(f'<th scope="row">{work}</th>' in page for work in Work)


def test_the_sources_page_has_cadence_last_item_and_shares(desk: Any, clock: ManualClock, client: TestClient) -> None:
    statistics = desk.store.source_statistics
    statistics.count_first_many({f"d{number}": "Kestrel" for number in range(3)})
    clock.advance(seconds=3600)
    statistics.count_copy("d9", "Kestrel", of="Quay", lead=timedelta(seconds=90))

    page = client.get("/sources").text

    assert 'aria-label="4 items in the last 24 hours, at most 3 in an hour"' in page
    assert "1 Jan 2026, 01:00:00 UTC 3 \u2013 1 25 %" in text_of(page)
    assert "1 min 30 s" in text_of(page)


def test_a_thousand_sources_are_pages_of_bounded_size(desk: Any, client: TestClient) -> None:
    desk.store.source_statistics.count_first_many({f"d{number}": f"s{number}" for number in range(MAX_SOURCES)})
    address, seen, sizes = "/sources", set[str](), []
    while address:
        page = client.get(address).text
        rows = page.split('<tr id="source-')[1:]
        seen |= {row.partition('"')[0] for row in rows}
        sizes.append(len(page))
        more = page.partition('rel="next" href="')[2].partition('"')[0]
        address = more.replace("&amp;", "&")

    assert len(seen) == MAX_SOURCES
    assert len(sizes) == MAX_SOURCES / 50
    assert max(sizes) < 60_000


def test_a_cursor_that_is_no_source_is_named(client: TestClient) -> None:
    answer = client.get("/sources", params={"cursor": "nobody"}, headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert "nobody" in answer.text


def test_the_settings_page_shows_values_and_hides_secrets(desk: Any) -> None:
    settings = Settings(
        redis_url="redis://:hunter2@desk/0",
        archive_url="s3://key:hunter2@bucket/originals",
        concurrency=7,
        retention_source_days={"Kestrel": 3},
        ignored_names="*.bak, drafts-*",
    )

    page = desk.client(settings=effective_settings(settings)).get("/settings").text
    text = text_of(page)

    assert "hunter2" not in page
    assert "COPYTASTER_REDIS_URL set, not shown changed unset" in text
    assert "COPYTASTER_ARCHIVE_URL s3://***@bucket/originals changed unset" in text
    assert "COPYTASTER_CONCURRENCY 7 changed 2 Number of parallel processes of a worker." in text
    assert "COPYTASTER_RETENTION_SOURCE_DAYS Kestrel=3 changed unset" in text
    assert "COPYTASTER_IGNORED_NAMES *.bak, drafts-* changed unset" in text
    assert "COPYTASTER_SETTLE_SECONDS 2 2 A file is taken" in text
    assert text.index("COPYTASTER_CONCURRENCY") < text.index("COPYTASTER_SETTLE_SECONDS")


def test_the_settings_page_has_every_setting(desk: Any) -> None:
    page = desk.client(settings=effective_settings(Settings())).get("/settings").text

    assert "0 of" in page
    for name in Settings.model_fields:
        assert f'<tr id="COPYTASTER_{name.upper()}">' in page


def test_the_webhooks_page_says_how_to_create_the_first_endpoint(desk: Any, client: TestClient) -> None:
    assert "copytaster webhooks create URL" in desk.client(webhooks=webhooks_of(desk)).get("/webhooks").text
    assert "This status API has no webhooks." in client.get("/webhooks").text


def test_the_page_of_an_endpoint_has_its_dead_messages_and_its_log(desk: Any) -> None:
    webhooks = webhooks_of(desk)
    created = webhooks.create(EndpointOrder(url="https://desk.example/hooks", description="<b>desk</b>"))
    messages = {created.id: [Message(event_id="7-0", body="{}"), Message(event_id="8-0", body="{}")]}
    desk.store.webhooks.enqueue(messages, cursor=None, moved_to="8-0")
    attempt = Attempt(
        at=desk.deps.clock.now(),
        event_id="7-0",
        number=8,
        end=AttemptEnd.DEAD,
        status=503,
        why="<i>full</i>",
        seconds=1,
    )
    desk.store.webhooks.end(created.id, attempt)
    client = desk.client(webhooks=webhooks)

    page, listed = client.get(f"/webhooks/{created.id}").text, client.get("/webhooks").text

    assert f'data-address="/api/v1/webhooks/{created.id}/replay?event=7-0"' in page
    assert "Send all 1 again" in page
    assert "7-0 8 dead 503 1.00 s <i>full</i>" in text_of(page)
    assert created.secret not in page + listed
    assert "&lt;b&gt;desk&lt;/b&gt;" in listed


def test_an_endpoint_that_is_off_says_who_switched_it_off_and_why(desk: Any) -> None:
    webhooks = webhooks_of(desk)
    created = webhooks.create(EndpointOrder(url="https://desk.example/hooks"))
    webhooks.disable(created.id, by="Anna", why="receiver moves")

    page = desk.client(webhooks=webhooks).get(f"/webhooks/{created.id}").text

    assert "by Anna: receiver moves" in text_of(page)
    assert f'data-address="/api/v1/webhooks/{created.id}/enable"' in page


def test_an_unknown_endpoint_is_not_found(desk: Any, client: TestClient) -> None:
    unknown = EndpointId("w" + "0" * 16)

    assert desk.client(webhooks=webhooks_of(desk)).get(f"/webhooks/{unknown}").status_code == 404
    assert client.get(f"/webhooks/{unknown}").status_code == 404
    assert client.get("/webhooks/else").status_code == 422
