"""Headers of mails: values in any charset, folded, encoded or plain."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from itertools import groupby
from typing import Any, TypeAlias

from copytaster.parsing.charset.decoding import clean, decode
from copytaster.parsing.mail.base64_data import whole_bytes

Mail: TypeAlias = "Message[Any, Any]"
"""A mail, or a part of one."""

_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)(?:\?=|\??\Z)")
_PIECES = re.compile(r"(=\?[^?\s]{1,60}\?[bBqQ]\?(?:[^?]*\?=|[^?\s]*\??\Z))")
"""Encoded words; one at the end may be cut off, for some systems limit the length of a header."""

_CUT = re.compile(r"=\?[^?\s]{1,60}\?(?:[bBqQ]\?[^?\s]*\??\Z|[bB]\?(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]\?=)")
"""An encoded word that is cut off, or whose base64 is."""

_BETWEEN = re.compile(r"(\?=)\s+(=\?[^?\s]{1,60}\?[bBqQ]\?)")
"""White space between two encoded words is ignored (RFC 2047, 6.2)."""

_REPLY = re.compile(r"\A(?:(?:re|fw|fwd|aw|wg|tr|sv|vs|rv|antw|i|r)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
"""Prefixes that mail programs add to the subject of a forwarded mail or a reply: English, German, French, Swedish,
Finnish, Spanish, Dutch, Italian."""

_ONE_ZONE = re.compile(r"\d[:.]\d\d +(?:[+-]\d{4}|[A-Za-z]{1,5})(?: *\([^()]*\))? *$")
"""A time and one whole zone. Of ``GMT +0200`` the standard library reads the first half, of ``+2`` two minutes."""

_LONGEST = 10_000
"""Characters of a header that are read."""


def header(mail: Mail, name: str) -> str:
    """Return a header's first value on one line, decoded; empty if it is absent. Never raises."""
    value = next((value for header_name, value in mail.raw_items() if header_name.lower() == name), "")
    return decoded_words(str(value))


def is_whole(mail: Mail, name: str) -> bool:
    """Return whether no encoded word of a header's first value is cut off."""
    value = next((value for header_name, value in mail.raw_items() if header_name.lower() == name), "")
    return _CUT.search(str(value).strip()) is None


def decoded_words(value: str) -> str:
    """Return a header's value with its encoded words decoded (RFC 2047). Never raises."""
    text = decode(value[:_LONGEST].encode("utf-8", "surrogateescape")).text
    joined = _BETWEEN.sub(r"\1\2", _BETWEEN.sub(r"\1\2", text))
    return " ".join(clean("".join(_decoded(joined))).split())


def _decoded(text: str) -> Iterator[str]:
    """Yield pieces of text. Neighbouring words in one charset are decoded together: one character may span both."""
    for charset, group in groupby(filter(None, _PIECES.split(text)), _charset):
        run = list(group)
        yield decode(b"".join(map(_bytes, run)), charset).text if charset else "".join(run)


def _charset(piece: str) -> str | None:
    match = _ENCODED.fullmatch(piece)
    # A language may follow the charset (RFC 2231, 5).
    return match.group(1).partition("*")[0].lower() if match else None


def _bytes(piece: str) -> bytes:
    match = _ENCODED.fullmatch(piece)
    code, payload = (match.group(2).lower(), match.group(3)) if match else ("", piece)
    raw = payload.encode("utf-8", "replace")
    return quopri.decodestring(raw, header=True) if code == "q" else whole_bytes(raw)


def subject(mail: Mail) -> str:
    """Return the subject without the prefixes that mail programs add."""
    value = header(mail, "subject")
    return _REPLY.sub("", value, count=1) if _REPLY.match(value) else value


def sender(mail: Mail) -> str:
    """Return the sender's name without the address; empty if there is none."""
    name = decoded_words(parseaddr(header(mail, "from"))[0]).strip("\"' ")
    return "" if "@" in name else name


def date(mail: Mail) -> str:
    """Return the time of sending: in ISO 8601 if its offset is known, else as printed; empty if there is none."""
    printed = header(mail, "date")
    try:
        sent = parsedate_to_datetime(printed)
    except (ValueError, TypeError, IndexError, OverflowError):
        return printed
    return sent.isoformat() if sent.tzinfo and _ONE_ZONE.search(printed) else printed


def parameter(mail: Mail, name: str, *, of: str = "content-type") -> str:
    """Return a parameter of a header, also one in pieces or with a charset (RFC 2231); empty if it is absent."""
    try:
        found = mail.get_param(name, "", of)
    # The standard library's parser raises many kinds of errors on malformed parameters.
    except (ValueError, TypeError, IndexError, LookupError, AttributeError):
        return ""
    if isinstance(found, tuple):
        charset, _, value = found
        raw = str(value).encode("latin-1", "replace") if charset else str(value).encode("utf-8", "surrogateescape")
        return decoded_words(decode(raw, charset).text)
    if "\ufffd" not in str(found):
        return decoded_words(str(found or ""))
    # The header has bytes beyond ASCII, which the standard forbids; the standard library replaces them by U+FFFD.
    raw_form = re.search(rf"\b{re.escape(name)}\s*=\s*\"?([^\";]+)", header(mail, of), re.IGNORECASE)
    return raw_form.group(1).strip() if raw_form else decoded_words(str(found))


def transfer_coding(part: Mail) -> str:
    """Return the transfer encoding of a part in lower case, without what some programs write behind it."""
    return re.split(r"[;(\s]", header(part, "content-transfer-encoding"), maxsplit=1)[0].strip("\"'").lower()


def file_name(part: Mail) -> str:
    """Return the file name of an attached part, without folders; empty if there is none."""
    path = parameter(part, "filename", of="content-disposition") or parameter(part, "name")
    return path.replace("\\", "/").rsplit("/", 1)[-1]
