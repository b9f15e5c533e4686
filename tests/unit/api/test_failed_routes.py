from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.originals import MemoryArchive
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.recovery.failed_files import FailedContent
from copytaster.system.running_version import running_version

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

QUARANTINED = Disposition.QUARANTINED


@pytest.fixture
def content(desk: Any, tmp_path: Path) -> FailedContent:
    """Give the content of failed files, with an empty quarantine and an empty archive."""
    return FailedContent(
        ledger=desk.store.ledger,
        quarantine=FolderQuarantine(tmp_path / "quarantine"),
        archive=MemoryArchive(),
        clock=desk.deps.clock,
    )


@pytest.fixture
def able(desk: Any, content: FailedContent) -> TestClient:
    """Give a client of an API that can read the quarantine."""
    client: TestClient = desk.client(failed_content=content)
    return client


def put(content: FailedContent, delivery_id: Any, data: bytes) -> None:
    """Put the file of a failed delivery into the quarantine."""
    delivery = content.find(delivery_id)
    content.quarantine.add_content(io.BytesIO(data), path=delivery.path, report=content.report(delivery))


def test_failed_files_are_listed_newest_first_with_advice(desk: Any, client: TestClient) -> None:
    first = desk.settle("a.txt", Disposition.REJECTED, Reason.NO_TEXT)
    desk.deps.clock.advance(seconds=1)
    second = desk.settle("b.txt", QUARANTINED, Reason.OUTAGE)
    desk.settle("c.txt", Disposition.STORED)

    answer = client.get("/api/v1/failed").json()

    assert [each["id"] for each in answer["items"]] == [second, first]
    assert [each["retryable"] for each in answer["items"]] == [True, False]
    assert answer["items"][1]["advice"] == ADVICE[Reason.NO_TEXT]
    assert answer["items"][1]["software"] == running_version()
    assert answer["next_cursor"] is None


def test_filters_combine_and_pages_go_on(desk: Any, client: TestClient) -> None:
    failed = []
    for number in range(3):
        failed.append(desk.settle(f"Report-{number}.txt", QUARANTINED, Reason.PARSE_FAILED))
        desk.settle(f"other-{number}.txt", QUARANTINED, Reason.OUTAGE)
        desk.deps.clock.advance(seconds=1)

    first = client.get("/api/v1/failed?reason=parse_failed&source=wire&name=report&limit=2").json()
    second = client.get(f"/api/v1/failed?reason=parse_failed&limit=2&cursor={first['next_cursor']}").json()

    assert [each["id"] for page in (first, second) for each in page["items"]] == failed[::-1]
    assert second["next_cursor"] is None


def test_an_unknown_reason_is_a_problem_that_names_the_parameter(client: TestClient) -> None:
    answer = client.get("/api/v1/failed?reason=bad_luck")

    assert answer.status_code == 422
    assert answer.json()["parameters"][0]["name"] == "reason"


def test_counts_are_of_files_and_not_of_attempts(desk: Any, client: TestClient) -> None:
    first = desk.settle("a.txt", Disposition.REJECTED, Reason.NO_TEXT)
    desk.deps.clock.advance(seconds=1)
    again = desk.settle("a.txt", Disposition.REJECTED, Reason.NO_TEXT)
    desk.store.ledger.record_retry(first, again, by="cli")

    counts = client.get("/api/v1/failed/counts").json()
    status = client.get("/api/v1/status").json()

    expected = {"files": 1, "reasons": [{"reason": "no_text", "files": 1}], "sources": [{"source": "wire", "files": 1}]}
    assert counts == status["failed"] == expected
    assert status["balance"]["dispositions"]["rejected"] == 2


def test_the_status_has_a_notice_until_the_last_failed_file_is_gone(desk: Any, client: TestClient) -> None:
    def notices() -> dict[str, str]:
        return {each["code"]: each["message"] for each in client.get("/api/v1/status").json()["notices"]}

    before = notices()
    failed = desk.settle("a.txt", Disposition.REJECTED, Reason.NO_TEXT)
    meanwhile = notices()
    desk.store.retention.remove_delivery(desk.store.ledger.get(failed))

    assert "files_failed" not in before
    assert meanwhile["files_failed"].startswith("failed files that wait for a person: 1 (1 no_text);")
    assert "files_failed" not in notices()


def test_one_failed_file_is_shown_with_its_timeline(desk: Any, client: TestClient) -> None:
    failed = desk.settle("a.txt", QUARANTINED, Reason.PARSE_FAILED)

    answer = client.get(f"/api/v1/failed/{failed}").json()

    assert (answer["id"], answer["retryable"]) == (failed, False)
    assert answer["timeline"][-1]["what"].startswith("quarantined: parse_failed")


@pytest.mark.parametrize("what", ["", "/original", "/report"])
def test_a_file_that_did_not_fail_is_not_found(desk: Any, able: TestClient, what: str) -> None:
    stored = desk.settle("a.txt", Disposition.STORED)

    answers = [able.get(f"/api/v1/failed/{each}{what}") for each in (stored, "d" + "0" * 22)]

    assert [each.status_code for each in answers] == [404, 404]
    assert "there is no failed file" in answers[0].json()["detail"]


def test_the_file_is_an_attachment_that_no_browser_shows(desk: Any, able: TestClient, content: FailedContent) -> None:
    failed = desk.settle("ö <b>.html", QUARANTINED, Reason.PARSE_FAILED)
    put(content, failed, b"<script>alert(1)</script>")

    answer = able.get(f"/api/v1/failed/{failed}/original")

    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%B6%20%3Cb%3E.html"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_has_left_the_quarantine_comes_from_the_archive(
    desk: Any, able: TestClient, content: FailedContent
) -> None:
    sha256 = content.archive.put(io.BytesIO(b"story"))
    failed = desk.deliver("a.txt", sha256=sha256)
    outcome = Outcome(disposition=QUARANTINED, reason=Reason.PARSE_FAILED, message="broken")
    desk.store.ledger.settle(failed, outcome, by="worker")

    assert able.get(f"/api/v1/failed/{failed}/original").content == b"story"


def test_a_file_that_is_nowhere_is_a_problem_that_says_so(desk: Any, able: TestClient) -> None:
    failed = desk.settle("a.txt", QUARANTINED, Reason.PARSE_FAILED)

    answer = able.get(f"/api/v1/failed/{failed}/original")

    assert answer.status_code == 404
    assert "archive" in answer.json()["detail"]


def test_a_link_in_the_quarantine_is_not_followed(
    desk: Any, able: TestClient, content: FailedContent, tmp_path: Path
) -> None:
    failed = desk.settle("a.txt", QUARANTINED, Reason.NOT_A_FILE)
    put(content, failed, b"x")
    file = content.quarantine.find(failed, path="wire/a.txt")
    assert file
    secret = tmp_path / "secret"
    secret.write_text("secret")
    file.unlink()
    file.symlink_to(secret)

    answer = able.get(f"/api/v1/failed/{failed}/original")

    assert answer.status_code == 503
    assert "secret" not in answer.text


def test_the_report_is_that_of_the_quarantine_or_made_from_the_ledger(
    desk: Any, able: TestClient, content: FailedContent
) -> None:
    kept, lost = (desk.settle(name, QUARANTINED, Reason.PARSE_FAILED) for name in ("a.txt", "b.txt"))
    put(content, kept, b"x")

    first, second = (able.get(f"/api/v1/failed/{each}/report") for each in (kept, lost))

    assert first.headers["content-disposition"] == "attachment; filename*=UTF-8''a.txt.error.json"
    assert [each.json()["delivery_id"] for each in (first, second)] == [kept, lost]
    assert [len(each.json()["retry"]) for each in (first, second)] == [3, 0]
    assert second.json()["reason"] == "parse_failed"


def test_an_api_that_cannot_read_the_quarantine_says_where_the_files_are(desk: Any, client: TestClient) -> None:
    failed = desk.settle("a.txt", QUARANTINED, Reason.PARSE_FAILED)

    answer = client.get(f"/api/v1/failed/{failed}/original")

    assert answer.status_code == 503
    assert "`quarantine`" in answer.json()["detail"]
