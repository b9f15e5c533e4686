"""Content sniffing: detects, from the first bytes of a file, the formats that are neither plain text nor HTML."""

from __future__ import annotations

import json
import re

from copytaster.parsing.charset.decoding import peek
from copytaster.parsing.original import Original

_HEAD_BYTES = 65_536
"""Enough for a share of control bytes that does not depend on a single page of a container format."""

OPENING_CHARACTERS = 4096
"""A doctype, a root element or the headers of a mail begin within these."""

BINARY_SHARE = 0.05
"""Share of control bytes above which content is binary: random bytes have .1, text with transfer errors under .01."""

# Signatures from the specifications of the formats, as offset, bytes, name. Signatures of two letters that also begin
# English words (BM, MZ) are left out; such files are detected by their share of control bytes.
_MAGIC = (
    (0, b"%PDF-", "PDF document"),
    (0, b"%!PS", "PostScript document"),
    (0, b"{\\rtf", "RTF document"),
    (0, b"PK\x03\x04", "zip archive (also DOCX, ODT, EPUB)"),
    (0, b"PK\x05\x06", "empty zip archive"),
    (0, b"\x1f\x8b", "gzip file"),
    (0, b"BZh", "bzip2 file"),
    (0, b"\xfd7zXZ\x00", "xz file"),
    (0, b"\x28\xb5\x2f\xfd", "zstd file"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (0, b"Rar!\x1a\x07", "RAR archive"),
    (257, b"ustar", "tar archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office document"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG image"),
    (0, b"\xff\xd8\xff", "JPEG image"),
    (0, b"GIF87a", "GIF image"),
    (0, b"GIF89a", "GIF image"),
    (0, b"II*\x00", "TIFF image"),
    (0, b"MM\x00*", "TIFF image"),
    (8, b"WEBPVP8", "WebP image"),
    (8, b"WAVEfmt", "WAV sound"),
    (4, b"ftyp", "MP4 or HEIF media"),
    (0, b"ID3", "MP3 sound"),
    (0, b"OggS\x00", "Ogg media"),
    (0, b"\x1aE\xdf\xa3", "Matroska or WebM video"),
    (0, b"SQLite format 3\x00", "SQLite database"),
    (0, b"\x7fELF", "ELF program"),
    (0, b"WARC/0.", "WARC archive"),
    (0, b"WARC/1.", "WARC archive"),
)

_NOT_TEXT = bytes(code for code in [*range(0x20), 0x7F] if code not in b"\t\n\r\f\x1b")
"""Control bytes, without escape, which is frequent in ISO-2022 text."""

_LEAD_IN = r"\s*(?>(?:(?><\?[^>]*>|<!--.*?-->)\s*)*)"
_DOCTYPE = re.compile(_LEAD_IN + r"<!doctype\s+([\w:.-]+)", re.IGNORECASE | re.DOTALL)
_ROOT = re.compile(
    _LEAD_IN + r"(?:<!doctype[^>\[]*(?:\[[^\]]*\]\s*)?>\s*)?<([a-z_][\w:.-]*)([^>]*)>?", re.IGNORECASE | re.DOTALL
)
_FRAGMENT_TAGS = frozenset(
    [
        "head",
        "body",
        "title",
        "meta",
        "link",
        "p",
        "div",
        "article",
        "section",
        "main",
        "header",
        "h1",
        "h2",
        "h3",
        "span",
        "table",
        "ul",
        "ol",
        "blockquote",
        "center",
        "font",
    ]
)
_HTML_AFTER_NOISE = re.compile(
    r"(?:<!doctype html|<html[\s>]).*?<(?:head|body|title|meta)[\s>]", re.IGNORECASE | re.DOTALL
)

_JSON_OBJECT = re.compile(r"\s*(?:\[\s*)*\{\s*(?:\"|\}|$)")
_MAIL_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]?.*(?:\n[ \t]+.*)*(?:\n|$)")
_MAIL_LEADING = re.compile(r"\A(?:\ufeff|[ \t]*\n)*(?:>?From [^\n]*\n)?(?:[ \t]*\n)*")
"""Blank lines and the separator of a mailbox before the headers of a mail."""
_MAIL_ONLY = frozenset(
    [
        "received",
        "return-path",
        "message-id",
        "mime-version",
        "delivered-to",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
    ]
)
_TYPED = frozenset(["from", "subject", "date", *_MAIL_ONLY])
_MBOX = re.compile(r"From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")


def html_likeness(original: Original) -> float:
    """Return the confidence that a file is HTML, from its first 64 KiB: .95 for a doctype or root tag of HTML."""
    head = original.head_text[:OPENING_CHARACTERS]
    doctype = _DOCTYPE.match(head)
    root = _ROOT.match(head)
    tag = root.group(1).lower() if root else ""
    if (doctype and doctype.group(1).lower() == "html") or tag == "html":
        return 0.95
    if not head.lstrip().startswith("<?xml") and not doctype and tag in _FRAGMENT_TAGS:
        return 0.7
    return 0.6 if _HTML_AFTER_NOISE.search(head) and not (doctype or head.lstrip().startswith("<?xml")) else 0.0


def foreign_format(original: Original) -> str | None:
    """Return the name of a file's format if it is neither text nor HTML, else None. Reads the first 64 KiB."""
    content = original.head
    for offset, mark, name in _MAGIC:
        if content.startswith(mark, offset):
            return name
    share = control_share(content)
    if share > BINARY_SHARE:
        return f"binary data: {share:.0%} control bytes".replace("%", " %")
    if html_likeness(original):
        return None
    head = original.head_text[:OPENING_CHARACTERS]
    return _markup(head, original.tail) or _json(original, head) or _mail(head)


def control_share(content: bytes) -> float:
    """Return the share (0 to 1) of control bytes in the first 64 KiB; the NULs of UTF-16 do not count."""
    head = content[:_HEAD_BYTES]
    if head.count(0):
        text = peek(content, _HEAD_BYTES // 2)
        head = text.encode("utf-8", errors="replace")
    return 1 - len(head.translate(None, _NOT_TEXT)) / len(head) if head else 0.0


def _markup(head: str, tail: bytes) -> str | None:
    root = _ROOT.match(head)
    if head.lstrip().startswith("<?xml") or _DOCTYPE.match(head):
        return f"XML document <{root.group(1)}>" if root else "XML document"
    if root is None:
        return None
    # Plain text may begin with a word in angle brackets; an XML document also closes it, or names its schema.
    closed = peek(tail[-512:]).rstrip().endswith((f"</{root.group(1)}>", "/>"))
    return f"XML document <{root.group(1)}>" if closed or "xmlns" in root.group(2) else None


def _json(original: Original, head: str) -> str | None:
    opening = head.lstrip()[:1]
    if opening not in {"{", "["} or not opening:
        return None
    named = original.name.lower().endswith((".json", ".jsonl", ".ndjson"))
    return "JSON document" if named or _JSON_OBJECT.match(head) or _parses_as_json(original) else None


def _parses_as_json(original: Original) -> bool:
    if original.size > _HEAD_BYTES:
        return False
    try:
        json.loads(original.head)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def mail_headers(head: str) -> list[str]:
    """Return the lower-case names of the headers at the beginning of a file; empty if it begins with anything else."""
    names, at = [], 0
    text = _MAIL_LEADING.sub("", head.replace("\r\n", "\n"), count=1)
    while match := _MAIL_HEADER.match(text, at):
        names.append(match.group(1).lower())
        at = match.end()
    return names


def mail_likeness(head: str, *, named: bool = False) -> float:
    """Return the confidence that this is a mail: .92 with a header of mail programs, .9 if ``named`` so, else 0."""
    names = mail_headers(head)
    if named and _TYPED.intersection(names):
        return 0.9
    # Two headers, one of them added by mail programs: press releases also begin with "From:" and "Subject:".
    return 0.92 if len(names) > 1 and _MAIL_ONLY.intersection(names) else 0.0


def _mail(head: str) -> str | None:
    if _MBOX.match(head):
        return "mailbox"
    return "e-mail message" if mail_likeness(head) else None
