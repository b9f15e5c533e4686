"""JSON text as values: one after another, with a sentence for everything that is not JSON."""

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
"""Digits; Python refuses to read integers from 4,300 on, since that takes time by the square."""

_SPACE = re.compile(r"[ \t\n\r]*")
_ENDS = re.compile(r"[ \t\n\r]*([\],]?)")


def open_decoder() -> json.JSONDecoder:
    """Return a decoder: NaN and infinities, which data frames write where they have no value, are null.

    Of a key that stands twice the last one counts, as in every browser.
    """
    return json.JSONDecoder(parse_constant=lambda _: None, parse_int=_integer)


def decoded_json(content: bytes, charset: str | None = None) -> tuple[str, Decoded]:
    """Return the characters of JSON as they are, and how they were decoded.

    What ``decode`` makes of them will not do: it mends line ends and control codes, inside of strings too.
    """
    if b"\0" not in content:  # UTF-16 of English is valid UTF-8 as well, half of it NULs
        with suppress(UnicodeDecodeError):
            return content.removeprefix(codecs.BOM_UTF8).decode("utf-8"), _UTF8
    decoded = decode(content, charset)
    return content.decode(decoded.charset, errors="replace").lstrip("\ufeff"), decoded


_UTF8 = Decoded("", "utf-8", How.UTF8, CONFIDENCE[How.UTF8])
"""JSON is UTF-8 (RFC 8259, 8.1), so that this is settled before anything else is tried."""


def read_values(text: str, name: str) -> Iterator[Any]:
    """Yield each value of ``text``: the elements of an array, and what stands behind another as in JSON Lines.

    Raises ``RefusedError`` where the JSON is broken (``parse_failed``) or nested too deep (``too_deep``); what was
    yielded before is sound. Memory: the text and one value.
    """
    decoder, at = open_decoder(), _skip(text, 0)
    if not text[at:]:
        raise broken(name, "it has no value at all")
    while at < len(text):
        if text[at] == "[":
            at = yield from _elements(text, at, decoder, name)
        else:
            value, at = read_value(text, at, decoder, name)
            _check_next(text, at, name)
            yield value
        _check_next(text, at, name)
        at = _skip(text, at)


def read_value(text: str, at: int, decoder: json.JSONDecoder, name: str) -> tuple[Any, int]:
    """Return the value that begins at ``at`` and where it ends. Raises as ``read_values``."""
    try:
        return decoder.raw_decode(text, at)
    except RecursionError as error:
        raise RefusedError(
            Reason.TOO_DEEP, f"{name} has JSON values in one another by the hundred, which no article needs."
        ) from error
    except json.JSONDecodeError as error:
        raise broken(name, f"{error.msg} in line {error.lineno}, column {error.colno}") from error


def broken(name: str, why: str) -> RefusedError:
    """Return the refusal of a file that is not JSON."""
    return RefusedError(
        Reason.PARSE_FAILED, f"{name} is no valid JSON: {why}. Have its sender write it with a JSON library."
    )


def _elements(text: str, at: int, decoder: json.JSONDecoder, name: str) -> Generator[Any, None, int]:
    """Yield an array's elements and return where it ends."""
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        value, at = read_value(text, at, decoder, name)
        ended = _ENDS.match(text, at)
        mark, at = (ended.group(1), ended.end()) if ended else ("", at)
        if not mark:
            raise broken(name, f"an array goes on without a comma in line {text.count(chr(10), 0, at) + 1}")
        if mark == "]":
            _check_next(text, at, name)
            yield value
            return at
        yield value
        at = _skip(text, at)


def _check_next(text: str, at: int, name: str) -> None:
    """Another value may follow, as in JSON Lines; anything else is no JSON."""
    at = _skip(text, at)
    if text[at : at + 1] not in {"", "{", "["}:
        raise broken(name, f"something follows its end in line {text.count(chr(10), 0, at) + 1}")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None
