"""Other libraries that decode the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Decoder: TypeAlias = Callable[[bytes], str | None]


def peers() -> dict[str, Decoder]:
    """Return the libraries that are installed."""
    found: dict[str, Decoder] = {"charset-normalizer": _charset_normalizer()}
    for name, make in (("chardet", _chardet), ("resiliparse", _resiliparse)):
        try:
            found[name] = make()
        except ImportError:
            continue
    return found


def _charset_normalizer() -> Decoder:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - each rival is imported only if it is run

    def decode(content: bytes) -> str | None:
        best = from_bytes(content).best()
        return None if best is None else str(best)

    return decode


def _chardet() -> Decoder:
    from chardet import detect  # noqa: PLC0415

    return lambda content: _as(content, detect(content)["encoding"])


def _resiliparse() -> Decoder:
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding  # noqa: PLC0415

    return lambda content: bytes_to_str(content, detect_encoding(content, max_len=len(content)) or "utf-8")


def _as(content: bytes, charset: str | None) -> str | None:
    try:
        return content.decode(charset) if charset else None
    except (UnicodeDecodeError, LookupError):
        return None
