from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import stat
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import ParsingReader, Position, Reading

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STORY = "Ferry returns to Skerry Bay\n\nThe ferry came back on Monday after two weeks in dock.\n"
OTHER = "Harbour wall holds\n\nThe wall held through the night, the port's master said.\n"


def read(content: bytes, name: str, *, after: Position = (), **limits: Any) -> list[Reading]:
    frame = Frame(limits=Limits(**limits))
    return list(
        ParsingReader(default_parsers()).read(Original(content=content, name=name, now=NOW, frame=frame), after=after)
    )


def titles(readings: list[Reading]) -> list[str]:
    return [each.item.title for each in readings if isinstance(each.item, Draft)]


def reasons(readings: list[Reading]) -> list[Reason]:
    return [each.item.reason for each in readings if isinstance(each.item, BadItem)]


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def warc_record(url: str, body: bytes, *, status: str = "200 OK", media: str = "text/html; charset=utf-8") -> bytes:
    http = f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-05-01T10:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{abs(hash(url)) % 10**12:012d}>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def page(title: str) -> bytes:
    text = " ".join(["The council met on Tuesday and agreed upon the plan for the old quay."] * 6)
    body = f"<article><h1>{title}</h1><p>{text}</p></article>"
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("pack", "name"),
    [(gzip.compress, "story.txt.gz"), (bz2.compress, "story.txt.bz2"), (lzma.compress, "story.txt.xz")],
)
def test_a_compressed_file_is_read_as_what_lies_inside(pack: Callable[[bytes], bytes], name: str) -> None:
    readings = read(pack(STORY.encode()), name)

    assert titles(readings) == ["Ferry returns to Skerry Bay"]
    assert readings[0].locator == "story.txt"


class CountingFile(io.BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.count += len(piece)
        return piece


def long_stories(number: int) -> dict[str, bytes]:
    letters = random.Random(1)
    words = [" ".join(letters.randbytes(4).hex() for _ in range(40_000)) for _ in range(number)]
    return {f"{at}.txt": f"Ferry {at} returns\n\n{each}.\n".encode() for at, each in enumerate(words)}


@pytest.mark.parametrize("file_bytes", [50_000_000, 500_000], ids=["archive-in-memory", "archive-as-stream"])
def test_a_compressed_archive_is_unpacked_few_times_however_large_its_files_are(file_bytes: int) -> None:
    file = CountingFile(gzip.compress(tarred(long_stories(6)), 1))
    original = Original(file=file, name="day.tar.gz", now=NOW, frame=Frame(limits=Limits(file_bytes=file_bytes)))

    readings = list(ParsingReader(default_parsers()).read(original))

    assert len(titles(readings)) == 6
    assert file.count < 5 * len(file.getvalue())


def test_the_files_in_front_of_damage_in_a_compressed_archive_are_read() -> None:
    content = gzip.compress(tarred(long_stories(4)), 1)

    readings = read(content[: len(content) * 3 // 4], "day.tar.gz")

    assert titles(readings) == ["Ferry 0 returns", "Ferry 1 returns"]
    assert set(reasons(readings)) == {Reason.PARSE_FAILED}


@pytest.mark.parametrize(("pack", "name"), [(zipped, "day.zip"), (tarred, "day.tar")])
def test_each_file_of_an_archive_is_an_item_in_its_order(pack: Callable[[dict[str, bytes]], bytes], name: str) -> None:
    content = pack({"b/ferry.txt": STORY.encode(), "__MACOSX/b/._ferry.txt": b"\x00\x05", "a/wall.txt": OTHER.encode()})

    readings = read(content, name)

    assert titles(readings) == ["Ferry returns to Skerry Bay", "Harbour wall holds"]
    assert [each.locator for each in readings] == ["b/ferry.txt", "a/wall.txt"]


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_a_folder_in_a_zip_archive_is_no_item(separator: str) -> None:
    members = {f"day{separator}": b"", f"day{separator}ferry.txt": STORY.encode()}

    assert [type(each.item) for each in read(zipped(members), "day.zip")] == [Draft]


def test_one_bad_member_does_not_spoil_the_rest() -> None:
    readings = read(
        zipped({"a.txt": STORY.encode(), "b.png": b"\x89PNG\r\n\x1a\nxx", "c.txt": OTHER.encode()}), "day.zip"
    )

    assert titles(readings) == ["Ferry returns to Skerry Bay", "Harbour wall holds"]
    assert reasons(readings) == [Reason.UNSUPPORTED_FORMAT]


def test_reading_goes_on_after_any_position_through_nested_archives() -> None:
    inner = gzip.compress(tarred({"1.txt": STORY.encode(), "2.txt": OTHER.encode()}))
    content = zipped({"first.txt": OTHER.encode(), "inner.tgz": inner, "last.txt": STORY.encode()})
    everything = read(content, "day.zip")

    rests = [read(content, "day.zip", after=each.position) for each in everything]

    assert len(everything) == 4
    assert [[each.position for each in rest] for rest in rests] == [
        [each.position for each in everything[number + 1 :]] for number in range(4)
    ]


def test_an_archive_that_unpacks_to_much_more_than_it_weighs_is_left_at_that() -> None:
    readings = read(zipped({"bomb.txt": b"a" * 30_000_000, "story.txt": STORY.encode()}), "day.zip")

    assert reasons(readings) == [Reason.ARCHIVE_BOMB]
    assert titles(readings) == ["Ferry returns to Skerry Bay"]


def test_what_comes_out_of_one_file_is_bounded_however_it_is_nested() -> None:
    noise = {f"{number}.txt": (STORY * 400).encode() for number in range(40)}

    readings = read(zipped(noise), "day.zip", container_bytes=200_000, file_bytes=100_000)

    assert len(titles(readings)) == 5
    assert set(reasons(readings)) == {Reason.ARCHIVE_BOMB}


def test_containers_in_containers_end_at_the_limit() -> None:
    content = STORY.encode()
    for _ in range(8):
        content = gzip.compress(content)

    assert reasons(read(content, "story.gz")) == [Reason.TOO_DEEP]


def test_a_member_with_a_password_is_refused_as_such() -> None:
    content = bytearray(zipped({"a.txt": STORY.encode()}))
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert reasons(read(bytes(content), "day.zip")) == [Reason.ENCRYPTED]


def test_a_member_that_is_packed_in_another_way_is_refused_as_such_and_not_as_damaged() -> None:
    content = bytearray(zipped({"a.txt": STORY.encode(), "b.txt": OTHER.encode()}))
    content[content.index(b"PK\x03\x04") + 8] = content[content.index(b"PK\x01\x02") + 10] = 9  # Deflate64

    refused, other = read(bytes(content), "day.zip")

    assert isinstance(refused.item, BadItem)
    assert (refused.item.reason, refused.item.refused) == (Reason.UNSUPPORTED_FORMAT, True)
    assert refused.item.message.startswith("day.zip!a.txt is packed in a way that is not read")
    assert titles([other]) == ["Harbour wall holds"]


def test_no_name_of_a_member_is_a_path_to_anywhere() -> None:
    readings = read(zipped({"../../etc/story.txt": STORY.encode()}), "day.zip")

    assert titles(readings) == ["Ferry returns to Skerry Bay"]


def test_links_in_a_tar_archive_are_not_followed() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo("story.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)

    assert reasons(read(file.getvalue(), "day.tar")) == [Reason.NOT_A_FILE]


@pytest.mark.parametrize(
    ("kind", "system", "found"),
    [
        (stat.S_IFLNK, 3, [Reason.NOT_A_FILE]),
        (stat.S_IFIFO, 3, [Reason.NOT_A_FILE]),
        (stat.S_IFREG, 3, []),
        (0, 3, []),
        (stat.S_IFLNK, 0, []),
    ],
    ids=["link", "pipe", "file", "no-kind", "not-of-unix"],
)
def test_links_in_a_zip_archive_are_not_followed_and_their_targets_are_no_texts(
    kind: int, system: int, found: list[Reason]
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("wall.txt", OTHER)
        entry = zipfile.ZipInfo("latest.txt")
        entry.create_system, entry.external_attr = system, (kind | 0o644) << 16
        archive.writestr(entry, "2026/The council voted on Monday.txt")

    assert reasons(read(file.getvalue(), "day.zip")) == found


@pytest.mark.parametrize("name", ["day.zip", "day.tar", "story.gz"])
def test_a_damaged_container_is_a_permanent_error_or_a_bad_item(name: str) -> None:
    made = {
        "day.zip": zipped({"a.txt": STORY.encode() * 50}),
        "day.tar": tarred({"a.txt": STORY.encode() * 50}),
        "story.gz": gzip.compress(STORY.encode() * 50),
    }[name]

    for cut in range(30, len(made), 37):
        try:
            readings = read(made[:cut], name)
        except PermanentError:
            continue
        assert readings


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (("mimetype", "story.txt"), "book.epub"),
        (("META-INF/manifest.xml", "mimetype", "story.txt"), "story.odt"),
        (("_rels/.rels", "xl/story.txt", "[Content_Types].xml"), "budget.xlsx"),
    ],
)
def test_a_document_that_is_a_zip_archive_is_not_taken_apart_whatever_its_order(
    names: tuple[str, ...], name: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        read(zipped(dict.fromkeys(names, STORY.encode())), name)

    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT


def test_a_zip_archive_of_documents_is_none() -> None:
    book = zipped({"mimetype": b"application/epub+zip", "story.txt": OTHER.encode()})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/story.txt", STORY)
        archive.writestr("book.epub", book)

    readings = read(file.getvalue(), "day.zip")

    assert titles(readings) == ["Ferry returns to Skerry Bay"]
    assert reasons(readings) == [Reason.UNSUPPORTED_FORMAT]


@pytest.mark.parametrize("pack", [b"".join, lambda records: b"".join(map(gzip.compress, records))])
def test_each_page_of_a_crawl_is_an_item(pack: Callable[[list[bytes]], bytes]) -> None:
    records = [
        warc_record("https://example.org/one", page("Council agrees upon the quay")),
        warc_record("https://example.org/logo", b"\x89PNG", media="image/png"),
        warc_record("https://example.org/gone", page("Not found"), status="404 Not Found"),
        warc_record("https://example.org/two", page("Quay to be rebuilt")),
    ]

    readings = read(pack(records), "crawl.warc.gz")

    assert titles(readings) == ["Council agrees upon the quay", "Quay to be rebuilt"]
    assert [each.locator for each in readings] == ["https://example.org/one", "https://example.org/two"]


def test_a_container_without_articles_is_refused() -> None:
    with pytest.raises(PermanentError) as caught:
        read(zipped({}), "day.zip")

    assert caught.value.reason is Reason.NO_TEXT


def test_a_page_out_of_a_crawl_has_the_address_it_was_fetched_from() -> None:
    content = warc_record("https://example.org/one", page("Council agrees upon the quay"))

    [reading] = read(content, "crawl.warc")

    assert isinstance(reading.item, Draft)
    assert reading.item.url == "https://example.org/one"
