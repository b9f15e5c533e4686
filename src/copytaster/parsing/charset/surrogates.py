"""UTF-8 with the codes of UTF-16 in it (CESU-8): characters beyond the first plane as two surrogates of three bytes.

Java, Oracle and older MySQL write pictures so. As UTF-8 the bytes are invalid, which must not make the rest of a text
one in another charset.
"""

from __future__ import annotations

import re

_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_LONE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")

_INVALID = b"\xff"
"""A byte that UTF-8 never has."""


def joined_pairs(content: bytes) -> bytes:
    """Return ``content`` with each pair of surrogates as the one UTF-8 character that it stands for."""
    return _PAIR.sub(_joined, content)


def without_lone_surrogates(content: bytes) -> bytes:
    """Return ``content`` with each surrogate that is alone as one invalid byte: one lost character instead of three."""
    return _LONE.sub(_INVALID, content)


def _joined(pair: re.Match[bytes]) -> bytes:
    codes = pair.group().decode("utf-8", "surrogatepass")
    return codes.encode("utf-16", "surrogatepass").decode("utf-16").encode()
