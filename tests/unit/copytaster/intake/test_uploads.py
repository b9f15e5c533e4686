from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.archive.journal import MemoryJournal
from copytaster.archive.originals import MemoryArchive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.intake.admission import AdmissionRules
from copytaster.intake.file_filter import FileFilter
from copytaster.intake.file_intake import Deposit, Intake
from copytaster.intake.keyed_uploads import LEASE, KeyedUpload, OtherUploadError, UploadRunningError
from copytaster.intake.pauses import PauseOrder, pause
from copytaster.intake.rename_claims import RenameClaims
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.intake.uploads import Refusal, UploadDesk, UploadedFile, UploadRefusedError
from copytaster.model.delivery import Delivery, DeliveryId, DeliveryState
from copytaster.model.limits import Limits
from copytaster.model.metadata import Metadata
from copytaster.model.pause import PauseKind
from copytaster.model.work import RecordingPublisher, Work
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Heartbeat, Part
from tests.factories import METADATA_READER, delivery_id

STORY = UploadedFile(name="story.txt", source="wire", metadata=Metadata())
LIMITS = Limits(file_bytes=100, container_bytes=1_000)


@dataclass(slots=True)
class Scene:
    """A desk over a store in memory and real folders; each deposit has another owner."""

    folder: Path
    clock: ManualClock
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    desk: UploadDesk = field(init=False)
    opened: int = 0

    def __post_init__(self) -> None:
        self.desk = UploadDesk(
            store=memory_store(self.clock),
            staging=self.folder / "staging",
            deposit=self.deposit,
            limits=LIMITS,
            names=FileFilter(),
            least_free_bytes=0,
            clock=self.clock,
        )

    def deposit(self) -> Deposit:
        self.opened += 1
        intake = Intake(
            ledger=self.desk.store.ledger,
            archive=self.archive,
            journal=MemoryJournal(),
            quarantine=FolderQuarantine(self.folder / "quarantine"),
            clock=self.clock,
            admission=AdmissionRules(LIMITS),
            source_defaults=SourceDefaults(self.folder / "inbox", METADATA_READER),
            metadata_reader=METADATA_READER,
        )
        claims = RenameClaims(self.folder / "staging", f"upload-{self.opened}")
        return Deposit(intake=intake, claims=claims, publisher=self.publisher)

    def send(self, content: bytes = b"A story.", file: UploadedFile = STORY, key: str | None = None) -> Delivery:
        """Do what a request does, and return the delivery of its answer."""
        upload = KeyedUpload(self.desk, key)
        upload.begin(file.source, size=len(content))
        try:
            with self.desk.receive(name=file.name) as incoming:
                incoming.write(content)
                upload.keep()
                answer = upload.deliver(incoming, file, by="api")
        except Exception:
            upload.give_up()
            raise
        return Delivery.model_validate_json(answer)

    def deliveries(self) -> list[Delivery]:
        return self.desk.store.ledger.find(DeliveryQuery())

    def staged(self) -> list[Path]:
        return [each for each in (self.folder / "staging").rglob("*") if each.is_file()]


@pytest.fixture
def scene(tmp_path: Path, clock: ManualClock) -> Scene:
    return Scene(tmp_path, clock)


def test_an_uploaded_file_is_delivered_like_one_of_the_inbox(scene: Scene) -> None:
    sent = scene.send()

    assert (sent.path, sent.source, sent.size, sent.state) == ("wire/story.txt", "wire", 8, DeliveryState.WAITING)
    assert scene.publisher.published == [(Work.INGEST, sent.id)]
    assert sent.sha256
    assert scene.archive.get(sent.sha256) == b"A story."
    assert scene.staged() == []


def test_what_the_sender_says_is_the_sidecar_of_the_file(scene: Scene) -> None:
    metadata = Metadata(title="Ferry returns", authors=("A. Person",), embargoed_until=scene.clock.now())

    sent = scene.send(file=replace(STORY, metadata=metadata))

    assert sent.metadata == metadata
    assert sent.sidecar
    assert json.loads(scene.archive.get(sent.sidecar))["title"] == "Ferry returns"


def test_a_half_upload_leaves_nothing(scene: Scene) -> None:
    with scene.desk.receive(name="story.txt") as incoming:
        incoming.write(b"half")

    assert scene.staged() == []
    assert scene.deliveries() == []


def test_an_incoming_file_has_no_name_that_a_watcher_could_take(scene: Scene) -> None:
    with scene.desk.receive(name="story.txt") as incoming:
        incoming.write(b"half")

        assert scene.staged() == []


REFUSED: list[tuple[dict[str, Any], bytes, Refusal, str]] = [
    ({"name": "a/b.txt"}, b"x", Refusal.NAME, "no single name"),
    ({"name": ".."}, b"x", Refusal.NAME, "no single name"),
    ({"name": ""}, b"x", Refusal.NAME, "no single name"),
    ({"name": "a\nb"}, b"x", Refusal.NAME, "control characters"),
    ({"name": ".hidden"}, b"x", Refusal.NAME, "begins with a dot"),
    ({"name": "story.tmp"}, b"x", Refusal.NAME, "unfinished"),
    ({"name": "story.txt.meta.json"}, b"x", Refusal.NAME, "sidecar"),
    ({"name": "_source.yml"}, b"x", Refusal.NAME, "defaults of its folder"),
    ({"source": "../etc"}, b"x", Refusal.SOURCE, "no single name"),
    ({"source": ".claims"}, b"x", Refusal.SOURCE, "is hidden"),
    ({}, b"", Refusal.EMPTY, "no bytes"),
    ({}, b"x" * 101, Refusal.TOO_LARGE, "more than 100 bytes"),
    ({"name": "many.zip"}, b"x" * 1_001, Refusal.TOO_LARGE, "more than 1,000 bytes"),
]


@pytest.mark.parametrize(("fields", "content", "refusal", "message"), REFUSED)
def test_a_wrong_upload_is_refused_and_leaves_nothing(
    scene: Scene, fields: dict[str, Any], content: bytes, refusal: Refusal, message: str
) -> None:
    with pytest.raises(UploadRefusedError, match=message) as caught:
        scene.send(content, replace(STORY, **fields), key="k")

    assert caught.value.refusal is refusal
    assert (scene.deliveries(), scene.staged()) == ([], [])
    assert scene.send(key="k").path == "wire/story.txt"


def test_a_name_that_comes_late_has_its_own_limit(scene: Scene) -> None:
    with scene.desk.receive(name=None) as incoming:
        incoming.write(b"x" * 101)
        with pytest.raises(UploadRefusedError, match="more than 100 bytes"):
            scene.desk.refuse_wrong(STORY, incoming)


@pytest.mark.parametrize(("kind", "name"), [(PauseKind.INTAKE, None), (PauseKind.SOURCE, "The Wire")])
def test_a_paused_intake_or_source_refuses_uploads_and_names_the_pause(
    scene: Scene, kind: PauseKind, name: str | None
) -> None:
    pause(PauseOrder(kind=kind, name=name, by="Anna"), scene.desk.store.pauses, now=scene.clock.now())

    with pytest.raises(UploadRefusedError, match="is paused by Anna") as caught:
        scene.send()

    assert caught.value.refusal is Refusal.PAUSED


def test_a_source_that_is_paused_by_the_name_that_its_folder_declares_refuses_uploads(scene: Scene) -> None:
    (scene.folder / "inbox" / "wire").mkdir(parents=True)
    (scene.folder / "inbox" / "wire" / "_source.yml").write_text("source: The Kestrel\n")
    order = PauseOrder(kind=PauseKind.SOURCE, name="The Kestrel", by="Anna")
    pause(order, scene.desk.store.pauses, now=scene.clock.now())

    with pytest.raises(UploadRefusedError, match="The Kestrel is paused by Anna") as caught:
        scene.send()

    assert caught.value.refusal is Refusal.PAUSED
    assert (scene.deliveries(), scene.staged()) == ([], [])


def test_a_watcher_that_has_stopped_the_intake_stops_uploads(scene: Scene) -> None:
    now = scene.clock.now()
    scene.desk.store.presence.beat(
        Heartbeat(
            part=Part.WATCHER, name="w", host="h", pid=1, started_at=now, beat_at=now, details={"paused": "queue full"}
        )
    )

    with pytest.raises(UploadRefusedError, match="the intake is paused: queue full"):
        scene.send()


def test_a_disk_that_would_be_full_refuses_the_upload_before_it_arrives(scene: Scene) -> None:
    scene.desk = replace(scene.desk, least_free_bytes=1 << 60)

    with pytest.raises(UploadRefusedError, match="COPYTASTER_DISK_FREE_BYTES") as caught:
        KeyedUpload(scene.desk, None).begin("wire", size=1)

    assert caught.value.refusal is Refusal.DISK_FULL


def test_the_same_request_with_the_same_key_delivers_once_and_gets_the_first_answer(scene: Scene) -> None:
    first = scene.send(key="k")
    scene.clock.advance(seconds=5)
    pause(PauseOrder(kind=PauseKind.INTAKE), scene.desk.store.pauses, now=scene.clock.now())
    again = scene.send(key="k")

    assert again == first
    assert len(scene.deliveries()) == 1


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"Another story.", {}),
        (b"A story.", {"name": "other.txt"}),
        (b"A story.", {"metadata": Metadata(title="Another title")}),
    ],
)
def test_another_request_with_the_same_key_is_refused(scene: Scene, content: bytes, fields: dict[str, Any]) -> None:
    scene.send(key="k")

    with pytest.raises(OtherUploadError):
        scene.send(content, replace(STORY, **fields), key="k")

    assert len(scene.deliveries()) == 1


def test_requests_without_a_key_or_with_other_keys_are_different_uploads(scene: Scene) -> None:
    for key in (None, None, "one", "two"):
        scene.send(key=key)

    assert len(scene.deliveries()) == 4


def test_a_second_request_is_refused_while_the_first_runs(scene: Scene) -> None:
    first = KeyedUpload(scene.desk, "k")
    first.begin("wire", size=1)

    with pytest.raises(UploadRunningError):
        scene.send(key="k")
    first.give_up()

    assert scene.send(key="k").path == "wire/story.txt"


def test_a_request_keeps_its_key_while_bytes_arrive(scene: Scene) -> None:
    first = KeyedUpload(scene.desk, "k")
    first.begin("wire", size=1)
    for _ in range(10):
        scene.clock.advance(seconds=LEASE.total_seconds() / 3)
        first.keep()

    with pytest.raises(UploadRunningError):
        scene.send(key="k")


def test_a_request_that_has_lost_its_key_delivers_nothing(scene: Scene) -> None:
    first = KeyedUpload(scene.desk, "k")
    first.begin("wire", size=1)
    scene.clock.advance(seconds=LEASE.total_seconds())
    delivered = scene.send(key="k")

    with pytest.raises(UploadRunningError):
        first.keep()

    assert [each.id for each in scene.deliveries()] == [delivered.id]


def test_after_a_crash_before_the_answer_the_next_request_finds_the_delivery(scene: Scene) -> None:
    crashed = KeyedUpload(scene.desk, "k")
    crashed.begin("wire", size=8)
    with scene.desk.receive(name="story.txt") as incoming:
        incoming.write(b"A story.")
        scene.desk.store.idempotency.keep(
            "k", owner=crashed._owner, lease=LEASE, fingerprint=incoming.fingerprint(STORY)
        )
        delivered = scene.desk.deliver(incoming, STORY, crashed.delivery_id, by="api")
    scene.clock.advance(seconds=LEASE.total_seconds())

    again = scene.send(key="k")

    assert again.id == delivered.id
    assert len(scene.deliveries()) == 1


def test_after_a_crash_before_the_delivery_the_next_request_delivers_under_the_same_id(scene: Scene) -> None:
    crashed = KeyedUpload(scene.desk, "k")
    crashed.begin("wire", size=8)
    scene.clock.advance(seconds=LEASE.total_seconds())

    assert scene.send(key="k").id == crashed.delivery_id


def test_a_file_that_was_claimed_before_a_crash_is_not_delivered_twice(scene: Scene) -> None:
    upload = KeyedUpload(scene.desk, None)
    claims = scene.deposit().claims
    claims.write_in(io.BytesIO(b"A story."), "wire/story.txt", upload.delivery_id)

    with scene.desk.receive(name="story.txt") as incoming:
        incoming.write(b"A story.")
        with pytest.raises(TransientError, match="is being taken in"):
            upload.deliver(incoming, STORY, by="api")
    claims.close()

    assert scene.deliveries() == []


def test_a_delivery_of_the_same_id_is_returned(scene: Scene) -> None:
    known = scene.send()

    with scene.desk.receive(name="story.txt") as incoming:
        incoming.write(b"A story.")
        again = scene.desk.deliver(incoming, STORY, known.id, by="api")
        other = scene.desk.deliver(incoming, STORY, DeliveryId(delivery_id(7)), by="api")

    assert again.id == known.id
    assert other.id == delivery_id(7)


def test_a_key_is_forgotten_after_a_day(scene: Scene) -> None:
    first = scene.send(key="k")
    scene.clock.advance(seconds=timedelta(hours=24).total_seconds())

    assert scene.send(key="k").id != first.id
