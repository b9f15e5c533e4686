"""MHTML: a web page that a browser saved together with its pictures; the page itself is the member."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.dates import read_zoned
from copytaster.parsing.html.fragments import address
from copytaster.parsing.mail import headers
from copytaster.parsing.mail.body import parts, payload_of
from copytaster.parsing.mail.eml import is_saved_page, open_mail
from copytaster.parsing.mail.headers import Mail
from copytaster.parsing.original import Hints, Original
from copytaster.parsing.parser import Member
from copytaster.parsing.sniffing import mail_likeness

_PAGES = ("text/html", "application/xhtml+xml")


class MhtmlParser:
    """Parses web pages that browsers saved (RFC 2557)."""

    format = "mhtml"

    def score(self, original: Original) -> float:
        """Return .95 for the headers of a saved page."""
        likeness = mail_likeness(original.head_text, named=original.has_extension(".mht", ".mhtml"))
        return 0.95 if likeness and is_saved_page(original) else 0.0

    def parse(self, original: Original) -> Iterator[Member]:
        """Yield the main page. Raises ``RefusedError`` (``no_text``) if there is none."""
        mail = open_mail(original)
        page = _main(mail)
        if page is None:
            raise RefusedError(
                Reason.NO_TEXT, f"{original.name} is a saved web page without a page in it: save it again."
            )
        locations = headers.header(mail, "snapshot-content-location"), headers.header(page, "content-location")
        url = next(filter(None, map(address, locations)), None)
        yield Member(url or "the page", partial(_member, mail, page, url, original=original))


def _main(mail: Mail) -> Mail | None:
    """Return the part that the parameter ``start`` names, else the first page: frames and advertisements follow it."""
    pages = [part for part in mail.walk() if part.get_content_type() in _PAGES and not parts(part)]
    start = headers.parameter(mail, "start")
    return next((page for page in pages if start and headers.header(page, "content-id") == start), None) or next(
        iter(pages), None
    )


def _member(mail: Mail, page: Mail, url: str | None, *, original: Original) -> Original:
    hints = Hints(
        url=url,
        content_type=page.get_content_type(),
        charset=headers.parameter(page, "charset") or None,
        captured_at=read_zoned(headers.date(mail), now=original.now),
    )
    return original.member(url or "page.html", payload_of(page)[0], hints)
