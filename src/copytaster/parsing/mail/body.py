"""The text of a mail: its parts in order; of alternative parts the complete one, preferably plain text."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from lxml.etree import ParserError

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import CONFIDENCE, Decoded, How, decode, peek
from copytaster.parsing.documents.rtf import rtf_paragraphs
from copytaster.parsing.html.fragments import read_fragment
from copytaster.parsing.mail.base64_data import decoded_part, whole_bytes
from copytaster.parsing.mail.flowed import is_flowed, unwrapped
from copytaster.parsing.mail.headers import Mail, file_name, parameter, transfer_coding
from copytaster.parsing.mail.structure import encoded_in, restructured, undecoded
from copytaster.parsing.mail.tnef import TnefText, read_tnef
from copytaster.parsing.original import HEAD_BYTES
from copytaster.parsing.plain.parser import paragraphs
from copytaster.parsing.sniffing import mail_headers

_STUB = 0.5
"""Share of the HTML part's words; a plain part with fewer words only refers to the HTML part."""

_SIGNATURE = re.compile(r"^-- \n", re.MULTILINE)
"""The line above a signature (RFC 3676, 4.3)."""

_BARE_SEPARATOR = "\n--\n"
"""The same line without its space, which servers cut off. Several of them stand between the pieces of a newsletter."""

_SIGNATURE_LINES, _SIGNATURE_WIDTH = 8, 80
"""Lines, and characters in each, of a signature below a bare separator; what is longer is text."""

_META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)

_HTML = ("text/html", "application/xhtml+xml")
_MARKED_UP = (*_HTML, "text/enriched", "text/richtext")

_MAILS = ("message/rfc822", "message/global")

_WINMAIL = ("application/ms-tnef", "application/vnd.ms-tnef")

_NO_ARTICLES = (
    "image/",
    "audio/",
    "video/",
    "text/calendar",
    "text/vcard",
    "text/x-vcard",
    "application/pgp-",
    *_WINMAIL,
)
_NO_ARTICLE_ENDINGS = ("signature", "delivery-status", "rfc822-headers")
"""Beginnings and endings of the media types of parts that are never articles."""


@dataclass(frozen=True, slots=True)
class Body:
    """Paragraphs, the decoding of their bytes, and the kind of their part; ``damaged`` if pieces are missing."""

    paragraphs: tuple[str, ...]
    decoded: Decoded
    kind: str
    damaged: bool = False

    @property
    def length(self) -> int:
        """The number of words."""
        return sum(len(each.split()) for each in self.paragraphs)


EMPTY = Body((), Decoded("", "us-ascii", How.DECLARED, CONFIDENCE[How.DECLARED]), "none")


def read_body(mail: Mail, now: datetime) -> Body:
    """Return a mail's text, ``EMPTY`` if it has none. Attachments and attached mails are left out."""
    if is_attachment(mail):
        return EMPTY
    kind = mail.get_content_type()
    if mail.is_multipart() and not kind.startswith("message/"):
        return _of_parts(mail, kind, now)
    if kind.startswith("text/") and not kind.startswith(_NO_ARTICLES):
        return _of_text(mail, kind, now)
    return EMPTY


def read_winmail(mail: Mail, now: datetime) -> Body:
    """Return the text that Outlook put into an attachment (TNEF, ``winmail.dat``), ``EMPTY`` if there is none."""
    if mail.is_multipart():
        bodies = (read_winmail(part, now) for part in parts(mail) if part.get_content_type() not in _MAILS)
        return next((body for body in bodies if body.paragraphs), EMPTY)
    text = read_tnef(payload_of(mail)[0]) if _is_winmail(mail) else None
    return _of_tnef(text, now) if text else EMPTY


def _is_winmail(part: Mail) -> bool:
    return part.get_content_type() in _WINMAIL or file_name(part).lower() == "winmail.dat"


def _of_tnef(text: TnefText, now: datetime) -> Body:
    kind = f"winmail-{text.kind}"
    if text.kind == "rtf":
        # A text with an invalid control word is no text; the mail is refused with the name of the attachment.
        with suppress(PermanentError):
            lines, decoded = rtf_paragraphs(text.raw, "winmail.dat")
            return Body(tuple(lines), decoded, kind)
        return EMPTY
    decoded = decode(text.raw, text.charset)
    if text.kind == "html":
        return Body(tuple(filter(None, _marked_up(decoded.text).split("\n\n"))), decoded, kind)
    return Body(_plain(decoded.text, now), decoded, kind)


def _of_parts(mail: Mail, kind: str, now: datetime) -> Body:
    children = (read_body(part, now) for part in parts(mail))
    if kind == "multipart/alternative":
        return _best(list(children))
    filled = (body for body in children if body.paragraphs)
    if kind == "multipart/related":  # the page, then its pictures
        return next(filled, EMPTY)
    return _joined(list(filled))


def parts(mail: Mail) -> list[Mail]:
    """Return the parts of a multipart mail; an empty list for any other mail."""
    payload = mail.get_payload()
    return [restructured(part) for part in payload if isinstance(part, type(mail))] if isinstance(payload, list) else []


def _best(bodies: list[Body]) -> Body:
    plain = max((each for each in bodies if each.kind == "plain"), key=lambda each: each.length, default=EMPTY)
    other = max((each for each in bodies if each.kind != "plain"), key=lambda each: each.length, default=EMPTY)
    return plain if plain.length and plain.length > other.length * _STUB else other


def _joined(bodies: list[Body]) -> Body:
    if len(bodies) < 2:  # noqa: PLR2004 - nothing to join
        return bodies[0] if bodies else EMPTY
    first = max(bodies, key=lambda each: each.length)
    whole = tuple(paragraph for each in bodies for paragraph in each.paragraphs)
    return Body(whole, first.decoded, first.kind, any(each.damaged for each in bodies))


def _of_text(part: Mail, kind: str, now: datetime) -> Body:
    raw, damaged = payload_of(part)
    declared = parameter(part, "charset")
    marked_up = kind in _MARKED_UP
    if not declared and marked_up and (meta := _META.search(raw[:HEAD_BYTES])):
        declared = meta.group(1).decode("ascii", "replace")
    decoded = decode(raw, declared or None)
    damaged = damaged or "\ufffd" in decoded.text
    if marked_up:
        return Body(tuple(filter(None, _marked_up(decoded.text).split("\n\n"))), decoded, "html", damaged)
    text = _without_signature(decoded.text)
    if parameter(part, "format").lower() == "flowed" and is_flowed(text):
        lines = unwrapped(text, delete_space=parameter(part, "delsp").lower() == "yes")
        return Body(tuple(lines), decoded, "plain", damaged)
    return Body(_plain(text, now), decoded, "plain", damaged)


def _without_signature(text: str) -> str:
    if found := _SIGNATURE.search(text, 1):
        return text[: found.start()]
    above, _, below = text.rpartition(_BARE_SEPARATOR)
    lines = [line for line in below.split("\n") if line.strip()]
    is_signature = len(lines) <= _SIGNATURE_LINES and all(len(line) <= _SIGNATURE_WIDTH for line in lines)
    return above if above.strip() and is_signature and _BARE_SEPARATOR not in above else text


def _marked_up(text: str) -> str:
    try:
        return read_fragment(text).text
    except (ParserError, ValueError):
        return ""


def _plain(text: str, now: datetime) -> tuple[str, ...]:
    lines = [" ".join(line.split()) for line in text.strip().split("\n")]
    return paragraphs(lines, now, blank_lines="" in lines)


def payload_of(part: Mail) -> tuple[bytes, bool]:
    """Return a part's bytes without their transfer encoding, and whether that encoding had errors."""
    if (coding := transfer_coding(part)) == "base64":
        data, is_damaged = decoded_part(undecoded(part))
        return data, is_damaged or bool(part.defects)
    try:
        raw = encoded_in(part, coding).get_payload(decode=True)
    except (ValueError, LookupError, AssertionError) as error:
        raise PermanentError(
            Reason.PARSE_FAILED, f"A part of the mail is damaged: {error}. Ask the sender for it again."
        ) from error
    return (raw if isinstance(raw, bytes) else b""), bool(part.defects)


def is_attachment(part: Mail) -> bool:
    """Return whether a part is an attached file. A text part without a file name is text, whatever its disposition."""
    disposition = str(part.get("content-disposition") or "").strip().lower()
    named = bool(file_name(part))
    if part.get_content_maintype() == "text" and not named:
        return False
    return disposition.startswith("attachment") or (named and not part.is_multipart())


def is_mail(part: Mail) -> bool:
    """Return whether a part is an attached mail, by its media type or its file name."""
    kind = part.get_content_type()
    return kind in _MAILS or (kind == "application/octet-stream" and file_name(part).lower().endswith(".eml"))


def attached_mail(part: Mail) -> bytes:
    """Return the bytes of an attached mail, also of one in a transfer encoding (which RFC 2046, 5.2.1 forbids)."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        return payload_of(part)[0]
    raw = b"".join(inner.as_bytes() for inner in payload if isinstance(inner, type(part)))
    coding, decoded = transfer_coding(part), b""
    if coding == "base64":
        decoded = whole_bytes(raw)
    elif coding == "quoted-printable":
        decoded = quopri.decodestring(raw)
    return decoded if mail_headers(peek(decoded)) else raw


def contents(mail: Mail) -> list[str]:
    """Return the names of the attached files, or their media types, for a message."""
    leaves = [part for part in mail.walk() if not part.is_multipart() and part.get_content_maintype() != "text"]
    return [file_name(part) or part.get_content_type() for part in leaves]


def attachments(mail: Mail) -> Iterator[Mail]:
    """Yield the attached files and mails in order, except those that cannot be articles by their media type."""
    if mail.get_content_type() in _MAILS:
        yield mail
        return
    for part in parts(mail):
        kind = part.get_content_type()
        if kind.startswith("multipart/"):
            yield from attachments(part)
        elif kind.startswith(_NO_ARTICLES) or kind.endswith(_NO_ARTICLE_ENDINGS) or _is_winmail(part):
            continue
        elif is_mail(part) or is_attachment(part):
            yield part


def digested(mail: Mail) -> Iterator[Mail]:
    """Yield the mails of digests (``multipart/digest``), which are the content of a mail and not attached to it."""
    for part in parts(mail):
        if part.get_content_type().startswith("multipart/"):
            yield from digested(part)
        elif is_mail(part) and mail.get_content_type() == "multipart/digest":
            yield part
