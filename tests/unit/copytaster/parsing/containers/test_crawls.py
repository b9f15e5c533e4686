"""Crawls whose records do not have the form that their headers state, and archives with damaged entries."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from fastwarc.stream_io import BrotliWriter, ZstdWriter

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.containers.http_body import decoded_body
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import ParsingReader, Reading

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HTML = "text/html; charset=utf-8"
LIMIT = 1_000_000


def page(title: str) -> bytes:
    text = " ".join([f"The lock keeper of {title} opened the gates before the flood came down the valley."] * 5)
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>".encode()


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The fields of a record that differ from those of a valid page."""

    headers: str = ""
    status: str = "HTTP/1.1 200 OK"
    media: str | None = HTML
    uri: str | None = None
    length: int | None = None
    version: str = "WARC/1.0"
    truncated: str | None = None


def record(number: int, body: bytes | None = None, **fields: Any) -> bytes:
    made = Fields(**fields)
    typed = f"Content-Type: {made.media}\r\n" if made.media else ""
    http = f"{made.status}\r\n{typed}{made.headers}\r\n".encode() + (page(f"Lock {number}") if body is None else body)
    uri = made.uri or f"https://canal.example/{number}"
    mark = f"\r\nWARC-Truncated: {made.truncated}" if made.truncated else ""
    first_line = f"{made.version}{mark}".encode()
    return envelope(http, uri, "response", length=made.length).replace(b"WARC/1.0", first_line, 1)


def envelope(
    block: bytes,
    uri: str,
    kind: str,
    *,
    media: str = "application/http; msgtype=response",
    length: int | None = None,
) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2026-05-01T10:00:00Z\r\n"
        f"Content-Type: {media}\r\nContent-Length: {len(block) if length is None else length}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def read(content: bytes, name: str = "crawl.warc") -> list[Reading]:
    return list(ParsingReader(default_parsers()).read(Original(content=content, name=name, now=NOW)))


def titles(readings: list[Reading]) -> list[str]:
    return [each.item.title for each in readings if isinstance(each.item, Draft)]


def bad_items(readings: list[Reading]) -> list[BadItem]:
    return [each.item for each in readings if isinstance(each.item, BadItem)]


def chunked(body: bytes, size: int = 100, extension: str = "") -> bytes:
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(f"{len(each):X}{extension}\r\n".encode() + each + b"\r\n" for each in chunks) + b"0\r\n\r\n"


def deflated(body: bytes, window: int = zlib.MAX_WBITS) -> bytes:
    stream = zlib.compressobj(wbits=window)
    return stream.compress(body) + stream.flush()


def written(writer: type[BrotliWriter | ZstdWriter], body: bytes) -> bytes:
    file = io.BytesIO()
    stream = writer(file)
    stream.write(body)
    stream.close()
    return file.getvalue()


BODY = page("Lock 2")
CODED = {
    "chunked": (chunked(BODY), "Transfer-Encoding: chunked\r\n"),
    "chunked with extensions": (chunked(BODY, extension=";name=value"), "Transfer-Encoding: chunked\r\n"),
    "chunked, truncated": (chunked(BODY)[:-60], "Transfer-Encoding: chunked\r\n"),
    "chunked, but plain": (BODY, "Transfer-Encoding: chunked\r\n"),
    "chunked, but gzip": (gzip.compress(BODY), "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"),
    "chunked gzip": (chunked(gzip.compress(BODY)), "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"),
    "gzip as transfer coding": (chunked(gzip.compress(BODY)), "Transfer-Encoding: gzip, chunked\r\n"),
    "gzip": (gzip.compress(BODY), "Content-Encoding: GZIP\r\n"),
    "gzip, but plain": (BODY, "Content-Encoding: gzip\r\n"),
    "gzip, truncated": (gzip.compress(BODY * 40)[:-30], "Content-Encoding: gzip\r\n"),
    "gzip, but zlib": (deflated(BODY), "Content-Encoding: gzip\r\n"),
    "gzip in two members": (gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]), "Content-Encoding: gzip\r\n"),
    "x-gzip": (gzip.compress(BODY), "Content-Encoding: x-gzip\r\n"),
    "x-gzip, but plain": (BODY, "Transfer-Encoding: x-gzip\r\n"),
    "none": (BODY, "Content-Encoding: none\r\nTransfer-Encoding: none\r\n"),
    "identity": (BODY, "Content-Encoding: identity\r\n"),
    "an unknown coding": (BODY, "Content-Encoding: utf-8\r\nTransfer-Encoding: \xe9\r\n"),
    "deflate": (deflated(BODY), "Content-Encoding: deflate\r\n"),
    "raw deflate": (deflated(BODY, -zlib.MAX_WBITS), "Content-Encoding: deflate\r\n"),
    "deflate, but plain": (BODY, "Content-Encoding: deflate\r\n"),
    "brotli": (written(BrotliWriter, BODY), "Content-Encoding: br\r\n"),
    "brotli, but plain": (BODY, "Content-Encoding: br\r\n"),
    "zstd": (written(ZstdWriter, BODY), "Content-Encoding: zstd\r\n"),
    "zstd, but plain": (BODY, "Content-Encoding: zstd\r\n"),
    "two codings": (gzip.compress(written(BrotliWriter, BODY)), "Content-Encoding: br, gzip\r\n"),
}


@pytest.mark.parametrize("name", CODED)
@pytest.mark.parametrize("compress", [False, True])
def test_a_page_is_read_as_its_bytes_are_coded_and_its_neighbours_are_stored(name: str, compress: bool) -> None:
    body, headers = CODED[name]
    records = [record(1), record(2, body, headers=headers), record(3)]

    readings = read(b"".join(map(gzip.compress, records) if compress else records))

    assert titles(readings) == ["Lock 1", "Lock 2", "Lock 3"]


@pytest.mark.parametrize("coding", ["Transfer-Encoding: chunked", "Content-Encoding: gzip", "Content-Encoding: br"])
@pytest.mark.parametrize(("media", "status"), [("image/png", "HTTP/1.1 200 OK"), (HTML, "HTTP/1.1 404 Not Found")])
def test_a_record_that_is_no_article_is_not_decoded(coding: str, media: str, status: str) -> None:
    other = record(2, b"\x89PNG\x00\x01 no such coding", headers=f"{coding}\r\n", media=media, status=status)

    readings = read(record(1) + other + record(3))

    assert titles(readings) == ["Lock 1", "Lock 3"]
    assert not bad_items(readings)


def test_a_body_that_unpacks_beyond_the_limit_is_cut_behind_it() -> None:
    bomb = gzip.compress(b"a" * 10_000_000)

    assert len(decoded_body(bomb, transfer="", content="gzip", limit=LIMIT)) == LIMIT + 1


@pytest.mark.parametrize(
    "status", ["HTTP/2 200", "HTTP/1.0 200", "http/1.1 200 ok", "HTTP/1.1 200 D\xe9j\xe0", "ICY 200 OK"]
)
def test_status_lines_of_all_versions_of_http_are_read(status: str) -> None:
    assert titles(read(record(1, status=status) + record(2))) == ["Lock 1", "Lock 2"]


def test_headers_that_end_in_line_feeds_alone_are_read() -> None:
    block = b"HTTP/1.1 200 OK\nContent-Type: text/html\n folded=yes\n\n" + page("Lock 1")

    assert titles(read(envelope(block, "https://canal.example/1", "response") + record(2))) == ["Lock 1", "Lock 2"]


def test_a_response_without_a_media_type_is_read_if_it_is_a_page() -> None:
    readings = read(record(1, media=None) + record(2, b"\x00\x01\x02 data", media=None) + record(3))

    assert titles(readings) == ["Lock 1", "Lock 3"]
    assert not bad_items(readings)


@pytest.mark.parametrize(
    "damaged",
    {
        "length too small": record(2, length=40),
        "length too large": record(2, length=900),
        "length beyond the file": record(2, length=10**12),
        "no length": record(2).replace(b"Content-Length: ", b"X-Length: "),
        "length is a word": record(2).replace(b"Content-Length: ", b"Content-Length: x"),
        "foreign bytes": b"no record\r\n" * 9,
        "zeros": b"\x00" * 3_000_000,
    }.items(),
    ids=lambda case: case[0],
)
def test_reading_continues_behind_a_damaged_record(damaged: tuple[str, bytes]) -> None:
    readings = read(record(1) + damaged[1] + record(3) + record(4))

    assert titles(readings)[0] == "Lock 1"
    assert titles(readings)[-2:] == ["Lock 3", "Lock 4"]
    assert any(each.reason is Reason.PARSE_FAILED for each in bad_items(readings))


@pytest.mark.parametrize("kind", ["flipped", "truncated", "foreign"])
def test_reading_continues_behind_a_damaged_compressed_record(kind: str) -> None:
    packed = gzip.compress(record(2))
    damaged = {"flipped": packed[:60] + b"\xff" * 20 + packed[80:], "truncated": packed[:70], "foreign": b"junk" * 50}

    readings = read(gzip.compress(record(1)) + damaged[kind] + gzip.compress(record(3)))

    assert titles(readings) == ["Lock 1", "Lock 3"]
    assert [each.reason for each in bad_items(readings)] == [Reason.PARSE_FAILED]


def test_a_crawl_of_damaged_bytes_alone_is_a_permanent_error() -> None:
    with pytest.raises(PermanentError) as caught:
        read(b"WARC/1.0\r\nWARC-Type: respo\x00" + b"\xff" * 500)

    assert caught.value.reason in {Reason.PARSE_FAILED, Reason.NO_TEXT}


@pytest.mark.parametrize("version", ["WARC/0.17", "WARC/0.18", "WARC/1.0", "WARC/1.1"])
def test_all_versions_of_the_format_are_read(version: str) -> None:
    assert titles(read(record(1, version=version) + record(2, version=version))) == ["Lock 1", "Lock 2"]


def test_the_brackets_around_addresses_are_removed() -> None:
    [reading] = read(record(1, uri="<https://canal.example/lock>"))

    assert isinstance(reading.item, Draft)
    assert reading.item.url == "https://canal.example/lock"
    assert reading.locator == "https://canal.example/lock"


@pytest.mark.parametrize(
    "uri",
    [
        "<metadata://gnu.org/software/wget/warc/wget.log>",
        "metadata://gnu.org/software/wget/warc/MANIFEST.txt",
        "dns:canal.example",
        "urn:pageinfo:https://canal.example/1",
        "urn:X-wpull:log",
        "urn:text:https://canal.example/1",
    ],
)
def test_logs_and_lookups_of_crawlers_are_no_articles(uri: str) -> None:
    log = envelope(b"A log of the crawler.\n\nIt has lines like an article.\n", uri, "resource", media="text/plain")

    assert titles(read(record(1) + log)) == ["Lock 1"]


def test_a_resource_is_read_as_it_is() -> None:
    resource = envelope(page("Lock 1"), "https://canal.example/1", "resource", media="text/html")

    assert titles(read(resource)) == ["Lock 1"]


@pytest.mark.parametrize(
    "path", ["robots.txt", "robots.txt?again", "ads.txt", "llms.txt", ".well-known/security.txt", ".well-known/change"]
)
def test_texts_of_a_site_for_programs_are_no_articles(path: str) -> None:
    rules = record(2, b"User-agent: *\nDisallow: /locks\n", uri=f"https://canal.example/{path}", media="text/plain")

    assert titles(read(record(1) + rules)) == ["Lock 1"]


def test_an_article_whose_address_ends_like_a_text_for_programs_is_read() -> None:
    assert titles(read(record(1, uri="https://canal.example/news/robots.txt"))) == ["Lock 1"]


@pytest.mark.parametrize("compress", [lambda content: content, gzip.compress])
@pytest.mark.parametrize("media", [HTML, None])
def test_a_page_whose_end_the_file_lacks_is_no_article(compress: Callable[[bytes], bytes], media: str | None) -> None:
    last = compress(record(2, media=media))

    readings = read(compress(record(1)) + last[: -len(last) // 4])

    assert titles(readings) == ["Lock 1"]
    assert [each.reason for each in bad_items(readings)] == [Reason.PARSE_FAILED]
    assert "before the end of this record" in bad_items(readings)[0].message


def test_a_crawl_that_lacks_only_its_last_empty_lines_is_read_whole() -> None:
    readings = read((record(1) + record(2)).rstrip())

    assert titles(readings) == ["Lock 1", "Lock 2"]
    assert not bad_items(readings)


@pytest.mark.parametrize("why", ["length", "time", "disconnect", "unspecified"])
@pytest.mark.parametrize("media", [HTML, None])
def test_a_page_that_the_crawler_has_cut_is_no_article_and_its_neighbours_are(why: str, media: str | None) -> None:
    cut = record(2, page("Lock 2")[:-60], media=media, truncated=why)

    readings = read(record(1) + cut + record(3))

    assert titles(readings) == ["Lock 1", "Lock 3"]
    assert [why in each.message for each in bad_items(readings)] == [True]


@pytest.mark.parametrize("coding", ["none", "gzip"])
def test_a_page_that_is_marked_as_cut_but_has_its_end_is_read(coding: str) -> None:
    body = gzip.compress(page("Lock 1")) if coding == "gzip" else page("Lock 1")

    readings = read(record(1, body, headers=f"Content-Encoding: {coding}\r\n", truncated="disconnect"))

    assert titles(readings) == ["Lock 1"]


STORY = "https://canal.example/2026/04/03/lock"


def draft_of(*, head: str = "", body: str = "") -> Draft:
    """Return the draft of a page with these elements that was fetched from ``STORY``."""
    content = page("Lock 1").replace(b"<head>", b"<head>" + head.encode()).replace(b"<p>", body.encode() + b"<p>", 1)
    [reading] = read(record(1, content, uri=STORY))
    assert isinstance(reading.item, Draft)
    return reading.item


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ("", STORY),
        ('<link rel="canonical" href="/news/1">', "https://canal.example/news/1"),
        ('<base href="/archive/"><link rel="canonical" href="1.html">', "https://canal.example/archive/1.html"),
        ('<base href="http://[no"><link rel="canonical" href="/news/1">', "https://canal.example/news/1"),
        ('<link rel="canonical" href="/">', STORY),
        ('<link rel="canonical" href="https://wire.example/1">', "https://wire.example/1"),
    ],
)
def test_relative_addresses_of_a_page_are_those_of_its_site(head: str, url: str) -> None:
    assert draft_of(head=head).url == url


def test_a_page_without_its_address_has_the_pictures_and_the_day_of_the_one_from_which_it_was_fetched() -> None:
    picture = '<figure><img src="/lock.jpg" width="800" height="600"><figcaption>The lock.</figcaption></figure>'

    draft = draft_of(body=picture)

    assert [each.url for each in draft.images] == ["https://canal.example/lock.jpg"]
    assert draft.published_at == datetime(2026, 4, 3, tzinfo=UTC)
    assert draft.provenance["url"].from_ == "container:address"


def web_archive(**crawls: bytes) -> bytes:
    """Return a web archive with these crawls, and with the other files that Browsertrix puts into one."""
    pages = (
        b'{"format": "json-pages-1.0", "id": "pages"}\n{"url": "https://canal.example/1", "text": "Home News Lock"}\n'
    )
    others = {
        "datapackage.json": b'{"wacz_version": "1.1.1", "title": "Locks", "description": "A crawl"}',
        "datapackage-digest.json": b'{"path": "datapackage.json", "hash": "sha256:0"}',
        "indexes/index.cdx.gz": gzip.compress(b'example,canal)/1 20260501100000 {"url": "https://canal.example/1"}\n'),
        "indexes/index.idx": b'!meta 0 {"format": "cdxj-gzip-1.0"}\n',
        "pages/pages.jsonl": pages,
        "pages/extraPages.jsonl": pages,
        "logs/crawl.log": b'{"message": "Crawl began", "context": "general"}\n',
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (others | crawls).items():
            archive.writestr(name, content)
    return file.getvalue()


def test_of_a_web_archive_only_the_crawls_are_read() -> None:
    crawls = {"archive/a.warc.gz": gzip.compress(record(1)) + gzip.compress(record(2)), "archive/b.warc": record(3)}

    readings = read(web_archive(**crawls), "locks.wacz")

    assert titles(readings) == ["Lock 1", "Lock 2", "Lock 3"]
    assert not bad_items(readings)


def test_of_a_collection_of_web_archives_each_one_is_read() -> None:
    inner = {f"{number}.wacz": web_archive(**{"archive/a.warc": record(number)}) for number in (1, 2)}

    readings = read(web_archive(**inner), "collection.wacz")

    assert titles(readings) == ["Lock 1", "Lock 2"]
    assert not bad_items(readings)


def test_a_zip_archive_with_a_description_of_data_but_no_crawl_is_read_whole() -> None:
    assert "Home News Lock" in titles(read(web_archive(), "data.zip"))


def test_a_crawl_does_not_close_its_file() -> None:
    file = io.BytesIO(record(1))

    list(ParsingReader(default_parsers()).read(Original(file=file, name="crawl.warc", now=NOW)))

    assert not file.closed


def tarred(count: int, form: int = tarfile.GNU_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for number in range(count):
            entry = tarfile.TarInfo(f"lock {number} {'x' * 120}.html")
            content = page(f"Lock {number}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def overwritten(content: bytes, at: int) -> bytes:
    """Return an archive in which the first header behind ``at`` is damaged."""
    file = io.BytesIO(content)
    with tarfile.open(fileobj=file) as archive:
        start = next(entry.offset for entry in archive if entry.offset >= at)
    return content[:start] + b"\xfe" * 300 + content[start + 300 :]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("at", [1, 3_000])
def test_reading_continues_behind_a_damaged_entry_of_a_tar_archive(form: int, at: int) -> None:
    readings = read(overwritten(tarred(5, form), at), "day.tar")

    assert titles(readings)[0] == "Lock 0"
    assert titles(readings)[-1] == "Lock 4"
    assert len(titles(readings)) >= 4
    assert [each.reason for each in bad_items(readings)] == [Reason.PARSE_FAILED]


def test_a_tar_archive_whose_first_entry_is_damaged_is_read() -> None:
    content = tarred(3)
    damaged = b"\xfe" * 50 + content[50:]

    readings = read(damaged, "day.tar")

    assert titles(readings)[-1] == "Lock 2"
    assert [each.reason for each in bad_items(readings)] == [Reason.PARSE_FAILED]


def test_an_intact_tar_archive_has_no_bad_items() -> None:
    joined = tarred(2) + tarred(1)

    assert not bad_items(read(joined, "day.tar"))
    assert titles(read(joined, "day.tar")) == ["Lock 0", "Lock 1", "Lock 0"]


@pytest.mark.parametrize(
    ("body", "decoded"),
    [
        (b"", b""),
        (b"12", b"12"),
        (b"beef\r\n is served at noon", b" is served at noon"),
        (b"ab\r\n", b"ab\r\n"),
        (b"5\r\nhel", b"hel"),
        (b"fffffff\r\n", b"fffffff\r\n"),
        (b"3\r\nYes and then no more chunks", b"3\r\nYes and then no more chunks"),
    ],
)
def test_a_body_that_is_hardly_chunked_is_not_lost(body: bytes, decoded: bytes) -> None:
    assert decoded_body(body, transfer="chunked", content="", limit=LIMIT) == decoded


@pytest.mark.parametrize("compress", [lambda content: content, gzip.compress])
def test_records_whose_headers_end_in_bare_line_feeds_are_read(compress: Callable[[bytes], bytes]) -> None:
    def bare(number: int) -> bytes:
        head, _, block = record(number).partition(b"\r\n\r\n")
        return head.replace(b"\r\n", b"\n") + b"\n\n" + block

    assert titles(read(b"".join(map(compress, (bare(1), record(2), bare(3)))))) == ["Lock 1", "Lock 2", "Lock 3"]
