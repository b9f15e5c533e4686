"""WARC, the form in which crawlers keep pages: each response that may be an article is a member."""

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
"""Media types that may be an article; scripts, pictures and feeds of a crawl are not even looked at."""

_WANTED = WarcRecordType.response | WarcRecordType.resource


class WarcParser:
    """Reads WARC files, compressed record by record or not at all."""

    format = "warc"

    def score(self, original: Original) -> float:
        """Return .97 for the signature: more than gzip, inside which it may lie."""
        head = original.head
        if head.startswith(b"\x1f\x8b"):
            head = _first_bytes(head)
        return 0.97 if head.startswith(_MARK) else 0.0

    def parse(self, original: Original) -> Iterator[Member | BadItem]:
        """Yield the responses in the file's order; what is no article by its media type is passed over."""
        most = original.limits.file_bytes
        try:
            # Through a stream of ours fastwarc reads 1.6 MB at a time, whatever the file's size.
            for record in ArchiveIterator(original.open(), record_types=_WANTED, auto_decode="all"):
                if _is_article(record):
                    yield _item(record, original, most)
        except OSError as error:
            raise PermanentError(
                Reason.PARSE_FAILED, f"{original.name} is damaged: {error}. Ask the crawler's operators for it again."
            ) from error


def _is_article(record: WarcRecord) -> bool:
    http = record.http_headers
    answered = http.status_code if http else HTTPStatus.OK
    return answered == HTTPStatus.OK and _media_type(record) in _ARTICLES


def _media_type(record: WarcRecord) -> str:
    told = record.http_content_type or (record.headers.get("Content-Type") or "")
    return str(told).split(";")[0].strip().lower()


def _item(record: WarcRecord, original: Original, most: int) -> Member | BadItem:
    url = record.headers.get("WARC-Target-URI") or "a record without an address"
    hints = Hints(url=url, content_type=_media_type(record), charset=record.http_charset, date=_date(record))

    def read() -> Original:
        # One byte more than allowed, so that the limit speaks rather than a page that was cut.
        return original.member(url, record.reader.read(most + 1), hints)

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
