"""Decodes JSON text value by value, with a message for people for each kind of broken JSON."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import CONFIDENCE, Decoded, How, decode

LONGEST_NUMBER = 4_000
"""Digits. Python refuses to read integers of more than 4,300, because the time grows with the square."""

_SPACE = re.compile(r"[ \t\n\r]*")
_ENDS = re.compile(r"[ \t\n\r]*([\],]?)")


def json_decoder() -> json.JSONDecoder:
    """Return a decoder that reads NaN and infinities, which data frames write for missing values, as null.

    If an object has a key twice, the last value is used, as in browsers.
    """
    return json.JSONDecoder(parse_constant=lambda _: None, parse_int=_integer)


def decoded_json(content: bytes, charset: str | None = None) -> tuple[str, Decoded]:
    """Return JSON text unchanged, and how it was decoded.

    The text of ``decode`` cannot be used: it normalises line ends and control codes, also inside strings.
    """
    if b"\0" not in content:  # English in UTF-16 is valid UTF-8 with NUL bytes
        with suppress(UnicodeDecodeError):
            return content.removeprefix(codecs.BOM_UTF8).decode("utf-8"), _UTF8
    decoded = decode(content, charset)
    return content.decode(decoded.charset, errors="replace").lstrip("\ufeff"), decoded


_UTF8 = Decoded("", "utf-8", How.UTF8, CONFIDENCE[How.UTF8])
"""JSON is UTF-8 (RFC 8259, 8.1), so UTF-8 is tried before detection."""


def read_values(text: str, name: str) -> Iterator[Any]:
    """Yield the elements of an array, and values that follow one another as in JSON Lines.

    Raises ``RefusedError`` for broken JSON (``parse_failed``) and for deep nesting (``too_deep``); values yielded
    before are valid. Uses the memory of the text and of one value.
    """
    decoder, at = json_decoder(), _skip_space(text, 0)
    if not text[at:]:
        raise broken_json(name, "it has no value at all")
    while at < len(text):
        if text[at] == "[":
            at = yield from _elements(text, at, decoder, name)
        else:
            value, at = read_value(text, at, decoder, name)
            _check_next(text, at, name)
            yield value
        _check_next(text, at, name)
        at = _skip_space(text, at)


def read_value(text: str, at: int, decoder: json.JSONDecoder, name: str) -> tuple[Any, int]:
    """Return the value that begins at ``at``, and its end. Raises the same errors as ``read_values``."""
    try:
        return decoder.raw_decode(text, at)
    except RecursionError as error:
        raise RefusedError(
            Reason.TOO_DEEP, f"{name} has JSON values nested hundreds of levels deep, which no article needs."
        ) from error
    except json.JSONDecodeError as error:
        raise broken_json(name, f"{error.msg} in line {error.lineno}, column {error.colno}") from error


def broken_json(name: str, why: str) -> RefusedError:
    """Return the refusal of a file that is not JSON."""
    return RefusedError(
        Reason.PARSE_FAILED, f"{name} is no valid JSON: {why}. Have its sender write it with a JSON library."
    )


def _elements(text: str, at: int, decoder: json.JSONDecoder, name: str) -> Generator[Any, None, int]:
    """Yield the elements of an array, and return its end."""
    at = _skip_space(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        value, at = read_value(text, at, decoder, name)
        ended = _ENDS.match(text, at)
        mark, at = (ended.group(1), ended.end()) if ended else ("", at)
        if not mark:
            raise broken_json(
                name, f"an array has no comma between two elements in line {text.count(chr(10), 0, at) + 1}"
            )
        if mark == "]":
            _check_next(text, at, name)
            yield value
            return at
        yield value
        at = _skip_space(text, at)


def _check_next(text: str, at: int, name: str) -> None:
    """Raise ``RefusedError`` unless the text ends at ``at`` or another value follows, as in JSON Lines."""
    at = _skip_space(text, at)
    if text[at : at + 1] not in {"", "{", "["}:
        raise broken_json(name, f"something follows its end in line {text.count(chr(10), 0, at) + 1}")


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None
