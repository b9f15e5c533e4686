from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_filter import FileFilter
from copytaster.intake.file_intake import Deposit, Intake
from copytaster.intake.keyed_uploads import KeyedUpload
from copytaster.intake.pauses import PauseOrder, pause
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.intake.uploads import UploadDesk
from copytaster.model.access import Scope
from copytaster.model.limits import Limits
from copytaster.model.pause import PauseKind
from copytaster.model.work import RecordingPublisher
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.store.ports.ledger import DeliveryQuery
from tests.factories import METADATA_READER

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

DELIVERIES = "/api/v1/deliveries"
LIMITS = Limits(file_bytes=2_000_000, container_bytes=3_000_000)


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


@pytest.fixture
def uploads(desk: Any, tmp_path: Path, archive: MemoryArchive) -> UploadDesk:
    """Give what takes uploads in, over real folders."""
    owners = iter(range(1_000))

    def deposit() -> Deposit:
        intake = Intake(
            ledger=desk.store.ledger,
            archive=archive,
            journal=MemoryJournal(),
            quarantine=FolderQuarantine(tmp_path / "quarantine"),
            clock=desk.deps.clock,
            admission=AdmissionRules(LIMITS),
            source_defaults=SourceDefaults(tmp_path / "inbox", METADATA_READER),
            metadata_reader=METADATA_READER,
        )
        claims = RenameClaims(tmp_path / "staging", f"upload-{next(owners)}")
        return Deposit(intake=intake, claims=claims, publisher=RecordingPublisher())

    return UploadDesk(
        store=desk.store,
        staging=tmp_path / "staging",
        deposit=deposit,
        limits=LIMITS,
        names=FileFilter(),
        least_free_bytes=0,
        clock=desk.deps.clock,
    )


@pytest.fixture
def able(desk: Any, uploads: UploadDesk) -> TestClient:
    """Give a client of an API that takes files in."""
    client: TestClient = desk.client(uploads=uploads)
    return client


def test_a_body_is_delivered_under_its_name_and_source(able: TestClient, archive: MemoryArchive) -> None:
    answer = able.post(f"{DELIVERIES}?name=story.txt&source=wire", content=b"A story.")

    delivery = answer.json()
    assert answer.status_code == 202
    assert (delivery["path"], delivery["state"], delivery["size"]) == ("wire/story.txt", "waiting", 8)
    assert answer.headers["location"] == f"{DELIVERIES}/{delivery['id']}"
    assert able.get(answer.headers["location"]).json() == delivery
    assert archive.get(delivery["sha256"]) == b"A story."


def test_the_timeline_and_the_audit_trail_name_the_key_that_uploaded_the_file(keys: Any, uploads: UploadDesk) -> None:
    headers = keys.bearer(Scope.WRITE, name="night desk")

    delivery = keys.client(uploads=uploads).post(f"{DELIVERIES}?name=a.txt", content=b"x", headers=headers).json()

    assert [each["by"] for each in delivery["timeline"]] == ["night desk"]
    (entry,) = keys.desk.store.audit.page(before=None, limit=9)
    assert (entry.who, entry.target) == ("night desk", f"{delivery['id']} a.txt")


def test_a_form_is_delivered_with_the_name_of_its_file(able: TestClient, archive: MemoryArchive) -> None:
    content = bytes(range(256)) * 6_000

    answer = able.post(
        DELIVERIES,
        files={"file": ("bericht ö.html", content, "text/html")},
        data={"source": "wire", "title": "Fähre fährt", "authors": ["A. Person", "B. Person"], "version": "3"},
    )

    delivery = answer.json()
    assert answer.status_code == 202
    assert delivery["path"] == "wire/bericht ö.html"
    assert archive.get(delivery["sha256"]) == content
    found = {name: delivery["metadata"][name] for name in ("title", "authors", "version")}
    assert found == {"title": "Fähre fährt", "authors": ["A. Person", "B. Person"], "version": 3}


def test_fields_of_the_query_are_metadata_too(able: TestClient) -> None:
    query = "name=a.txt&published_at=2026-03-01T06:00:00%2B01:00&keywords=ferry&keywords=strike&status=withheld"

    metadata = able.post(f"{DELIVERIES}?{query}", content=b"x").json()["metadata"]

    assert metadata["published_at"] == "2026-03-01T06:00:00+01:00"
    assert (metadata["keywords"], metadata["status"]) == (["ferry", "strike"], "withheld")


def test_the_same_upload_with_the_same_key_has_the_first_answer(desk: Any, able: TestClient) -> None:
    def send(content: bytes) -> Any:
        return able.post(f"{DELIVERIES}?name=a.txt", content=content, headers={"Idempotency-Key": "k"})

    first, again, other = send(b"x"), send(b"x"), send(b"y")

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert other.json()["parameters"][0]["name"] == "Idempotency-Key"
    assert len(desk.store.ledger.find(DeliveryQuery())) == 1


def test_a_key_that_is_in_use_is_a_conflict_with_the_time_to_wait(able: TestClient, uploads: UploadDesk) -> None:
    KeyedUpload(uploads, "k").begin("wire", size=1)

    answer = able.post(f"{DELIVERIES}?name=a.txt", content=b"x", headers={"Idempotency-Key": "k"})

    assert (answer.status_code, answer.headers["retry-after"]) == (409, "5")


def chunks(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * 100_000


PROBLEMS: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
    ("", {"content": b"x"}, (422, "name")),
    ("?name=a.txt", {"content": b""}, (422, "no bytes")),
    ("?name=.a", {"content": b"x"}, (422, "begins with a dot")),
    (f"?name={84 * '名'}.txt", {"content": b"x"}, (422, "more than 255 bytes")),
    (f"?name=a.txt&source={256 * 'a'}", {"content": b"x"}, (422, "more than 255 bytes")),
    ("?name=a.txt&source=a/b", {"content": b"x"}, (422, "source")),
    ("?name=a.txt&titel=x", {"content": b"x"}, (422, "titel")),
    ("?name=a.txt&published_at=yesterday", {"content": b"x"}, (422, "published_at")),
    ("?name=a.txt&embargoed_until=20261201", {"content": b"x"}, (422, "embargoed_until: must be a date and a time")),
    ("?name=a.txt&modified_at=0001-01-01T00:00:00%2B01:00", {"content": b"x"}, (422, "modified_at: is outside")),
    ("?name=a.txt", {"content": b"x" * 2_000_001}, (413, "more than 2,000,000 bytes")),
    ("?name=a.txt", {"content": b"x" * 4_000_000}, (413, "more than 2,000,000 bytes")),
    ("", {"files": {"file": ("a.txt", b"x" * 2_000_001)}}, (413, "more than 2,000,000 bytes")),
    ("", {"files": {"file": ("a.zip", b"x" * 3_000_001)}}, (413, "more than 3,000,000 bytes")),
    ("", {"files": [("a", ("a.txt", b"x")), ("b", ("b.txt", b"x"))]}, (422, "several files")),
    ("", {"files": {"file": ("a.txt", b"x")}, "data": {"titel": "x"}}, (422, "titel")),
    ("", {"files": {"file": ("a.txt", b"x")}, "data": {"embargoed_until": "soon"}}, (422, "embargoed_until")),
    ("", {"files": {"file": ("a.txt", b"x")}, "data": {"embargoed_until": "20261201"}}, (422, "must be a date")),
    ("", {"files": {"file": ("a.txt", b"x")}, "data": {"title": "x" * 70_000}}, (422, "65,536 bytes")),
    ("", {"files": {"file": ("a.txt", b"x")}, "data": {"status": ["withheld", "usable"]}}, (422, "status: given")),
    ("", {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, (422, "no boundary")),
    (
        "",
        {"content": b"--b\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        (422, "last boundary"),
    ),
    ("", {"content": b"what", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, (422, "not multipart")),
    ("?name=a.txt", {"content": b"x", "headers": {"Origin": "https://elsewhere.example"}}, (403, "elsewhere")),
    ("?name=a.txt", {"content": b"x", "headers": {"Idempotency-Key": ""}}, (422, "Idempotency-Key")),
]


@pytest.mark.parametrize(("query", "sent", "expected"), PROBLEMS)
def test_a_wrong_upload_is_a_problem_and_delivers_nothing(
    desk: Any, able: TestClient, query: str, sent: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = able.post(DELIVERIES + query, **sent)

    status, text = expected
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert text.casefold() in json.dumps(answer.json(), ensure_ascii=False).casefold()
    assert desk.store.ledger.find(DeliveryQuery()) == []


def test_a_body_without_a_length_is_ended_at_the_limit(desk: Any, able: TestClient) -> None:
    answers = [able.post(f"{DELIVERIES}?name=a.txt", content=chunks(count)).status_code for count in (19, 21)]

    assert answers == [202, 413]
    assert len(desk.store.ledger.find(DeliveryQuery())) == 1


def test_a_paused_intake_is_answered_with_the_time_to_wait(desk: Any, able: TestClient) -> None:
    pause(PauseOrder(kind=PauseKind.INTAKE, by="Anna"), desk.store.pauses, now=desk.deps.clock.now())

    answer = able.post(f"{DELIVERIES}?name=a.txt", content=b"x")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "paused by Anna" in answer.json()["detail"]


def test_the_source_of_a_form_is_compared_with_the_pauses(desk: Any, able: TestClient) -> None:
    order = PauseOrder(kind=PauseKind.SOURCE, name="wire", by="Anna")
    pause(order, desk.store.pauses, now=desk.deps.clock.now())

    answer = able.post(DELIVERIES, files={"file": ("a.txt", b"x")}, data={"source": "wire"})

    assert answer.status_code == 503


def test_a_full_disk_is_an_insufficient_storage(desk: Any, uploads: UploadDesk) -> None:
    client = desk.client(uploads=replace(uploads, least_free_bytes=1 << 60))

    answer = client.post(f"{DELIVERIES}?name=a.txt", content=b"x")

    assert answer.status_code == 507
    assert "COPYTASTER_DISK_FREE_BYTES" in answer.json()["detail"]


def test_a_staging_folder_that_cannot_be_written_is_named(desk: Any, uploads: UploadDesk, tmp_path: Path) -> None:
    (tmp_path / "staging").write_text("no folder")

    answer = desk.client(uploads=uploads).post(f"{DELIVERIES}?name=a.txt", content=b"x")

    assert answer.status_code == 503
    assert "staging folder below COPYTASTER_DATA" in answer.json()["detail"]


def test_an_api_that_cannot_take_files_in_points_to_the_command(client: TestClient) -> None:
    answer = client.post(f"{DELIVERIES}?name=a.txt", content=b"x")

    assert answer.status_code == 503
    assert "`copytaster ingest`" in answer.json()["detail"]


def test_the_description_has_both_kinds_of_body_and_each_answer(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"][DELIVERIES]["post"]

    assert set(described["requestBody"]["content"]) == {"application/octet-stream", "multipart/form-data"}
    assert set(described["responses"]) >= {"202", "403", "409", "413", "422", "503", "507"}
    assert any(each["name"].lower() == "idempotency-key" for each in described["parameters"])


def test_an_upload_with_the_key_of_a_source_goes_to_that_source(keys: Any, uploads: UploadDesk) -> None:
    client, headers = keys.client(uploads=uploads), keys.bearer(Scope.WRITE, "wire")

    plain = client.post(f"{DELIVERIES}?name=a.txt", content=b"A story.", headers=headers)
    named = client.post(f"{DELIVERIES}?name=b.txt&source=Wire", content=b"A story.", headers=headers)
    form = client.post(DELIVERIES, files={"file": ("c.txt", b"A story.")}, headers=headers)

    assert [each.status_code for each in (plain, named, form)] == [202, 202, 202]
    assert [each.json()["path"] for each in (plain, named, form)] == ["wire/a.txt", "Wire/b.txt", "wire/c.txt"]
    assert client.get(plain.headers["location"], headers=headers).status_code == 200


def test_two_senders_may_choose_the_same_idempotency_key(keys: Any, uploads: UploadDesk) -> None:
    client = keys.client(uploads=uploads)
    senders = [keys.bearer(Scope.WRITE, name) | {"Idempotency-Key": "1"} for name in ("wire", "desk")]

    first, second = (client.post(f"{DELIVERIES}?name=a.txt", content=b"x", headers=each) for each in senders)
    again, other = (client.post(f"{DELIVERIES}?name=a.txt", content=each, headers=senders[1]) for each in (b"x", b"y"))

    assert (first.json()["path"], second.json()["path"]) == ("wire/a.txt", "desk/a.txt")
    assert again.json() == second.json()
    assert other.status_code == 422


def test_an_upload_for_another_source_than_that_of_the_key_is_refused(
    keys: Any, uploads: UploadDesk, tmp_path: Path
) -> None:
    (tmp_path / "inbox" / "wire").mkdir(parents=True)
    (tmp_path / "inbox" / "wire" / "_source.yml").write_text("source: Rival\n")
    client, headers = keys.client(uploads=uploads), keys.bearer(Scope.WRITE, "wire")
    form: dict[str, Any] = {"files": {"file": ("c.txt", b"A story.")}, "data": {"source": "rival"}}

    answers = [
        client.post(f"{DELIVERIES}?name=a.txt&source=rival", content=b"A story.", headers=headers),
        client.post(DELIVERIES, **form, headers=headers),
        client.post(f"{DELIVERIES}?name=a.txt", content=b"A story.", headers=headers),
        client.post(f"{DELIVERIES}?name=a.txt", content=b"x", headers=keys.bearer(Scope.WRITE, "wire", "desk")),
        client.post(f"{DELIVERIES}?name=a.txt", content=b"A story.", headers=keys.bearer(Scope.READ, "wire")),
    ]

    assert [each.status_code for each in answers] == [403] * 5
    assert "the source 'Rival'" in answers[2].json()["detail"]
    assert keys.desk.store.ledger.find(DeliveryQuery()) == []


def test_the_name_that_a_folder_declares_is_the_source_of_an_upload(
    keys: Any, uploads: UploadDesk, tmp_path: Path
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "_source.yml").write_text("aliases: {quay online: The Quay}\n")
    client = keys.client(uploads=uploads)

    answer = client.post(
        f"{DELIVERIES}?name=a.txt&source=Quay Online", content=b"x", headers=keys.bearer(Scope.WRITE, "Quay Online")
    )

    assert answer.status_code == 403
    assert "the source 'The Quay'" in answer.json()["detail"]
