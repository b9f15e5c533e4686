"""Mailboxes in one file (mbox): each mail is a member, read one after another in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from copytaster.parsing.original import Original
from copytaster.parsing.parser import Member

_POSTMARK = re.compile(rb"From \S.{0,300}?\b\d{1,2}:\d\d(?::\d\d)?\b.{0,40}\b(?:19|20)\d\d\b.{0,40}\r?\n?\Z")
"""The line before each mail, which ends in a date: "From the start" in a text is not one."""

_QUOTED = re.compile(rb">+From ")
_LONGEST_LINE = 65_536
"""Bytes that are read at a time; a longer line comes in pieces."""


class MboxParser:
    """Reads mailboxes of any size."""

    format = "mbox"

    def score(self, original: Original) -> float:
        """Return .95 for a postmark on the first line that has characters."""
        first = original.head.lstrip(b"\xef\xbb\xbf\r\n").partition(b"\n")[0]
        return 0.95 if _POSTMARK.match(first) else 0.0

    def parse(self, original: Original) -> Iterator[Member]:
        """Yield the mails in the file's order; one that is larger than a document may be is a bad item."""
        for number, content in enumerate(_mails(original), start=1):
            locator = f"mail {number}"
            yield Member(locator, partial(original.member, f"{locator}.eml", content))


def _mails(original: Original) -> Iterator[bytes]:
    """Yield each mail; of one that is too large as much as says so."""
    held: list[bytes] = []
    size, most = 0, original.limits.file_bytes
    for line in _lines(original):
        if line is None:
            if held:
                yield b"".join(held)
            held, size = [], 0
        elif size <= most:
            held.append(line)
            size += len(line)
    if held:
        yield b"".join(held)


def _lines(original: Original) -> Iterator[bytes | None]:
    """Yield the mails' lines, and None for each postmark; what stood before the first one is left out."""
    file = original.open()
    whole, blank, inside = True, True, False
    while line := file.readline(_LONGEST_LINE):
        if whole and blank and line.startswith(b"From ") and _POSTMARK.match(line):
            inside = True
            yield None
        elif inside:
            yield line[1:] if whole and _QUOTED.match(line) else line
        blank = whole and not line.strip()
        whole = line.endswith(b"\n")
