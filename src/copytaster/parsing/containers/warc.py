"""WARC, the format of web crawlers: each response that may be an article is a member."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.original import Hints, Original
from copytaster.parsing.parser import BadItem, Member

_MARK = b"WARC/1."

_ARTICLES = ("text/html", "application/xhtml+xml", "text/plain", "application/pdf", "message/rfc822")
"""Media types that may be an article; scripts, pictures and feeds of a crawl are skipped."""

_RECORD_TYPES = WarcRecordType.response | WarcRecordType.resource


class WarcParser:
    """Parses WARC files, uncompressed or compressed record by record."""

    format = "warc"

    def score(self, original: Original) -> float:
        """Return .97 for the signature: more than gzip, in which a WARC file may be compressed."""
        head = original.head
        if head.startswith(b"\x1f\x8b"):
            head = _first_bytes(head)
        return 0.97 if head.startswith(_MARK) else 0.0

    def parse(self, original: Original) -> Iterator[Member | BadItem]:
        """Yield the responses in the file's order; those whose media type is not an article's are skipped."""
        limit = original.limits.file_bytes
        try:
            # From a Python stream fastwarc reads 1.6 MB at a time, for a file of any size.
            for record in ArchiveIterator(original.open(), record_types=_RECORD_TYPES, auto_decode="all"):
                if _is_article(record):
                    yield _item(record, original, limit)
        except OSError as error:
            raise PermanentError(
                Reason.PARSE_FAILED, f"{original.name} is damaged: {error}. Ask the crawler's operators for it again."
            ) from error


def _is_article(record: WarcRecord) -> bool:
    http = record.http_headers
    status = http.status_code if http else HTTPStatus.OK
    return status == HTTPStatus.OK and _media_type(record) in _ARTICLES


def _media_type(record: WarcRecord) -> str:
    content_type = record.http_content_type or (record.headers.get("Content-Type") or "")
    return str(content_type).split(";")[0].strip().lower()


def _item(record: WarcRecord, original: Original, limit: int) -> Member | BadItem:
    url = record.headers.get("WARC-Target-URI") or "a record without an address"
    hints = Hints(url=url, content_type=_media_type(record), charset=record.http_charset, date=_date(record))

    def read() -> Original:
        # One byte more than the limit, so that a larger page is refused instead of cut.
        return original.member(url, record.reader.read(limit + 1), hints)

    return Member(url, read)


def _date(record: WarcRecord) -> datetime | None:
    try:
        return datetime.fromisoformat(record.headers.get("WARC-Date") or "")
    except ValueError:
        return None


def _first_bytes(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(head, len(_MARK))
    except (zlib.error, gzip.BadGzipFile):
        return b""
