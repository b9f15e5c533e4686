"""The structure of JSON, read in pieces: whether every value is closed, without building any value.

It accepts what Python's ``json`` accepts, control characters in strings and ``NaN`` included.
"""

from __future__ import annotations

import re
from enum import Enum, auto

MAX_DEPTH = 1_000
"""Nested values; deeper ones are not JSON here, as for Python's parser, which ends with a RecursionError."""

LONGEST_WORD = 5_000
"""Characters of a number or word: Python reads no whole number with more digits."""

_TOKEN = re.compile(r"[ \t\n\r]*+(?:([\[\]{}:,\"])|([-+.\w]++))?")
# Groups are atomic, ``(?>(?:…)*)``, and not possessive, ``(?:…)*+``: before Python 3.11.5 a possessive group fails to
# match if its content has alternatives.
_IN_STRING = r"[^\"\\]*+(?>(?:\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4})[^\"\\]*+)*)"
_STRING_REST = re.compile(_IN_STRING)
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_ANY_WORD = r"(?>true|false|null|NaN|-?Infinity|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)"
_WORD = re.compile(_ANY_WORD + r"\Z")
_SPACE = r"[ \t\n\r]*+"
_STRING = rf'{_SPACE}"{_IN_STRING}"{_SPACE}'
_ITEM = rf"{_SPACE}(?:{_STRING}|{_ANY_WORD}){_SPACE}"
_LIST = rf"\[{_SPACE}(?>(?:{_ITEM}(?:,{_ITEM})*)?)\]"
_OBJECT = rf"\{{{_SPACE}(?>(?:{_STRING}:{_ITEM}(?:,{_STRING}:{_ITEM})*)?)\}}"
_SIMPLE = rf"{_SPACE}(?:{_STRING}|{_ANY_WORD}|{_LIST}|{_OBJECT}){_SPACE}"
_ITEMS = re.compile(rf"(?>(?:{_SIMPLE},)+)")
_MEMBERS = re.compile(rf"(?>(?:{_STRING}:{_SIMPLE},)+)")
"""Rows of simple items of a list, or members of an object: found at once, ten times as fast as token by token."""

_CUT_WORD = re.compile(
    r"(?:t|tr|tru|true|f|fa|fal|fals|false|n|nu|nul|null|N|Na|NaN|-?(?:I\w{0,7})?"
    r"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?)\Z",
    re.ASCII,
)
"""The beginning of a word or number, or all of it."""


class NotJsonError(Exception):
    """There is an error before the end."""


class _Expected(Enum):
    """What may follow."""

    VALUE = auto()
    VALUE_OR_END = auto()
    KEY = auto()
    KEY_OR_END = auto()
    COLON = auto()
    COMMA_OR_END = auto()
    TOP = auto()


_VALUES = frozenset({_Expected.VALUE, _Expected.VALUE_OR_END, _Expected.TOP})
_KEYS = frozenset({_Expected.KEY, _Expected.KEY_OR_END})


class JsonStructure:
    """Reads pieces of text; ``values`` counts the values that were closed at the top level."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._expected = _Expected.TOP
        self._in_string = False
        self._rest = ""
        self.values = 0

    @property
    def is_closed(self) -> bool:
        """Whether every value is closed at the end."""
        return not (self._open or self._in_string or self._rest)

    def read(self, piece: str) -> None:
        """Read a piece. Raises ``NotJsonError``."""
        text, at = self._rest + piece, 0
        self._rest = ""
        while at < len(text):
            at = self._read_string(text, at) if self._in_string else self._read_token(text, self._skip_row(text, at))

    def end(self) -> None:
        """Read the end. Raises ``NotJsonError`` if what precedes it is no beginning of JSON."""
        if self._in_string or not self._rest:
            return
        if self._expected not in _VALUES or not _CUT_WORD.match(self._rest):
            raise NotJsonError
        if not self._open and _WORD.match(self._rest):
            self._rest = ""
            self._close_value()

    def _read_string(self, text: str, at: int) -> int:
        end = _match_end(_STRING_REST, text, at)
        if text[end : end + 1] == '"':
            self._in_string = False
            self._end_string()
            return end + 1
        if end < len(text) and not _CUT_ESCAPE.match(text, end):
            raise NotJsonError
        self._rest = text[end:]
        return len(text)

    def _skip_row(self, text: str, at: int) -> int:
        """Return the position behind the simple items or members that follow, each with its comma."""
        if self._expected in _KEYS:
            pattern, expected = _MEMBERS, _Expected.KEY
        elif self._expected in _VALUES and self._open and self._open[-1] == "[":
            pattern, expected = _ITEMS, _Expected.VALUE
        else:
            return at
        row = pattern.match(text, at)
        if row is None:
            return at
        self._expected = expected
        return row.end()

    def _read_token(self, text: str, at: int) -> int:
        token = _TOKEN.match(text, at)
        mark, word = token.groups() if token else (None, None)
        end = token.end() if token else at
        if word:
            # A word at the end of a piece may continue in the next one.
            if end == len(text) and len(word) <= LONGEST_WORD:
                self._rest = word
            else:
                self._read_word(word)
        elif mark:
            self._read_mark(mark)
        elif end < len(text):
            raise NotJsonError
        return end

    def _read_word(self, word: str) -> None:
        if self._expected not in _VALUES or not _WORD.match(word):
            raise NotJsonError
        self._close_value()

    def _read_mark(self, mark: str) -> None:
        expected = self._expected
        if mark == '"':
            if expected not in _VALUES and expected not in _KEYS:
                raise NotJsonError
            self._in_string = True
        elif mark in "[{":
            if expected not in _VALUES or len(self._open) >= MAX_DEPTH:
                raise NotJsonError
            self._open.append(mark)
            self._expected = _Expected.VALUE_OR_END if mark == "[" else _Expected.KEY_OR_END
        elif mark in "]}":
            self._close("[" if mark == "]" else "{")
        elif mark == ":" and expected is _Expected.COLON:
            self._expected = _Expected.VALUE
        elif mark == "," and expected is _Expected.COMMA_OR_END:
            self._expected = _Expected.VALUE if self._open[-1] == "[" else _Expected.KEY
        else:
            raise NotJsonError

    def _close(self, opened: str) -> None:
        may_end = {_Expected.COMMA_OR_END, _Expected.VALUE_OR_END if opened == "[" else _Expected.KEY_OR_END}
        if not self._open or self._open.pop() != opened or self._expected not in may_end:
            raise NotJsonError
        self._close_value()

    def _end_string(self) -> None:
        if self._expected in _KEYS:
            self._expected = _Expected.COLON
        else:
            self._close_value()

    def _close_value(self) -> None:
        self._expected = _Expected.COMMA_OR_END if self._open else _Expected.TOP
        self.values += not self._open


def _match_end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
