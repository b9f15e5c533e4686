"""The links of an article to later deliveries, in few bytes.

A link with ids that are hashes is packed: the ids, the time in microseconds and the beginning of the kind, then
score, source and name as lines. Another link, and each one that an earlier release wrote, is JSON. The server stores a
small hash without overhead as long as no value exceeds 64 bytes; a packed link has 33 of them before its lines.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from copytaster.model.article import ArticleId, Duplicate, RelationKind
from copytaster.store.redis.records import unused_fields

PACKED = b"\x01"
"""The first byte of a packed link. JSON begins with a brace, also for ``shared/order_links.lua``."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

KIND = 3
"""Letters with which each kind begins differently."""

KINDS = {each.value[:KIND].encode(): each for each in RelationKind}

_HEAD = struct.Struct(f">1s10s11sQ{KIND}s")

_ARTICLE = re.compile(r"a[0-9a-f]{20}")
_DELIVERY = re.compile(r"d[0-9a-f]{22}")


def pack_link(link: Duplicate) -> bytes:
    """Return the link as it is stored."""
    microseconds, lines = (link.received_at - EPOCH) // timedelta(microseconds=1), [link.source or "", link.name]
    are_hashes = _ARTICLE.fullmatch(link.article_id) and _DELIVERY.fullmatch(link.delivery_id)
    if not are_hashes or microseconds < 0 or link.source == "" or any("\n" in each for each in lines):
        return link.model_dump_json(exclude=unused_fields(link)).encode()
    ids = bytes.fromhex(link.article_id[1:]), bytes.fromhex(link.delivery_id[1:])
    rest = "\n".join([repr(link.score), *lines]).encode("utf-8", "surrogatepass")
    return _HEAD.pack(PACKED, *ids, microseconds, link.kind.value[:KIND].encode()) + rest


def read_links(stored: Sequence[bytes]) -> list[Duplicate]:
    """Return the links, oldest first."""
    return sorted(map(_read, stored), key=lambda each: each.delivery_id)


def _read(stored: bytes) -> Duplicate:
    if not stored.startswith(PACKED):
        return Duplicate.model_validate_json(stored)
    _, article, delivery, microseconds, kind = _HEAD.unpack_from(stored)
    score, source, name = stored[_HEAD.size :].decode("utf-8", "surrogatepass").split("\n")
    return Duplicate(
        delivery_id=f"d{delivery.hex()}",
        kind=KINDS[kind],
        score=float(score),
        name=name,
        source=source or None,
        article_id=ArticleId(f"a{article.hex()}"),
        received_at=EPOCH + timedelta(microseconds=microseconds),
    )
