"""Mailboxes in one file (mbox): each mail is a member, read one after another in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from copytaster.parsing.original import Original
from copytaster.parsing.parser import Member

_SEPARATOR = re.compile(rb"From \S.{0,300}?\b\d{1,2}:\d\d(?::\d\d)?\b.{0,40}\b(?:19|20)\d\d\b.{0,40}\r?\n?\Z")
"""The separator line before each mail ends in a date, so that "From the start" in a text is none."""

_QUOTED = re.compile(rb">+From ")
_LONGEST_LINE = 65_536
"""Bytes that are read at a time; a longer line is read in pieces."""


class MboxParser:
    """Parses mailboxes of any size."""

    format = "mbox"

    def score(self, original: Original) -> float:
        """Return .95 for a separator line as the first line that is not blank."""
        first = original.head.lstrip(b"\xef\xbb\xbf\r\n").partition(b"\n")[0]
        return 0.95 if _SEPARATOR.match(first) else 0.0

    def parse(self, original: Original) -> Iterator[Member]:
        """Yield the mails in the file's order; a mail beyond the size limit of documents is a bad item."""
        for number, content in enumerate(_mails(original), start=1):
            locator = f"mail {number}"
            yield Member(locator, partial(original.member, f"{locator}.eml", content))


def _mails(original: Original) -> Iterator[bytes]:
    """Yield each mail; a mail beyond the size limit is cut just above the limit, so that it is refused."""
    lines: list[bytes] = []
    size, limit = 0, original.limits.file_bytes
    for line in _lines(original):
        if line is None:
            if lines:
                yield b"".join(lines)
            lines, size = [], 0
        elif size <= limit:
            lines.append(line)
            size += len(line)
    if lines:
        yield b"".join(lines)


def _lines(original: Original) -> Iterator[bytes | None]:
    """Yield the lines of the mails, and None for each separator line; lines before the first one are left out."""
    file = original.open()
    at_line_start, after_blank, inside = True, True, False
    while line := file.readline(_LONGEST_LINE):
        if at_line_start and after_blank and line.startswith(b"From ") and _SEPARATOR.match(line):
            inside = True
            yield None
        elif inside:
            yield line[1:] if at_line_start and _QUOTED.match(line) else line
        after_blank = at_line_start and not line.strip()
        at_line_start = line.endswith(b"\n")
