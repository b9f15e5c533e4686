"""Mails: one article of the words, and its attachments as items where they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from functools import partial

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import peek
from copytaster.parsing.documents.document_draft import tell_keywords, tell_people
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.fragments import address
from copytaster.parsing.mail import headers
from copytaster.parsing.mail.body import Body, attachments, payload_of, read_body
from copytaster.parsing.mail.headers import Mail
from copytaster.parsing.original import HEAD_BYTES, Hints, Original
from copytaster.parsing.parser import Draft, Member
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.plain.text_fields import DAMAGED, add_text
from copytaster.parsing.sniffing import mail_headers, mail_likeness

_ID = re.compile(r"<([^<>\s]{3,500})>")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_,\s].*)?")

_PAGE_MARKS = frozenset(["snapshot-content-location", "content-location"])
_WAY = frozenset(["received", "return-path", "delivered-to", "to", "dkim-signature", "x-original-to"])
"""Headers that a mail gets on its way; a page that a browser saved as one went none."""

_MAIL = "message/rfc822"

_HOUSE = re.compile(
    r"\b(?:office|team|desk|council|ministry|government|university|institute|museum|association|group|company|department|"
    r"communications?|relations|media|newsletters?|alerts?|delivery|system|subsystem|daemon|committee|foundation|"
    r"cent(?:re|er)|union|police|bank|commission|authority|service|support|info|redaktion|presse|pressestelle|"
    r"rédaction|ltd|inc|plc|gmbh|ag)\b",
    re.IGNORECASE,
)
"""Words of senders' names that are no people: two capitalised words alone do not tell."""

_NAMES = (".eml", ".email", ".mht", ".mhtml")


def open_mail(original: Original) -> Mail:
    """Return the mail in a file. Raises ``PermanentError`` (``too_deep``) where its parts nest too far."""
    try:
        return message_from_bytes(original.content.lstrip(b"\xef\xbb\xbf\r\n"), policy=policy.compat32)
    except RecursionError as error:
        raise PermanentError(
            Reason.TOO_DEEP, f"{original.name} is a mail with parts in parts beyond all measure: look at it with care."
        ) from error
    except (MessageError, ValueError, LookupError, IndexError, TypeError, AttributeError) as error:
        raise PermanentError(
            Reason.PARSE_FAILED,
            f"{original.name} is no mail that can be read: {type(error).__name__}: {str(error)[:200]}."
            " Ask its sender for it again.",
        ) from error


def is_saved_page(original: Original) -> bool:
    """Say whether a mail is a page that a browser saved (MHTML), by its headers and its name."""
    names = set(mail_headers(head := peek(original.head, HEAD_BYTES)))
    if _WAY & names or not {"content-type", "mime-version"} & names:
        return False
    marked = bool(_PAGE_MARKS & names) or "<saved by " in head[:500].lower() or '"saved by ' in head[:500].lower()
    return marked or original.has_extension(".mht", ".mhtml")


@dataclass(frozen=True, slots=True)
class MailParser:
    """Reads single mails. ``with_attachments``: files and mails inside are items after the words."""

    with_attachments: bool = False
    format: str = "eml"

    def score(self, original: Original) -> float:
        """Return .92 for the headers of a mail, among them one that no person types; .9 for any with a mail's name."""
        likeness = mail_likeness(peek(original.head, HEAD_BYTES), named=original.has_extension(*_NAMES))
        return 0.0 if not likeness or is_saved_page(original) else likeness

    def parse(self, original: Original) -> Iterator[Draft | Member]:
        """Yield the article, then the attachments where they are asked for.

        Raises ``RefusedError`` (``no_text``) for a mail without words whose attachments are not asked for or absent.
        """
        mail = open_mail(original)
        files = list(attachments(mail))
        try:
            body = read_body(mail, original.now)
        except RecursionError as error:
            raise PermanentError(Reason.TOO_DEEP, f"{original.name}: its parts nest beyond all measure.") from error
        if body.paragraphs:
            yield _draft(mail, body, original)
        if not self.with_attachments:
            # A mail that was sent on without a word around it is what was sent.
            files = [] if body.paragraphs else [each for each in files if each.get_content_type() == _MAIL]
        if not (body.paragraphs or files):
            raise _wordless(mail, original)
        for number, part in enumerate(files, start=1):
            name = headers.file_name(part) or f"part {number}{_extension(part)}"
            yield Member(name, partial(_member, part, name, original))


def _wordless(mail: Mail, original: Original) -> RefusedError:
    count = sum(1 for _ in attachments(mail))
    beside = (
        f"{count} attachments; set COPYTASTER_MAIL_ATTACHMENTS=true if they are wanted" if count else "no attachments"
    )
    return RefusedError(
        Reason.NO_TEXT, f"{original.name} ({headers.subject(mail)[:80]!r}) is a mail without words and with {beside}."
    )


def _extension(part: Mail) -> str:
    return ".eml" if part.get_content_type() == _MAIL else ""


def _member(part: Mail, name: str, original: Original) -> Original:
    if part.get_content_type() == _MAIL:
        inner = part.get_payload()
        raw = (
            b"".join(each.as_bytes() for each in inner if isinstance(each, Message)) if isinstance(inner, list) else b""
        )
    else:
        raw, _ = payload_of(part)
    hints = Hints(content_type=part.get_content_type(), charset=headers.parameter(part, "charset") or None)
    return original.member(name, raw, hints)


def _draft(mail: Mail, body: Body, original: Original) -> Draft:
    fields = DraftBuilder(original.now)
    title = headers.subject(mail)
    fields.add("title", title, "eml:Subject", 0.9)
    paragraphs = body.paragraphs
    if len(paragraphs) > 1 and paragraphs[0].casefold() == title.casefold():
        paragraphs = paragraphs[1:]
    elif not title and len(paragraphs) > 1:
        fields.add("title", paragraphs[0] if len(paragraphs[0]) < 200 else "", "eml:first-line", 0.5)  # noqa: PLR2004
        paragraphs = paragraphs[1:] if "title" in fields else paragraphs
    add_text(fields, paragraphs, f"eml:{body.kind}", 0.9 * (DAMAGED if body.damaged else 1))
    _tell_sender(fields, mail)
    _tell_headers(fields, mail)
    return fields.draft(body.decoded, format_="eml", name=original.name)


def _tell_sender(fields: DraftBuilder, mail: Mail) -> None:
    name = headers.sender(mail)
    fields.add("source", headers.header(mail, "organization"), "eml:Organization", 0.8)
    if names_in(f"by {name}") and not _HOUSE.search(name):
        tell_people(fields, name, "eml:From", 0.6)
        fields.add("byline", name, "eml:From", 0.5)
    else:
        fields.add("source", name, "eml:From", 0.6)


def _tell_headers(fields: DraftBuilder, mail: Mail) -> None:
    fields.add_time("published_at", headers.date(mail), "eml:Date", 0.9)
    if match := _ID.search(headers.header(mail, "message-id")):
        fields.add("guid", match.group(1), "eml:Message-ID", 0.95)
    if match := _LANGUAGE.fullmatch(headers.header(mail, "content-language")):
        fields.add("language", match.group(1).lower(), "eml:Content-Language", 0.8)
    tell_keywords(fields, headers.header(mail, "keywords"), "eml:Keywords", 0.8)
    fields.add("url", address(headers.header(mail, "archived-at").strip("<>")), "eml:Archived-At", 0.8)
