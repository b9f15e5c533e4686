from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from copytaster.model.article import ArticleStatus
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.containers import tar_archive
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import START, ParsingReader, Position, Reading

NOW = datetime(2026, 6, 1, tzinfo=UTC)
Members = Sequence[tuple[str, bytes]]

STORY = b"Ferry returns to Skerry Bay\n\nThe ferry came back on Monday after two weeks in dock.\n"
OTHER = b"Harbour wall holds\n\nThe wall held through the night, the port's master said.\n"
WITHHELD = b'{"status": "withheld"}'


def zipped(members: Members) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: Members) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def compressed(members: Members) -> bytes:
    return gzip.compress(tarred(members))


def read(content: bytes, name: str, *, after: Position = START) -> list[Reading]:
    return list(ParsingReader(default_parsers()).read(Original(content=content, name=name, now=NOW), after=after))


def statuses(readings: Sequence[Reading]) -> dict[str, ArticleStatus | None]:
    return {
        each.locator: each.metadata.status if each.metadata else None
        for each in readings
        if isinstance(each.item, Draft)
    }


def faults(readings: Sequence[Reading]) -> dict[str, tuple[Reason, str]]:
    return {each.locator: (each.item.reason, each.item.message) for each in readings if isinstance(each.item, BadItem)}


@pytest.fixture(params=[(zipped, "day.zip"), (tarred, "day.tar"), (compressed, "day.tar.gz")], ids=lambda each: each[1])
def pack(request: pytest.FixtureRequest) -> tuple[Callable[[Members], bytes], str]:
    kind: tuple[Callable[[Members], bytes], str] = request.param
    return kind


@pytest.mark.parametrize("sidecar", ["a/story.txt.meta.json", "a/story.txt.META.JSON", "a/STORY.TXT.META.JSON"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_sidecar_in_an_archive_is_about_its_neighbour_wherever_it_comes(
    pack: tuple[Callable[[Members], bytes], str], sidecar: str, *, is_first: bool
) -> None:
    packed, name = pack
    members = [("a/story.txt", STORY), ("b/story.txt", OTHER)]
    members.insert(0 if is_first else 2, (sidecar, WITHHELD))

    readings = read(packed(members), name)

    found = {locator.rpartition(" / ")[2]: status for locator, status in statuses(readings).items()}
    assert found == {"a/story.txt": ArticleStatus.WITHHELD, "b/story.txt": None}
    assert not faults(readings)


def test_a_slice_goes_on_behind_the_item_at_which_the_last_one_ended_with_the_same_metadata() -> None:
    content = zipped([("1.txt.meta.json", WITHHELD), ("1.txt", STORY), ("2.txt", OTHER), ("2.txt.meta.json", WITHHELD)])
    whole = read(content, "day.zip")

    assert [read(content, "day.zip", after=each.position) for each in whole] == [whole[1:], []]
    assert [each.position for each in whole] == [(1, 0), (2, 0)]


@pytest.mark.parametrize(
    ("members", "reason", "fault"),
    [
        (
            [("story.txt.meta.json", b"{"), ("story.txt", STORY)],
            Reason.BAD_SIDECAR,
            "day.zip!story.txt.meta.json cannot",
        ),
        ([("story.txt.meta.json", b'{"a": 1}'), ("story.txt", STORY)], Reason.BAD_SIDECAR, "there is no field 'a'"),
        (
            [("story.txt.meta.json", WITHHELD), ("story.txt.META.JSON", b"{}"), ("story.txt", STORY)],
            Reason.BAD_SIDECAR,
            "it has several sidecars, story.txt.meta.json, story.txt.META.JSON",
        ),
        (
            [("STORY.TXT.meta.json", WITHHELD), ("story.txt", STORY), ("Story.txt", STORY)],
            Reason.BAD_SIDECAR,
            "STORY.TXT.meta.json may be its sidecar or that of another file",
        ),
        (
            [("_source.yml", b"status: withheld\n"), ("a/story.txt", STORY)],
            Reason.BAD_SIDECAR,
            "day.zip!_source.yml is not read: a _source.yml is only applied in the inbox",
        ),
        (
            [("a/story.txt", STORY), ("a/_SOURCE.YML", b"status: withheld\n")],
            Reason.BAD_SIDECAR,
            "a _source.yml is only applied in the inbox",
        ),
    ],
    ids=["no-json", "no-field", "two-sidecars", "two-files", "source-file", "source-file-in-capitals"],
)
def test_a_member_whose_metadata_is_not_known_is_not_read(members: Members, reason: Reason, fault: str) -> None:
    readings = read(zipped(members), "day.zip")

    assert not statuses(readings)
    assert {found for found, _ in faults(readings).values()} == {reason}
    assert fault in next(message for _, message in faults(readings).values())


def test_a_source_file_in_an_archive_concerns_its_folder_alone() -> None:
    content = zipped([("a/_source.yml", b"language: fr\n"), ("a/b/story.txt", STORY), ("other.txt", OTHER)])

    readings = read(content, "day.zip")

    assert statuses(readings) == {"other.txt": None}
    assert set(faults(readings)) == {"a/_source.yml", "a/b/story.txt"}


@pytest.mark.parametrize("name", ["story.txt.meta.json", "STORY.TXT.META.JSON"])
def test_a_sidecar_without_its_file_is_no_article(name: str) -> None:
    readings = read(zipped([(name, b'{"title": "Ferry"}'), ("other.txt", OTHER)]), "day.zip")

    assert statuses(readings) == {"other.txt": None}
    reason, message = faults(readings)[name]
    assert reason is Reason.ORPHAN_SIDECAR
    assert f"its file {name[:9]} is not in the archive" in message


def test_a_compressed_sidecar_is_no_article() -> None:
    readings = read(gzip.compress(b'{"title": "Ferry"}'), "story.txt.meta.json.gz")

    assert [reason for reason, _ in faults(readings).values()] == [Reason.ORPHAN_SIDECAR]


def test_only_what_can_hold_for_all_items_of_a_member_is_taken_from_its_sidecar() -> None:
    items = [{"headline": f"Ferry {number}", "body": f"Ferry {number} came back on Monday."} for number in range(3)]
    said = b'{"guid": "urn:1", "status": "withheld"}'
    members = [("day.json", json.dumps(items).encode()), ("day.json.meta.json", said)]

    for after in (START, (0, 0)):
        found = [each.metadata for each in read(zipped(members), "day.zip", after=after)]

        assert {(each.guid, each.status) for each in found if each} == {(None, ArticleStatus.WITHHELD)}


def test_the_sidecar_of_an_archive_in_an_archive_holds_for_its_members_unless_their_own_is_less_strict() -> None:
    inner = zipped([("story.txt", STORY), ("story.txt.meta.json", b'{"status": "usable", "language": "en"}')])
    said = b'{"status": "withheld", "language": "fr"}'

    (reading,) = read(zipped([("in.zip", inner), ("in.zip.meta.json", said)]), "day.zip")

    assert reading.metadata
    assert (reading.metadata.status, reading.metadata.language) == (ArticleStatus.WITHHELD, "en")


def test_a_file_of_a_damaged_archive_whose_sidecar_may_be_lost_is_not_read() -> None:
    content = tarred([("1.txt", STORY), ("1.txt.meta.json", WITHHELD), ("2.txt", OTHER), ("2.txt.meta.json", WITHHELD)])
    damaged = bytearray(content)
    damaged[6 * 512 : 6 * 512 + 10] = b"\xff" * 10

    readings = read(bytes(damaged), "day.tar")

    assert statuses(readings) == {"1.txt": ArticleStatus.WITHHELD}
    assert faults(readings)["2.txt"][0] is Reason.BAD_SIDECAR


def test_a_sidecar_attached_to_a_mail_does_not_release_what_the_mail_withholds() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "press@skerry.example", "EMBARGOED: ferry", "<1@skerry.example>"
    mail.set_content("The release about the ferry is attached.\n")
    mail.add_attachment(STORY.decode(), filename="story.txt")
    mail.add_attachment(
        b'{"status": "usable", "language": "en"}', "application", "json", filename="story.txt.meta.json"
    )
    reader = ParsingReader(default_parsers(mail_attachments=True))

    found = list(reader.read(Original(content=mail.as_bytes(), name="1.eml", now=NOW)))

    attached = next(each for each in found if each.locator == "story.txt")
    assert attached.metadata
    assert (attached.metadata.status, attached.metadata.language) == (ArticleStatus.WITHHELD, "en")


def test_a_compressed_archive_is_searched_for_sidecars_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_archive, "LOOK_AHEAD", 4 * 512)
    content = [("1.txt", STORY), ("1.txt.meta.json", WITHHELD), ("2.txt", OTHER), ("2.txt.meta.json", WITHHELD)]

    readings = read(compressed(content), "day.tar.gz")

    assert list(statuses(readings)) == ["day.tar / 1.txt"]
    assert {name.rpartition(" / ")[2]: reason for name, (reason, _) in faults(readings).items()} == {
        "2.txt": Reason.BAD_SIDECAR,
        "2.txt.meta.json": Reason.BAD_SIDECAR,
    }
