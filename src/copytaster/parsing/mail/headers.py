"""Headers of mails: words in any charset, folded, encoded or neither."""

from __future__ import annotations

import binascii
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from itertools import groupby
from typing import Any, TypeAlias

from copytaster.parsing.charset.decoding import clean, decode

Mail: TypeAlias = "Message[Any, Any]"
"""A mail, or a part of one."""

_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?[^?\s]{1,60}\?[bBqQ]\?)")
"""White space between two encoded words is not shown (RFC 2047, 6.2)."""

_REPLY = re.compile(r"(?:(?:re|fw|fwd|aw|wg|tr|sv|vs|rv|antw|i|r)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
"""What programs put before the subject of a mail that is sent on or answered: English, German, French,
Swedish, Finnish, Spanish, Dutch, Italian."""

_LONGEST = 10_000
"""Characters of a header that are looked at."""


def header(mail: Mail, name: str) -> str:
    """Return a header's first value on one line, decoded; empty where it is absent. Never raises."""
    value = next((value for told, value in mail.raw_items() if told.lower() == name), "")
    return words(str(value))


def words(printed: str) -> str:
    """Return what a header's value says: with its encoded words decoded (RFC 2047). Never raises."""
    whole = decode(printed[:_LONGEST].encode("utf-8", "surrogateescape")).text
    joined = _BETWEEN.sub(r"\1\2", _BETWEEN.sub(r"\1\2", whole))
    return " ".join(clean("".join(_decoded(joined))).split())


def _decoded(text: str) -> Iterator[str]:
    """Yield pieces of text; neighbouring words in one charset are decoded together, for a character may lie in both."""
    pieces = re.split(r"(=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)", text)
    for charset, run in groupby(filter(None, pieces), _charset):
        told = list(run)
        yield decode(b"".join(map(_bytes, told)), charset).text if charset else "".join(told)


def _charset(piece: str) -> str | None:
    match = _ENCODED.fullmatch(piece)
    # A language may follow the charset (RFC 2231, 5).
    return match.group(1).partition("*")[0].lower() if match else None


def _bytes(piece: str) -> bytes:
    match = _ENCODED.fullmatch(piece)
    code, payload = (match.group(2).lower(), match.group(3)) if match else ("", piece)
    raw = payload.encode("utf-8", "replace")
    if code == "q":
        return quopri.decodestring(raw, header=True)
    try:
        return b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return raw


def subject(mail: Mail) -> str:
    """Return the subject without what programs put before it."""
    told = header(mail, "subject")
    return _REPLY.sub("", told, count=1) if _REPLY.match(told) else told


def sender(mail: Mail) -> str:
    """Return the name under which it was sent, without the address; empty where there is none."""
    name = words(parseaddr(header(mail, "from"))[0]).strip("\"' ")
    return "" if "@" in name else name


def date(mail: Mail) -> str:
    """Return the time of sending: in ISO 8601 where its offset can be read, else as printed; empty without one."""
    printed = header(mail, "date")
    try:
        sent = parsedate_to_datetime(printed)
    except (ValueError, TypeError, IndexError, OverflowError):
        return printed
    return sent.isoformat() if sent.tzinfo else printed


def parameter(mail: Mail, name: str, *, of: str = "content-type") -> str:
    """Return a parameter of a header, also one in pieces or with a charset of its own (RFC 2231); else empty."""
    try:
        told = mail.get_param(name, "", of)
    # The standard library's parser fails in many ways on parameters that are none.
    except (ValueError, TypeError, IndexError, LookupError, AttributeError):
        return ""
    if isinstance(told, tuple):
        charset, _, value = told
        raw = str(value).encode("latin-1", "replace") if charset else str(value).encode("utf-8", "surrogateescape")
        return words(decode(raw, charset).text)
    if "\ufffd" not in str(told):
        return words(str(told or ""))
    # Bytes beyond ASCII in a header, which is against the rules; the standard library puts marks in their place.
    raw_form = re.search(rf"\b{re.escape(name)}\s*=\s*\"?([^\";]+)", header(mail, of), re.IGNORECASE)
    return raw_form.group(1).strip() if raw_form else words(str(told))


def file_name(part: Mail) -> str:
    """Return the name under which a part was attached, without folders; empty where there is none."""
    told = parameter(part, "filename", of="content-disposition") or parameter(part, "name")
    return told.replace("\\", "/").rsplit("/", 1)[-1]
