"""Mails: the text is one article; attachments are items if the settings enable them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from functools import partial

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import ArticleStatus
from copytaster.model.disposition import Reason
from copytaster.parsing.containers.member_sidecars import described
from copytaster.parsing.documents.document_draft import add_authors, add_keywords
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.fragments import address
from copytaster.parsing.mail import headers
from copytaster.parsing.mail.body import (
    Body,
    attached_mail,
    attachments,
    contents,
    digested,
    is_mail,
    payload_of,
    read_body,
    read_winmail,
)
from copytaster.parsing.mail.headers import Mail
from copytaster.parsing.mail.structure import read_mail
from copytaster.parsing.original import Hints, Original
from copytaster.parsing.parser import Draft, Item, Member, Searching
from copytaster.parsing.plain.opening_lines import names_in
from copytaster.parsing.plain.organisations import is_organisation
from copytaster.parsing.plain.text_fields import DAMAGED, add_text
from copytaster.parsing.release_terms.opening import take_from_heading, take_release_terms
from copytaster.parsing.sniffing import mail_headers, mail_likeness

_ID = re.compile(r"<([^<>\s]{3,500})>")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_,\s].*)?")

_PAGE_MARKS = frozenset(["snapshot-content-location", "content-location"])
_TRANSPORT_HEADERS = frozenset(["received", "return-path", "delivered-to", "to", "dkim-signature", "x-original-to"])
"""Headers that mail servers add; a page that a browser saved as a mail has none of them."""

_LISTED = 5
"""Attachments that the message about a mail without text names."""

_NAMES = (".eml", ".email", ".mht", ".mhtml")


def open_mail(original: Original) -> Mail:
    """Return the mail in a file. Raises ``PermanentError`` (``too_deep``) if its parts are nested too deep."""
    try:
        return read_mail(original.content)
    except RecursionError as error:
        raise PermanentError(
            Reason.TOO_DEEP,
            f"{original.name} is a mail whose parts are nested too deep: examine it with care.",
        ) from error
    except (MessageError, ValueError, LookupError, IndexError, TypeError, AttributeError) as error:
        raise PermanentError(
            Reason.PARSE_FAILED,
            f"{original.name} is a mail that cannot be read: {type(error).__name__}: {str(error)[:200]}."
            " Ask the sender for it again.",
        ) from error


def is_saved_page(original: Original) -> bool:
    """Return whether a mail is a page that a browser saved (MHTML), by its headers and its name."""
    names = set(mail_headers(head := original.head_text))
    if _TRANSPORT_HEADERS & names or not {"content-type", "mime-version"} & names:
        return False
    marked = bool(_PAGE_MARKS & names) or "<saved by " in head[:500].lower() or '"saved by ' in head[:500].lower()
    return marked or original.has_extension(".mht", ".mhtml")


@dataclass(frozen=True, slots=True)
class MailParser:
    """Reads single mails. With ``with_attachments``, attached files and mails are items after the text."""

    with_attachments: bool = False
    format: str = "eml"

    def score(self, original: Original) -> float:
        """Return .92 for two headers, one of them added by mail programs; .9 for one in a file named as mail."""
        likeness = mail_likeness(original.head_text, named=original.has_extension(*_NAMES))
        return 0.0 if not likeness or is_saved_page(original) else likeness

    def parse(self, original: Original) -> Iterator[Item | Searching]:
        """Yield the article, then the mails of a digest, and the attachments if they are enabled.

        Raises ``RefusedError`` (``no_text``) for a mail without text whose attachments are disabled or absent.
        """
        mail = open_mail(original)
        files = list(attachments(mail))
        try:
            body = read_body(mail, original.now)
            if not body.paragraphs:
                body = read_winmail(mail, original.now)
        except RecursionError as error:
            raise PermanentError(Reason.TOO_DEEP, f"{original.name}: its parts are nested too deep.") from error
        article = _article(mail, body, original)
        if article and body.paragraphs:
            yield article
        if not self.with_attachments:
            # A forwarding mail without own text stands for the mail that it forwards.
            files = list(digested(mail)) if body.paragraphs else [each for each in files if is_mail(each)]
        if not (body.paragraphs or files):
            raise _without_text(mail, original)
        named = [
            (headers.file_name(part) or f"part {number}{_extension(part)}", part)
            for number, part in enumerate(files, start=1)
        ]
        members = [Member(name, partial(_member, part, name, original, article)) for name, part in named]
        yield from described(original, lambda: members)


def _without_text(mail: Mail, original: Original) -> RefusedError:
    names, count = contents(mail), sum(1 for _ in attachments(mail))
    rest = (
        f"attached: {', '.join(names[:_LISTED])}{' …' if len(names) > _LISTED else ''}" if names else "no attachments"
    )
    hint = "; set COPYTASTER_MAIL_ATTACHMENTS=true to read the attachments" if count else ""
    return RefusedError(
        Reason.NO_TEXT, f"{original.name} ({headers.subject(mail)[:80]!r}) is a mail without text, {rest}{hint}."
    )


def _extension(part: Mail) -> str:
    return ".eml" if is_mail(part) else ""


def _member(part: Mail, name: str, original: Original, article: Draft | None) -> Original:
    raw = attached_mail(part) if is_mail(part) else payload_of(part)[0]
    hints = Hints(
        content_type=part.get_content_type(),
        charset=headers.parameter(part, "charset") or None,
        # Press offices state an embargo in the mail alone, and attach the text. What a mail withdraws may be attached.
        withheld=article is not None and article.status is not ArticleStatus.USABLE,
        embargoed_until=article.embargoed_until if article else None,
    )
    return original.member(name, raw, hints)


def _article(mail: Mail, body: Body, original: Original) -> Draft | None:
    """Return the draft of a mail, also of one that has only a subject; None if it has neither text nor subject."""
    try:
        return _draft(mail, body, original)
    except RefusedError:
        if body.paragraphs:
            raise
        return None


def _draft(mail: Mail, body: Body, original: Original) -> Draft:
    fields = DraftBuilder(original.now)
    title = take_from_heading(fields, headers.subject(mail), "eml:Subject")
    fields.add("title", title, "eml:Subject", 0.9 * (1 if headers.is_whole(mail, "subject") else DAMAGED))
    paragraphs = take_release_terms(fields, body.paragraphs, f"eml:{body.kind}")
    if len(paragraphs) > 1 and paragraphs[0].casefold() == title.casefold():
        paragraphs = paragraphs[1:]
    elif not title and len(paragraphs) > 1:
        fields.add("title", paragraphs[0] if len(paragraphs[0]) < 200 else "", "eml:first-line", 0.5)  # noqa: PLR2004
        paragraphs = paragraphs[1:] if "title" in fields else paragraphs
    add_text(fields, paragraphs, f"eml:{body.kind}", 0.9 * (DAMAGED if body.damaged else 1))
    _add_sender(fields, mail)
    _add_headers(fields, mail)
    return fields.draft(body.decoded, format_="eml", name=original.name)


def _add_sender(fields: DraftBuilder, mail: Mail) -> None:
    name = headers.sender(mail)
    fields.add("publisher", headers.header(mail, "organization"), "eml:Organization", 0.8)
    if names_in(f"by {name}") and not is_organisation(name):
        add_authors(fields, name, "eml:From", 0.6)
        fields.add("byline", name, "eml:From", 0.5)
    else:
        fields.add("publisher", name, "eml:From", 0.6)


def _add_headers(fields: DraftBuilder, mail: Mail) -> None:
    fields.add_time("published_at", headers.date(mail), "eml:Date", 0.9)
    if match := _ID.search(headers.header(mail, "message-id")):
        fields.add("guid", match.group(1), "eml:Message-ID", 0.95)
    if match := _LANGUAGE.fullmatch(headers.header(mail, "content-language")):
        fields.add("language", match.group(1).lower(), "eml:Content-Language", 0.8)
    add_keywords(fields, headers.header(mail, "keywords"), "eml:Keywords", 0.8)
    fields.add("url", address(headers.header(mail, "archived-at").strip("<>")), "eml:Archived-At", 0.8)
