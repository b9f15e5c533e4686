"""JSON and JSON Lines: a complete file closes every value."""

from __future__ import annotations

import json
import re

from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import LIKELY, PROVEN, Verdict, early

_VALUE_BEGINS = re.compile(r"\ufeff?(?:\xef\xbb\xbf)?\s*[\[{]")
_SPACE = re.compile(r"\s*")
_CUT = re.compile(
    r"""\s*(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-|\.\d*|[eE][-+]?|u[0-9a-fA-F]{0,3}|N|Na|-?I\w{0,6})?$""", re.ASCII
)
"""What remains of a word, a number or an escape that was cut."""

_UNTERMINATED = "Unterminated string"


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats and for files with an error before their end.

    Cost: parses the whole file, which takes about twice its size in memory.
    """
    begin = _VALUE_BEGINS.match(content.opening)
    if begin is None:
        return None
    text = b"".join(content.pieces()).decode(content.utf_16 or "latin-1", errors="ignore")
    return _read_values(text, begin.end() - 1)


def _read_values(text: str, at: int) -> Verdict | None:
    """Read all values: one is JSON, several are JSON Lines."""
    decoder, count = _decoder(), 0
    while at < len(text):
        try:
            _, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            return early("the end of a JSON value") if _is_cut(text, error) else None
        except RecursionError:
            return None
        count += 1
        space = _SPACE.match(text, at)
        at = space.end() if space else at
    return PROVEN if count == 1 else LIKELY


def _decoder() -> json.JSONDecoder:
    """Return a decoder that keeps almost nothing of what it reads, since only the structure is checked."""
    return json.JSONDecoder(object_pairs_hook=bool, parse_int=len, parse_float=len, strict=False)


def _is_cut(text: str, error: json.JSONDecodeError) -> bool:
    return error.msg.startswith(_UNTERMINATED) or _CUT.match(text, error.pos) is not None
