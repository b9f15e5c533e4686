"""The pages of files: deliveries, one delivery, and the failed files with what a person can decide."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.originals import MemoryArchive
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.model.job import JobAction, JobOrder
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.recovery.failed_files import FailedContent
from copytaster.recovery.jobs import order_job
from tests.unit.api.test_overview_page import text_of

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

QUARANTINED, REJECTED = Disposition.QUARANTINED, Disposition.REJECTED


def jobs_in(page: str) -> list[dict[str, str]]:
    """Return the orders of the buttons that are about many files."""
    return [json.loads(html.unescape(each)) for each in re.findall(r'data-job="([^"]*)"', page)]


def rows_of(page: str) -> list[str]:
    return re.findall(r'<tr id="\w+-(d\w+)"', page)


def fail(desk: Any, name: str, reason: Reason, *, source: str = "wire", software: str | None = None) -> DeliveryId:
    """Let a file fail; ``software`` is the version that refused it, instead of the present one."""
    desk.deps.clock.advance(seconds=1)
    delivery_id: DeliveryId = desk.deliver(name, source=source, path=f"{source}/{name}")
    outcome = Outcome(disposition=QUARANTINED, reason=reason, message=f"{name} failed")
    desk.store.ledger.settle(delivery_id, outcome, by="worker@desk:2")
    if software:
        records = desk.store.ledger._records  # no version of the program writes the name of another one
        records[delivery_id] = records[delivery_id].model_copy(update={"software": software})
    return delivery_id


def test_deliveries_are_filtered_paged_and_lead_to_their_pages(desk: Any, client: TestClient) -> None:
    stored = [desk.settle(f"s{number}.txt", Disposition.STORED) for number in range(3)]
    rejected = desk.settle("<r>.txt", REJECTED, Reason.EMPTY)

    page = client.get("/deliveries", params={"disposition": "stored", "limit": 2}).text
    more = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    assert sorted(rows_of(page) + rows_of(client.get(more).text)) == sorted(stored)
    assert rows_of(client.get("/deliveries", params={"reason": "empty"}).text) == [rejected]
    assert rows_of(client.get("/deliveries", params={"name": "<r>.txt", "source": "WIRE"}).text) == [rejected]
    assert rows_of(client.get("/deliveries", params={"state": "working"}).text) == []
    assert f'<a href="/deliveries/{rejected}">wire/&lt;r&gt;.txt</a>' in client.get("/deliveries").text
    assert '<option selected value="stored">stored</option>' in page


def test_an_empty_list_of_deliveries_says_what_to_do(client: TestClient) -> None:
    assert "No file was delivered yet. Put a news file into the inbox" in text_of(client.get("/deliveries").text)
    assert "a name must be the whole name" in text_of(client.get("/deliveries", params={"name": "x"}).text)


def test_a_delivery_has_its_end_its_timeline_and_what_to_do(desk: Any, client: TestClient) -> None:
    delivery_id = fail(desk, "scan.pdf", Reason.PARSER_TIMEOUT)

    page = client.get(f"/deliveries/{delivery_id}").text
    text = text_of(page)

    assert "quarantined: parser_timeout" in text
    assert ADVICE[Reason.PARSER_TIMEOUT] in text
    assert "registered: archived and due" in text
    assert f'data-address="/api/v1/deliveries/{delivery_id}/retry"' in page
    assert f'data-address="/api/v1/deliveries/{delivery_id}/dismiss"' in page


def test_an_unknown_delivery_is_not_found(client: TestClient) -> None:
    answer = client.get("/deliveries/d404")

    assert answer.status_code == 404
    assert "there is no delivery d404" in answer.json()["detail"]


def test_failed_files_are_grouped_by_reason_with_counts(desk: Any, client: TestClient) -> None:
    for number in range(3):
        fail(desk, f"slow-{number}.pdf", Reason.PARSER_TIMEOUT)
    empty = fail(desk, "empty.txt", Reason.EMPTY, source="desk")

    page = client.get("/quarantine").text
    text = text_of(page)

    assert "4 files were rejected or quarantined" in text
    assert text.index("parser timeout 3 Split") < text.index("empty 1 Request")
    assert 'href="/quarantine?reason=empty"' in page
    assert rows_of(client.get("/quarantine", params={"reason": "empty"}).text) == [empty]
    assert rows_of(client.get("/quarantine", params={"source": "DESK"}).text) == [empty]
    assert rows_of(client.get("/quarantine", params={"name": "EMPTY"}).text) == [empty]
    assert len(rows_of(client.get("/quarantine", params={"limit": 3}).text)) == 3


def test_one_a_group_and_all_can_be_retried_and_dismissed(desk: Any, client: TestClient) -> None:
    delivery_id = fail(desk, "slow.pdf", Reason.PARSER_TIMEOUT)
    fail(desk, "empty.txt", Reason.EMPTY)

    everything, group, part = (
        client.get("/quarantine", params=each).text
        for each in ({}, {"reason": "parser_timeout"}, {"source": "wire", "name": "slow"})
    )

    assert f'data-address="/api/v1/deliveries/{delivery_id}/retry"' in everything
    by = {"by": "dashboard"}
    assert jobs_in(everything) == [{"action": "retry"} | by, {"action": "dismiss"} | by]
    assert jobs_in(group) == [{"action": each, "reason": "parser_timeout"} | by for each in ("retry", "dismiss")]
    assert jobs_in(part)[0] == {"action": "retry", "source": "wire", "name": "slow"} | by
    assert "Dismiss all 2 files…" in everything
    assert "Retry 1 file…" in group
    assert "Dismiss all that match…" in part
    orders = jobs_in(everything + group + part)
    assert [JobOrder.model_validate(each).model_dump(exclude_defaults=True) for each in orders] == orders


def test_nothing_offers_a_retry_that_cannot_change_anything(desk: Any, client: TestClient) -> None:
    fail(desk, "empty.txt", Reason.EMPTY)

    page = client.get("/quarantine").text

    assert "/retry" not in page
    assert [each["action"] for each in jobs_in(page)] == ["dismiss"]
    assert "A retry of the unchanged files ends in the same way." in text_of(page)


def test_after_an_upgrade_what_an_earlier_version_refused_can_be_retried(desk: Any, client: TestClient) -> None:
    fail(desk, "old.doc", Reason.PARSE_FAILED, software="0.0.1")
    fail(desk, "new.doc", Reason.PARSE_FAILED)

    page = client.get("/quarantine", params={"reason": "parse_failed"}).text

    assert page.count("/retry") == 1
    assert [each["action"] for each in jobs_in(page)] == ["retry", "dismiss"]


def test_the_original_and_the_report_are_offered_if_the_api_can_read_them(
    desk: Any, client: TestClient, tmp_path: Path
) -> None:
    delivery_id = fail(desk, "slow.pdf", Reason.PARSER_TIMEOUT)
    content = FailedContent(
        ledger=desk.store.ledger,
        quarantine=FolderQuarantine(tmp_path),
        archive=MemoryArchive(),
        clock=desk.deps.clock,
    )

    able, unable = (each.get("/quarantine").text for each in (desk.client(failed_content=content), client))

    for what in ("original", "report"):
        assert f'<a href="/api/v1/failed/{delivery_id}/{what}" download' in able
        assert f"/{what}" not in unable


def test_the_latest_jobs_are_listed_without_those_about_articles(desk: Any, client: TestClient) -> None:
    for action in (JobAction.RETRY, JobAction.RELEASE):
        order_job(JobOrder(action=action, source="wire", by="<Anna>"), desk.store.jobs, desk.deps.clock)

    text = text_of(client.get("/quarantine").text)

    assert "retry, of wire, by <Anna>: 0 of 0 done (waiting)" in text
    assert "release" not in text


def test_an_empty_quarantine_says_so(client: TestClient) -> None:
    text = text_of(client.get("/quarantine").text)

    assert "Nothing needs a person." in text
    assert jobs_in(client.get("/quarantine").text) == []


@pytest.mark.parametrize("path", ["/quarantine?reason=nonsense", "/deliveries?state=gone"])
def test_a_wrong_filter_is_named(path: str, client: TestClient) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert path.partition("?")[2].partition("=")[0] in answer.text
