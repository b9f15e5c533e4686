"""WARC, the format of web crawlers: each response that may be an article is a member."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from fastwarc.warc import WarcRecord, WarcRecordType

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.containers.http_body import decoded_body
from copytaster.parsing.containers.warc_records import Damage, is_start, records
from copytaster.parsing.dates import read_zoned
from copytaster.parsing.original import Hints, Original
from copytaster.parsing.parser import BadItem, Member
from copytaster.parsing.sniffing import html_likeness

_ARTICLES = ("text/html", "application/xhtml+xml", "text/plain", "application/pdf", "message/rfc822")
"""Media types that may be an article; scripts, pictures and feeds of a crawl are skipped."""

_NO_PAGES = re.compile(
    r"(?:metadata|dns|whois|screenshot|urn:(?:pageinfo|text|view|thumbnail|fullpage|embeds|x-wpull|wpull)):",
    re.IGNORECASE,
)
"""Addresses of logs, lookups and views that wget, Heritrix, wpull and Browsertrix store beside the pages."""

_FOR_PROGRAMS = re.compile(
    r"https?://[^/?#]*/(?:(?:robots|(?:app-)?ads|humans|security|llms(?:-full)?)\.txt|\.well-known/[^?#]*)(?:[?#]|\Z)",
    re.IGNORECASE,
)
"""Texts at fixed places of a site (RFC 9309, RFC 8615, IAB ads.txt), which are no articles; crawlers fetch them."""

_HTTP_HEAD_BYTES = 65_536
"""Bytes in which the headers of a response end; servers and browsers accept no longer ones."""

_STATUS = re.compile(rb"\s*(?:HTTP|ICY)\S*[ \t]+(\d{3})\b[^\n]*(?:\n|\Z)", re.IGNORECASE)
_HTTP_HEADER = re.compile(rb"([!#-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)(?:\n|\Z)")
_BLANK = re.compile(rb"[ \t\r]*\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE)

_END_OF_PAGE = re.compile(rb"</html\s*>", re.IGNORECASE)

_PAGE_LIKENESS = 0.6
"""Likeness to HTML from which on a response without a media type is read as a page."""


@dataclass(frozen=True, slots=True)
class _Response:
    """The part of a record in front of its body: the status and headers (names in lower case) of HTTP."""

    status: int = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    """The beginning of the body, which was read together with the headers."""
    read: int = 0
    """The bytes of the record that were read: those of the headers and of ``body``."""

    @property
    def media_type(self) -> str:
        return re.split(r"[;,\s]", self.headers.get("content-type", "").strip(), maxsplit=1)[0].lower()

    @property
    def charset(self) -> str | None:
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found.group(1) if found else None


@dataclass(frozen=True, slots=True)
class _Body:
    """A response's body without its codings, and how many bytes of the record its file lacks."""

    decoded: bytes
    missing: int


class WarcParser:
    """Parses WARC files of any version, uncompressed or compressed record by record."""

    format = "warc"

    def score(self, original: Original) -> float:
        """Return .97 for the signature: more than gzip, in which a WARC file may be compressed."""
        return 0.97 if is_start(original.head) else 0.0

    def parse(self, original: Original) -> Iterator[Member | BadItem]:
        """Yield the responses in the file's order; those whose media type is not an article's are skipped.

        Damaged records are bad items. Raises ``PermanentError`` (``parse_failed``) if no record can be read.
        """
        begun = False
        for record in records(original.open(), original.size):
            if isinstance(record, Damage):
                if record.last and not begun:
                    raise _damaged(record, original)
                yield BadItem.of(f"byte {record.offset}", _damaged(record, original))
            elif item := _item(record, original):
                yield item
            begun = True


def _damaged(damage: Damage, original: Original) -> PermanentError:
    return PermanentError(
        Reason.PARSE_FAILED,
        f"{original.name} is damaged behind byte {damage.offset:,}: {damage.cause[:200]}."
        " Ask the crawler's operators for it again.",
    )


def _item(record: WarcRecord, original: Original) -> Member | BadItem | None:
    url = (record.headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")
    response = _response(record)
    if response.status != HTTPStatus.OK or _NO_PAGES.match(url) or _FOR_PROGRAMS.match(url):
        return None
    if response.media_type not in _ARTICLES and response.media_type:
        return None
    hints = Hints(
        url=url or None,
        content_type=response.media_type or None,
        charset=response.charset,
        captured_at=read_zoned(record.headers.get("WARC-Date") or "", now=original.now),
    )
    locator = url or "a record without an address"

    def read() -> Original:
        body = _body(record, response, original.limits.file_bytes)
        if missing := _missing(record, body):
            raise PermanentError(Reason.PARSE_FAILED, f"{original.name}!{locator}: {missing}")
        return original.member(locator, body.decoded, hints)

    if response.media_type:
        return Member(locator, read)
    try:
        untyped = read()
    except PermanentError as error:
        return BadItem.of(locator, error)
    return Member(locator, lambda: untyped) if html_likeness(untyped) >= _PAGE_LIKENESS else None


def _response(record: WarcRecord) -> _Response:
    """Return the headers in front of a response's body; a resource has those of its record."""
    content_type = record.headers.get("Content-Type") or ""
    if record.record_type == WarcRecordType.resource and not content_type.lower().startswith("application/http"):
        return _Response(headers={"content-type": content_type})
    head = record.reader.read(_HTTP_HEAD_BYTES)
    status = _STATUS.match(head)
    if status is None:
        # An answer of HTTP/0.9 has no headers.
        return _Response(body=head, read=len(head))
    headers, at = {}, status.end()
    while found := _HTTP_HEADER.match(head, at):
        headers[found.group(1).decode("latin-1").lower()] = found.group(2).decode("latin-1").strip()
        at = found.end()
    blank = _BLANK.match(head, at)
    return _Response(int(status.group(1)), headers, head[blank.end() if blank else at :], len(head))


def _body(record: WarcRecord, response: _Response, limit: int) -> _Body:
    # One byte more than the limit, so that a larger page is refused instead of cut.
    rest = record.reader.read(max(1, limit + 1 - len(response.body)))
    raw = response.body + rest
    decoded = decoded_body(
        raw,
        transfer=response.headers.get("transfer-encoding", ""),
        content=response.headers.get("content-encoding", ""),
        limit=limit,
    )
    return _Body(decoded, record.content_length - response.read - len(rest) if len(raw) <= limit else 0)


def _missing(record: WarcRecord, body: _Body) -> str | None:
    """Return why the end of a page is missing, None if it is there: half an article must not be stored as a whole one.

    What a crawler marks as truncated may have the page's own end all the same.
    """
    if body.missing > 0:
        return f"the file ends {body.missing:,} bytes before the end of this record: get the file once more."
    cut = record.headers.get("WARC-Truncated")
    if cut is None or _END_OF_PAGE.search(body.decoded):
        return None
    return (
        f"the crawler stored only the beginning of this page (WARC-Truncated: {cut[:40]}): let it fetch the page again,"
        " with a higher limit."
    )
